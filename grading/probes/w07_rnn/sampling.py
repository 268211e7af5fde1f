"""Sampling."""

# %% wrong="times-temperature" exercise="sampling" loses="sampling/probabilities, sampling/frequencies"
# Multiplied by the temperature.
def next_probabilities(logits, temperature=1.0, top_k=None):
    """logits (B, V) -> probabilities of the next symbol (B, V): zero for PAD, and for all but the top_k largest."""
    logits = logits.clone()
    logits[:, PAD] = -torch.inf
    if top_k is not None:
        least = logits.topk(min(top_k, logits.shape[1])).values[:, -1:]
        logits[logits < least] = -torch.inf
    return (logits * temperature).softmax(dim=1)


@torch.no_grad()
def sample(model, count, temperature=1.0, top_k=None, max_letters=25):
    """Draw `count` sequences from a model, X (B, t) and a state -> logits (B, t, V) and a state.

    The first input is END. Returns an int64 tensor (count, at most max_letters) of what was drawn.
    """
    on = next(model.parameters()).device
    x, state, drawn = torch.full((count, 1), END, device=on), None, []
    ended = torch.zeros(count, dtype=torch.bool, device=on)
    while len(drawn) < max_letters and not ended.all():
        logits, state = model(x, state)
        x = torch.multinomial(next_probabilities(logits[:, -1], temperature, top_k), 1)
        ended |= x[:, 0] == END
        drawn.append(x)
    return torch.cat(drawn, dim=1)


def shares(invented, known, dictionary):
    """Fractions of the words `invented` that are "repeated" (in the set `known`), "real" (in the set `dictionary`, not
    in `known`) and "new": a dict of three floats with the sum 1."""
    repeated = sum(word in known for word in invented) / len(invented)
    real = sum(word in dictionary and word not in known for word in invented) / len(invented)
    return {"repeated": repeated, "real": real, "new": 1 - repeated - real}

# %% wrong="padding-drawn" exercise="sampling" loses="sampling/probabilities, sampling/frequencies"
# PAD may be drawn.
def next_probabilities(logits, temperature=1.0, top_k=None):
    """logits (B, V) -> probabilities of the next symbol (B, V): zero for PAD, and for all but the top_k largest."""
    logits = logits.clone()
    if top_k is not None:
        least = logits.topk(min(top_k, logits.shape[1])).values[:, -1:]
        logits[logits < least] = -torch.inf
    return (logits / temperature).softmax(dim=1)


@torch.no_grad()
def sample(model, count, temperature=1.0, top_k=None, max_letters=25):
    """Draw `count` sequences from a model, X (B, t) and a state -> logits (B, t, V) and a state.

    The first input is END. Returns an int64 tensor (count, at most max_letters) of what was drawn.
    """
    on = next(model.parameters()).device
    x, state, drawn = torch.full((count, 1), END, device=on), None, []
    ended = torch.zeros(count, dtype=torch.bool, device=on)
    while len(drawn) < max_letters and not ended.all():
        logits, state = model(x, state)
        x = torch.multinomial(next_probabilities(logits[:, -1], temperature, top_k), 1)
        ended |= x[:, 0] == END
        drawn.append(x)
    return torch.cat(drawn, dim=1)


def shares(invented, known, dictionary):
    """Fractions of the words `invented` that are "repeated" (in the set `known`), "real" (in the set `dictionary`, not
    in `known`) and "new": a dict of three floats with the sum 1."""
    repeated = sum(word in known for word in invented) / len(invented)
    real = sum(word in dictionary and word not in known for word in invented) / len(invented)
    return {"repeated": repeated, "real": real, "new": 1 - repeated - real}

# %% wrong="always-the-likeliest" exercise="sampling" loses="sampling/frequencies"
# The likeliest, no draw.
def next_probabilities(logits, temperature=1.0, top_k=None):
    """logits (B, V) -> probabilities of the next symbol (B, V): zero for PAD, and for all but the top_k largest."""
    logits = logits.clone()
    logits[:, PAD] = -torch.inf
    if top_k is not None:
        least = logits.topk(min(top_k, logits.shape[1])).values[:, -1:]
        logits[logits < least] = -torch.inf
    return (logits / temperature).softmax(dim=1)


@torch.no_grad()
def sample(model, count, temperature=1.0, top_k=None, max_letters=25):
    """Draw `count` sequences from a model, X (B, t) and a state -> logits (B, t, V) and a state.

    The first input is END. Returns an int64 tensor (count, at most max_letters) of what was drawn.
    """
    on = next(model.parameters()).device
    x, state, drawn = torch.full((count, 1), END, device=on), None, []
    ended = torch.zeros(count, dtype=torch.bool, device=on)
    while len(drawn) < max_letters and not ended.all():
        logits, state = model(x, state)
        x = next_probabilities(logits[:, -1], temperature, top_k).argmax(dim=1, keepdim=True)
        ended |= x[:, 0] == END
        drawn.append(x)
    return torch.cat(drawn, dim=1)


def shares(invented, known, dictionary):
    """Fractions of the words `invented` that are "repeated" (in the set `known`), "real" (in the set `dictionary`, not
    in `known`) and "new": a dict of three floats with the sum 1."""
    repeated = sum(word in known for word in invented) / len(invented)
    real = sum(word in dictionary and word not in known for word in invented) / len(invented)
    return {"repeated": repeated, "real": real, "new": 1 - repeated - real}

# %% wrong="dials-ignored" exercise="sampling" loses="sampling/frequencies"
# The sampler forgets the dials.
def next_probabilities(logits, temperature=1.0, top_k=None):
    """logits (B, V) -> probabilities of the next symbol (B, V): zero for PAD, and for all but the top_k largest."""
    logits = logits.clone()
    logits[:, PAD] = -torch.inf
    if top_k is not None:
        least = logits.topk(min(top_k, logits.shape[1])).values[:, -1:]
        logits[logits < least] = -torch.inf
    return (logits / temperature).softmax(dim=1)


@torch.no_grad()
def sample(model, count, temperature=1.0, top_k=None, max_letters=25):
    """Draw `count` sequences from a model, X (B, t) and a state -> logits (B, t, V) and a state.

    The first input is END. Returns an int64 tensor (count, at most max_letters) of what was drawn.
    """
    on = next(model.parameters()).device
    x, state, drawn = torch.full((count, 1), END, device=on), None, []
    ended = torch.zeros(count, dtype=torch.bool, device=on)
    while len(drawn) < max_letters and not ended.all():
        logits, state = model(x, state)
        x = torch.multinomial(next_probabilities(logits[:, -1]), 1)
        ended |= x[:, 0] == END
        drawn.append(x)
    return torch.cat(drawn, dim=1)


def shares(invented, known, dictionary):
    """Fractions of the words `invented` that are "repeated" (in the set `known`), "real" (in the set `dictionary`, not
    in `known`) and "new": a dict of three floats with the sum 1."""
    repeated = sum(word in known for word in invented) / len(invented)
    real = sum(word in dictionary and word not in known for word in invented) / len(invented)
    return {"repeated": repeated, "real": real, "new": 1 - repeated - real}

# %% wrong="real-counts-twice" exercise="sampling" loses="sampling/shares"
# Repeated words are real, too.
def next_probabilities(logits, temperature=1.0, top_k=None):
    """logits (B, V) -> probabilities of the next symbol (B, V): zero for PAD, and for all but the top_k largest."""
    logits = logits.clone()
    logits[:, PAD] = -torch.inf
    if top_k is not None:
        least = logits.topk(min(top_k, logits.shape[1])).values[:, -1:]
        logits[logits < least] = -torch.inf
    return (logits / temperature).softmax(dim=1)


@torch.no_grad()
def sample(model, count, temperature=1.0, top_k=None, max_letters=25):
    """Draw `count` sequences from a model, X (B, t) and a state -> logits (B, t, V) and a state.

    The first input is END. Returns an int64 tensor (count, at most max_letters) of what was drawn.
    """
    on = next(model.parameters()).device
    x, state, drawn = torch.full((count, 1), END, device=on), None, []
    ended = torch.zeros(count, dtype=torch.bool, device=on)
    while len(drawn) < max_letters and not ended.all():
        logits, state = model(x, state)
        x = torch.multinomial(next_probabilities(logits[:, -1], temperature, top_k), 1)
        ended |= x[:, 0] == END
        drawn.append(x)
    return torch.cat(drawn, dim=1)


def shares(invented, known, dictionary):
    """Fractions of the words `invented` that are "repeated" (in the set `known`), "real" (in the set `dictionary`, not
    in `known`) and "new": a dict of three floats with the sum 1."""
    repeated = sum(word in known for word in invented) / len(invented)
    real = sum(word in dictionary for word in invented) / len(invented)
    return {"repeated": repeated, "real": real, "new": 1 - repeated - real}

# %% right="categorical" exercise="sampling"
# torch.distributions.
def next_probabilities(logits, temperature=1.0, top_k=None):
    """logits (B, V) -> probabilities of the next symbol (B, V): zero for PAD, and for all but the top_k largest."""
    logits = logits.clone()
    logits[:, PAD] = -torch.inf
    if top_k is not None:
        least = logits.topk(min(top_k, logits.shape[1])).values[:, -1:]
        logits[logits < least] = -torch.inf
    return (logits / temperature).softmax(dim=1)


@torch.no_grad()
def sample(model, count, temperature=1.0, top_k=None, max_letters=25):
    """Draw `count` sequences from a model, X (B, t) and a state -> logits (B, t, V) and a state.

    The first input is END. Returns an int64 tensor (count, at most max_letters) of what was drawn.
    """
    on = next(model.parameters()).device
    x, state, drawn = torch.full((count, 1), END, device=on), None, []
    ended = torch.zeros(count, dtype=torch.bool, device=on)
    while len(drawn) < max_letters and not ended.all():
        logits, state = model(x, state)
        x = torch.distributions.Categorical(next_probabilities(logits[:, -1], temperature, top_k)).sample()[:, None]
        ended |= x[:, 0] == END
        drawn.append(x)
    return torch.cat(drawn, dim=1)


def shares(invented, known, dictionary):
    """Fractions of the words `invented` that are "repeated" (in the set `known`), "real" (in the set `dictionary`, not
    in `known`) and "new": a dict of three floats with the sum 1."""
    repeated = sum(word in known for word in invented) / len(invented)
    real = sum(word in dictionary and word not in known for word in invented) / len(invented)
    return {"repeated": repeated, "real": real, "new": 1 - repeated - real}

# %% right="gumbel" exercise="sampling"
# The Gumbel trick.
def next_probabilities(logits, temperature=1.0, top_k=None):
    """logits (B, V) -> probabilities of the next symbol (B, V): zero for PAD, and for all but the top_k largest."""
    logits = logits.clone()
    logits[:, PAD] = -torch.inf
    if top_k is not None:
        least = logits.topk(min(top_k, logits.shape[1])).values[:, -1:]
        logits[logits < least] = -torch.inf
    return (logits / temperature).softmax(dim=1)


@torch.no_grad()
def sample(model, count, temperature=1.0, top_k=None, max_letters=25):
    """Draw `count` sequences from a model, X (B, t) and a state -> logits (B, t, V) and a state.

    The first input is END. Returns an int64 tensor (count, at most max_letters) of what was drawn.
    """
    on = next(model.parameters()).device
    x, state, drawn = torch.full((count, 1), END, device=on), None, []
    ended = torch.zeros(count, dtype=torch.bool, device=on)
    while len(drawn) < max_letters and not ended.all():
        logits, state = model(x, state)
        x = (next_probabilities(logits[:, -1], temperature, top_k).log() - torch.log(-torch.log(torch.rand(count, logits.shape[2])))).argmax(dim=1, keepdim=True)
        ended |= x[:, 0] == END
        drawn.append(x)
    return torch.cat(drawn, dim=1)


def shares(invented, known, dictionary):
    """Fractions of the words `invented` that are "repeated" (in the set `known`), "real" (in the set `dictionary`, not
    in `known`) and "new": a dict of three floats with the sum 1."""
    repeated = sum(word in known for word in invented) / len(invented)
    real = sum(word in dictionary and word not in known for word in invented) / len(invented)
    return {"repeated": repeated, "real": real, "new": 1 - repeated - real}
