"""Decoding."""

# %% wrong="goes-on-after-end" exercise="decoding" loses="decoding/greedy"
# What is said after END stays.
@torch.no_grad()
def greedy(model, X, max_steps=25):
    """Spelling X int64 (B, S) -> phonemes int64 (B, max_steps): after END, PAD.

    It uses model.encode(X) and model.decode(Y_in, memory, mask, state); the first that the decoder reads is END.
    """
    memory, mask, state = model.encode(X)
    y = torch.full((len(X), 1), END, device=X.device)
    ended, said = torch.zeros_like(y, dtype=torch.bool), []
    for _ in range(max_steps):
        logits, state, _ = model.decode(y, memory, mask, state)
        y = logits[:, -1].argmax(dim=1, keepdim=True)
        said.append(y)
        ended |= y == END
    return torch.cat(said, dim=1)


def beam_search(step, state, width=5, max_steps=25):
    """Search for the likeliest sequence.

    step: function of the last symbol (an int; END at the beginning) and a state to the log-probabilities of the next,
    a float array (V,), and the next state.
    Returns (symbols, log_p): a list of int, END included if it has ended, and the sum of their log-probabilities.
    """
    beams, finished = [(0.0, [], state)], []
    for _ in range(max_steps):
        candidates = []
        for total, symbols, state in beams:
            log_p, after = step(symbols[-1] if symbols else END, state)
            candidates += [(total + float(log_p[symbol]), [*symbols, int(symbol)], after)
                           for symbol in np.argsort(-np.asarray(log_p))[:width]]
        candidates.sort(key=lambda candidate: -candidate[0])
        finished += [candidate for candidate in candidates[:width] if candidate[1][-1] == END]
        beams = [candidate for candidate in candidates[:width] if candidate[1][-1] != END]
        if not beams or finished and max(done[0] for done in finished) >= beams[0][0]:
            break
    total, symbols, _ = max(finished or beams, key=lambda candidate: candidate[0])
    return symbols, total


def edit_distance(a, b):
    """The least number of insertions, deletions and substitutions from sequence a to sequence b."""
    row = list(range(len(b) + 1))
    for i, x in enumerate(a, 1):
        before, row = row, [i]
        for j, y in enumerate(b, 1):
            row.append(min(before[j] + 1, row[-1] + 1, before[j - 1] + (x != y)))
    return row[-1]


def error_rates(predicted, right):
    """Two lists of sequences -> (phoneme error rate, word error rate), fractions."""
    edits = sum(edit_distance(p, r) for p, r in zip(predicted, right, strict=True))
    wrong = sum(list(p) != list(r) for p, r in zip(predicted, right, strict=True))
    return edits / sum(map(len, right)), wrong / len(right)

# %% wrong="encodes-each-time" exercise="decoding" loses="decoding/greedy"
# Encodes in each step.
@torch.no_grad()
def greedy(model, X, max_steps=25):
    """Spelling X int64 (B, S) -> phonemes int64 (B, max_steps): after END, PAD.

    It uses model.encode(X) and model.decode(Y_in, memory, mask, state); the first that the decoder reads is END.
    """
    memory, mask, state = model.encode(X)
    y = torch.full((len(X), 1), END, device=X.device)
    ended, said = torch.zeros_like(y, dtype=torch.bool), []
    for _ in range(max_steps):
        memory, mask, _ = model.encode(X)
        logits, state, _ = model.decode(y, memory, mask, state)
        y = logits[:, -1].argmax(dim=1, keepdim=True)
        said.append(y.masked_fill(ended, PAD))
        ended |= y == END
    return torch.cat(said, dim=1)


def beam_search(step, state, width=5, max_steps=25):
    """Search for the likeliest sequence.

    step: function of the last symbol (an int; END at the beginning) and a state to the log-probabilities of the next,
    a float array (V,), and the next state.
    Returns (symbols, log_p): a list of int, END included if it has ended, and the sum of their log-probabilities.
    """
    beams, finished = [(0.0, [], state)], []
    for _ in range(max_steps):
        candidates = []
        for total, symbols, state in beams:
            log_p, after = step(symbols[-1] if symbols else END, state)
            candidates += [(total + float(log_p[symbol]), [*symbols, int(symbol)], after)
                           for symbol in np.argsort(-np.asarray(log_p))[:width]]
        candidates.sort(key=lambda candidate: -candidate[0])
        finished += [candidate for candidate in candidates[:width] if candidate[1][-1] == END]
        beams = [candidate for candidate in candidates[:width] if candidate[1][-1] != END]
        if not beams or finished and max(done[0] for done in finished) >= beams[0][0]:
            break
    total, symbols, _ = max(finished or beams, key=lambda candidate: candidate[0])
    return symbols, total


def edit_distance(a, b):
    """The least number of insertions, deletions and substitutions from sequence a to sequence b."""
    row = list(range(len(b) + 1))
    for i, x in enumerate(a, 1):
        before, row = row, [i]
        for j, y in enumerate(b, 1):
            row.append(min(before[j] + 1, row[-1] + 1, before[j - 1] + (x != y)))
    return row[-1]


def error_rates(predicted, right):
    """Two lists of sequences -> (phoneme error rate, word error rate), fractions."""
    edits = sum(edit_distance(p, r) for p, r in zip(predicted, right, strict=True))
    wrong = sum(list(p) != list(r) for p, r in zip(predicted, right, strict=True))
    return edits / sum(map(len, right)), wrong / len(right)

# %% wrong="never-looks-back" exercise="decoding" loses="decoding/beam search"
# One beam, whatever the width.
@torch.no_grad()
def greedy(model, X, max_steps=25):
    """Spelling X int64 (B, S) -> phonemes int64 (B, max_steps): after END, PAD.

    It uses model.encode(X) and model.decode(Y_in, memory, mask, state); the first that the decoder reads is END.
    """
    memory, mask, state = model.encode(X)
    y = torch.full((len(X), 1), END, device=X.device)
    ended, said = torch.zeros_like(y, dtype=torch.bool), []
    for _ in range(max_steps):
        logits, state, _ = model.decode(y, memory, mask, state)
        y = logits[:, -1].argmax(dim=1, keepdim=True)
        said.append(y.masked_fill(ended, PAD))
        ended |= y == END
    return torch.cat(said, dim=1)


def beam_search(step, state, width=5, max_steps=25):
    """Search for the likeliest sequence.

    step: function of the last symbol (an int; END at the beginning) and a state to the log-probabilities of the next,
    a float array (V,), and the next state.
    Returns (symbols, log_p): a list of int, END included if it has ended, and the sum of their log-probabilities.
    """
    width = 1
    beams, finished = [(0.0, [], state)], []
    for _ in range(max_steps):
        candidates = []
        for total, symbols, state in beams:
            log_p, after = step(symbols[-1] if symbols else END, state)
            candidates += [(total + float(log_p[symbol]), [*symbols, int(symbol)], after)
                           for symbol in np.argsort(-np.asarray(log_p))[:width]]
        candidates.sort(key=lambda candidate: -candidate[0])
        finished += [candidate for candidate in candidates[:width] if candidate[1][-1] == END]
        beams = [candidate for candidate in candidates[:width] if candidate[1][-1] != END]
        if not beams or finished and max(done[0] for done in finished) >= beams[0][0]:
            break
    total, symbols, _ = max(finished or beams, key=lambda candidate: candidate[0])
    return symbols, total


def edit_distance(a, b):
    """The least number of insertions, deletions and substitutions from sequence a to sequence b."""
    row = list(range(len(b) + 1))
    for i, x in enumerate(a, 1):
        before, row = row, [i]
        for j, y in enumerate(b, 1):
            row.append(min(before[j] + 1, row[-1] + 1, before[j - 1] + (x != y)))
    return row[-1]


def error_rates(predicted, right):
    """Two lists of sequences -> (phoneme error rate, word error rate), fractions."""
    edits = sum(edit_distance(p, r) for p, r in zip(predicted, right, strict=True))
    wrong = sum(list(p) != list(r) for p, r in zip(predicted, right, strict=True))
    return edits / sum(map(len, right)), wrong / len(right)

# %% wrong="probabilities-lost" exercise="decoding" loses="decoding/beam search"
# Only the last log-probability.
@torch.no_grad()
def greedy(model, X, max_steps=25):
    """Spelling X int64 (B, S) -> phonemes int64 (B, max_steps): after END, PAD.

    It uses model.encode(X) and model.decode(Y_in, memory, mask, state); the first that the decoder reads is END.
    """
    memory, mask, state = model.encode(X)
    y = torch.full((len(X), 1), END, device=X.device)
    ended, said = torch.zeros_like(y, dtype=torch.bool), []
    for _ in range(max_steps):
        logits, state, _ = model.decode(y, memory, mask, state)
        y = logits[:, -1].argmax(dim=1, keepdim=True)
        said.append(y.masked_fill(ended, PAD))
        ended |= y == END
    return torch.cat(said, dim=1)


def beam_search(step, state, width=5, max_steps=25):
    """Search for the likeliest sequence.

    step: function of the last symbol (an int; END at the beginning) and a state to the log-probabilities of the next,
    a float array (V,), and the next state.
    Returns (symbols, log_p): a list of int, END included if it has ended, and the sum of their log-probabilities.
    """
    beams, finished = [(0.0, [], state)], []
    for _ in range(max_steps):
        candidates = []
        for total, symbols, state in beams:
            log_p, after = step(symbols[-1] if symbols else END, state)
            candidates += [(float(log_p[symbol]), [*symbols, int(symbol)], after)
                           for symbol in np.argsort(-np.asarray(log_p))[:width]]
        candidates.sort(key=lambda candidate: -candidate[0])
        finished += [candidate for candidate in candidates[:width] if candidate[1][-1] == END]
        beams = [candidate for candidate in candidates[:width] if candidate[1][-1] != END]
        if not beams or finished and max(done[0] for done in finished) >= beams[0][0]:
            break
    total, symbols, _ = max(finished or beams, key=lambda candidate: candidate[0])
    return symbols, total


def edit_distance(a, b):
    """The least number of insertions, deletions and substitutions from sequence a to sequence b."""
    row = list(range(len(b) + 1))
    for i, x in enumerate(a, 1):
        before, row = row, [i]
        for j, y in enumerate(b, 1):
            row.append(min(before[j] + 1, row[-1] + 1, before[j - 1] + (x != y)))
    return row[-1]


def error_rates(predicted, right):
    """Two lists of sequences -> (phoneme error rate, word error rate), fractions."""
    edits = sum(edit_distance(p, r) for p, r in zip(predicted, right, strict=True))
    wrong = sum(list(p) != list(r) for p, r in zip(predicted, right, strict=True))
    return edits / sum(map(len, right)), wrong / len(right)

# %% wrong="no-substitutions" exercise="decoding" loses="decoding/error rates"
# A substitution costs two.
@torch.no_grad()
def greedy(model, X, max_steps=25):
    """Spelling X int64 (B, S) -> phonemes int64 (B, max_steps): after END, PAD.

    It uses model.encode(X) and model.decode(Y_in, memory, mask, state); the first that the decoder reads is END.
    """
    memory, mask, state = model.encode(X)
    y = torch.full((len(X), 1), END, device=X.device)
    ended, said = torch.zeros_like(y, dtype=torch.bool), []
    for _ in range(max_steps):
        logits, state, _ = model.decode(y, memory, mask, state)
        y = logits[:, -1].argmax(dim=1, keepdim=True)
        said.append(y.masked_fill(ended, PAD))
        ended |= y == END
    return torch.cat(said, dim=1)


def beam_search(step, state, width=5, max_steps=25):
    """Search for the likeliest sequence.

    step: function of the last symbol (an int; END at the beginning) and a state to the log-probabilities of the next,
    a float array (V,), and the next state.
    Returns (symbols, log_p): a list of int, END included if it has ended, and the sum of their log-probabilities.
    """
    beams, finished = [(0.0, [], state)], []
    for _ in range(max_steps):
        candidates = []
        for total, symbols, state in beams:
            log_p, after = step(symbols[-1] if symbols else END, state)
            candidates += [(total + float(log_p[symbol]), [*symbols, int(symbol)], after)
                           for symbol in np.argsort(-np.asarray(log_p))[:width]]
        candidates.sort(key=lambda candidate: -candidate[0])
        finished += [candidate for candidate in candidates[:width] if candidate[1][-1] == END]
        beams = [candidate for candidate in candidates[:width] if candidate[1][-1] != END]
        if not beams or finished and max(done[0] for done in finished) >= beams[0][0]:
            break
    total, symbols, _ = max(finished or beams, key=lambda candidate: candidate[0])
    return symbols, total


def edit_distance(a, b):
    """The least number of insertions, deletions and substitutions from sequence a to sequence b."""
    row = list(range(len(b) + 1))
    for i, x in enumerate(a, 1):
        before, row = row, [i]
        for j, y in enumerate(b, 1):
            row.append(min(before[j] + 1, row[-1] + 1, before[j - 1] + 2 * (x != y)))
    return row[-1]


def error_rates(predicted, right):
    """Two lists of sequences -> (phoneme error rate, word error rate), fractions."""
    edits = sum(edit_distance(p, r) for p, r in zip(predicted, right, strict=True))
    wrong = sum(list(p) != list(r) for p, r in zip(predicted, right, strict=True))
    return edits / sum(map(len, right)), wrong / len(right)

# %% right="all-symbols" exercise="decoding"
# All continuations as candidates.
@torch.no_grad()
def greedy(model, X, max_steps=25):
    """Spelling X int64 (B, S) -> phonemes int64 (B, max_steps): after END, PAD.

    It uses model.encode(X) and model.decode(Y_in, memory, mask, state); the first that the decoder reads is END.
    """
    memory, mask, state = model.encode(X)
    y = torch.full((len(X), 1), END, device=X.device)
    ended, said = torch.zeros_like(y, dtype=torch.bool), []
    for _ in range(max_steps):
        logits, state, _ = model.decode(y, memory, mask, state)
        y = logits[:, -1].argmax(dim=1, keepdim=True)
        said.append(y.masked_fill(ended, PAD))
        ended |= y == END
    return torch.cat(said, dim=1)


def beam_search(step, state, width=5, max_steps=25):
    """Search for the likeliest sequence.

    step: function of the last symbol (an int; END at the beginning) and a state to the log-probabilities of the next,
    a float array (V,), and the next state.
    Returns (symbols, log_p): a list of int, END included if it has ended, and the sum of their log-probabilities.
    """
    beams, finished = [(0.0, [], state)], []
    for _ in range(max_steps):
        candidates = []
        for total, symbols, state in beams:
            log_p, after = step(symbols[-1] if symbols else END, state)
            candidates += [(total + float(log_p[symbol]), [*symbols, int(symbol)], after)
                           for symbol in range(len(log_p))]
        candidates.sort(key=lambda candidate: -candidate[0])
        finished += [candidate for candidate in candidates[:width] if candidate[1][-1] == END]
        beams = [candidate for candidate in candidates[:width] if candidate[1][-1] != END]
        if not beams or finished and max(done[0] for done in finished) >= beams[0][0]:
            break
    total, symbols, _ = max(finished or beams, key=lambda candidate: candidate[0])
    return symbols, total


def edit_distance(a, b):
    """The least number of insertions, deletions and substitutions from sequence a to sequence b."""
    row = list(range(len(b) + 1))
    for i, x in enumerate(a, 1):
        before, row = row, [i]
        for j, y in enumerate(b, 1):
            row.append(min(before[j] + 1, row[-1] + 1, before[j - 1] + (x != y)))
    return row[-1]


def error_rates(predicted, right):
    """Two lists of sequences -> (phoneme error rate, word error rate), fractions."""
    edits = sum(edit_distance(p, r) for p, r in zip(predicted, right, strict=True))
    wrong = sum(list(p) != list(r) for p, r in zip(predicted, right, strict=True))
    return edits / sum(map(len, right)), wrong / len(right)

# %% right="to-the-end" exercise="decoding"
# Searches up to max_steps.
@torch.no_grad()
def greedy(model, X, max_steps=25):
    """Spelling X int64 (B, S) -> phonemes int64 (B, max_steps): after END, PAD.

    It uses model.encode(X) and model.decode(Y_in, memory, mask, state); the first that the decoder reads is END.
    """
    memory, mask, state = model.encode(X)
    y = torch.full((len(X), 1), END, device=X.device)
    ended, said = torch.zeros_like(y, dtype=torch.bool), []
    for _ in range(max_steps):
        logits, state, _ = model.decode(y, memory, mask, state)
        y = logits[:, -1].argmax(dim=1, keepdim=True)
        said.append(y.masked_fill(ended, PAD))
        ended |= y == END
    return torch.cat(said, dim=1)


def beam_search(step, state, width=5, max_steps=25):
    """Search for the likeliest sequence.

    step: function of the last symbol (an int; END at the beginning) and a state to the log-probabilities of the next,
    a float array (V,), and the next state.
    Returns (symbols, log_p): a list of int, END included if it has ended, and the sum of their log-probabilities.
    """
    beams, finished = [(0.0, [], state)], []
    for _ in range(max_steps):
        candidates = []
        for total, symbols, state in beams:
            log_p, after = step(symbols[-1] if symbols else END, state)
            candidates += [(total + float(log_p[symbol]), [*symbols, int(symbol)], after)
                           for symbol in np.argsort(-np.asarray(log_p))[:width]]
        candidates.sort(key=lambda candidate: -candidate[0])
        finished += [candidate for candidate in candidates[:width] if candidate[1][-1] == END]
        beams = [candidate for candidate in candidates[:width] if candidate[1][-1] != END]
        if not beams:
            break
    total, symbols, _ = max(finished or beams, key=lambda candidate: candidate[0])
    return symbols, total


def edit_distance(a, b):
    """The least number of insertions, deletions and substitutions from sequence a to sequence b."""
    row = list(range(len(b) + 1))
    for i, x in enumerate(a, 1):
        before, row = row, [i]
        for j, y in enumerate(b, 1):
            row.append(min(before[j] + 1, row[-1] + 1, before[j - 1] + (x != y)))
    return row[-1]


def error_rates(predicted, right):
    """Two lists of sequences -> (phoneme error rate, word error rate), fractions."""
    edits = sum(edit_distance(p, r) for p, r in zip(predicted, right, strict=True))
    wrong = sum(list(p) != list(r) for p, r in zip(predicted, right, strict=True))
    return edits / sum(map(len, right)), wrong / len(right)
