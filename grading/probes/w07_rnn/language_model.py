"""A language model."""

# %% wrong="padding-counts" exercise="language-model" loses="language-model/the loss ignores padding, language-model/bits per character"
# Padding is a part of the loss.
class CharLM(nn.Module):
    """Numbers X (B, T) and the LSTM's state (None: zeros) -> logits (B, T, num_symbols), the state after the last."""

    def __init__(self, num_symbols, num_hiddens=128, num_features=32):
        super().__init__()
        self.embedding = nn.Embedding(num_symbols, num_features)
        self.lstm = nn.LSTM(num_features, num_hiddens, batch_first=True)
        self.head = nn.Linear(num_hiddens, num_symbols)

    def forward(self, X, state=None):
        H, state = self.lstm(self.embedding(X), state)
        return self.head(H), state


def sequence_loss(logits, Y):
    """logits (B, T, V), Y int64 (B, T) -> the mean cross-entropy over all places where Y is not PAD, in nats."""
    return F.cross_entropy(logits.flatten(0, 1), Y.flatten())


@torch.no_grad()
def bits_per_character(model, Y, batch_size=1000):
    """Bits per symbol of the words Y (N, T), padded: the mean over all their letters and ends, a float."""
    nats = number = 0
    for batch in Y.split(batch_size):
        count = int((batch != PAD).sum())
        nats += count * float(sequence_loss(model(shifted(batch))[0], batch))
        number += count
    return nats / number / math.log(2)


def make_lm():
    """A new model of Polish letters, for training."""
    return CharLM(len(letters))

# %% wrong="mean-of-means" exercise="language-model" loses="language-model/bits per character"
# The mean of the batches.
class CharLM(nn.Module):
    """Numbers X (B, T) and the LSTM's state (None: zeros) -> logits (B, T, num_symbols), the state after the last."""

    def __init__(self, num_symbols, num_hiddens=128, num_features=32):
        super().__init__()
        self.embedding = nn.Embedding(num_symbols, num_features)
        self.lstm = nn.LSTM(num_features, num_hiddens, batch_first=True)
        self.head = nn.Linear(num_hiddens, num_symbols)

    def forward(self, X, state=None):
        H, state = self.lstm(self.embedding(X), state)
        return self.head(H), state


def sequence_loss(logits, Y):
    """logits (B, T, V), Y int64 (B, T) -> the mean cross-entropy over all places where Y is not PAD, in nats."""
    return F.cross_entropy(logits.flatten(0, 1), Y.flatten(), ignore_index=PAD)


@torch.no_grad()
def bits_per_character(model, Y, batch_size=1000):
    """Bits per symbol of the words Y (N, T), padded: the mean over all their letters and ends, a float."""
    nats = number = 0
    for batch in Y.split(batch_size):
        count = int((batch != PAD).sum())
        nats += float(sequence_loss(model(shifted(batch))[0], batch))
        number += 1
    return nats / number / math.log(2)


def make_lm():
    """A new model of Polish letters, for training."""
    return CharLM(len(letters))

# %% wrong="nats" exercise="language-model" loses="language-model/bits per character"
# In nats.
class CharLM(nn.Module):
    """Numbers X (B, T) and the LSTM's state (None: zeros) -> logits (B, T, num_symbols), the state after the last."""

    def __init__(self, num_symbols, num_hiddens=128, num_features=32):
        super().__init__()
        self.embedding = nn.Embedding(num_symbols, num_features)
        self.lstm = nn.LSTM(num_features, num_hiddens, batch_first=True)
        self.head = nn.Linear(num_hiddens, num_symbols)

    def forward(self, X, state=None):
        H, state = self.lstm(self.embedding(X), state)
        return self.head(H), state


def sequence_loss(logits, Y):
    """logits (B, T, V), Y int64 (B, T) -> the mean cross-entropy over all places where Y is not PAD, in nats."""
    return F.cross_entropy(logits.flatten(0, 1), Y.flatten(), ignore_index=PAD)


@torch.no_grad()
def bits_per_character(model, Y, batch_size=1000):
    """Bits per symbol of the words Y (N, T), padded: the mean over all their letters and ends, a float."""
    nats = number = 0
    for batch in Y.split(batch_size):
        count = int((batch != PAD).sum())
        nats += count * float(sequence_loss(model(shifted(batch))[0], batch))
        number += count
    return nats / number


def make_lm():
    """A new model of Polish letters, for training."""
    return CharLM(len(letters))

# %% wrong="state-lost" exercise="language-model" loses="language-model/one letter at a time, language-model/test words after random, language-model/test words after stem"
# The state is not used.
class CharLM(nn.Module):
    """Numbers X (B, T) and the LSTM's state (None: zeros) -> logits (B, T, num_symbols), the state after the last."""

    def __init__(self, num_symbols, num_hiddens=128, num_features=32):
        super().__init__()
        self.embedding = nn.Embedding(num_symbols, num_features)
        self.lstm = nn.LSTM(num_features, num_hiddens, batch_first=True)
        self.head = nn.Linear(num_hiddens, num_symbols)

    def forward(self, X, state=None):
        H, state = self.lstm(self.embedding(X))
        return self.head(H), state


def sequence_loss(logits, Y):
    """logits (B, T, V), Y int64 (B, T) -> the mean cross-entropy over all places where Y is not PAD, in nats."""
    return F.cross_entropy(logits.flatten(0, 1), Y.flatten(), ignore_index=PAD)


@torch.no_grad()
def bits_per_character(model, Y, batch_size=1000):
    """Bits per symbol of the words Y (N, T), padded: the mean over all their letters and ends, a float."""
    nats = number = 0
    for batch in Y.split(batch_size):
        count = int((batch != PAD).sum())
        nats += count * float(sequence_loss(model(shifted(batch))[0], batch))
        number += count
    return nats / number / math.log(2)


def make_lm():
    """A new model of Polish letters, for training."""
    return CharLM(len(letters))

# %% right="picked" exercise="language-model"
# Log-probabilities picked out.
class CharLM(nn.Module):
    """Numbers X (B, T) and the LSTM's state (None: zeros) -> logits (B, T, num_symbols), the state after the last."""

    def __init__(self, num_symbols, num_hiddens=128, num_features=32):
        super().__init__()
        self.embedding = nn.Embedding(num_symbols, num_features)
        self.lstm = nn.LSTM(num_features, num_hiddens, batch_first=True)
        self.head = nn.Linear(num_hiddens, num_symbols)

    def forward(self, X, state=None):
        H, state = self.lstm(self.embedding(X), state)
        return self.head(H), state


def sequence_loss(logits, Y):
    """logits (B, T, V), Y int64 (B, T) -> the mean cross-entropy over all places where Y is not PAD, in nats."""
    return -logits.log_softmax(dim=2).gather(2, Y[..., None])[..., 0][Y != PAD].mean()


@torch.no_grad()
def bits_per_character(model, Y, batch_size=1000):
    """Bits per symbol of the words Y (N, T), padded: the mean over all their letters and ends, a float."""
    nats = number = 0
    for batch in Y.split(batch_size):
        count = int((batch != PAD).sum())
        nats += count * float(sequence_loss(model(shifted(batch))[0], batch))
        number += count
    return nats / number / math.log(2)


def make_lm():
    """A new model of Polish letters, for training."""
    return CharLM(len(letters))

# %% right="masked" exercise="language-model"
# A mask before the cross-entropy.
class CharLM(nn.Module):
    """Numbers X (B, T) and the LSTM's state (None: zeros) -> logits (B, T, num_symbols), the state after the last."""

    def __init__(self, num_symbols, num_hiddens=128, num_features=32):
        super().__init__()
        self.embedding = nn.Embedding(num_symbols, num_features)
        self.lstm = nn.LSTM(num_features, num_hiddens, batch_first=True)
        self.head = nn.Linear(num_hiddens, num_symbols)

    def forward(self, X, state=None):
        H, state = self.lstm(self.embedding(X), state)
        return self.head(H), state


def sequence_loss(logits, Y):
    """logits (B, T, V), Y int64 (B, T) -> the mean cross-entropy over all places where Y is not PAD, in nats."""
    return F.cross_entropy(logits[Y != PAD], Y[Y != PAD])


@torch.no_grad()
def bits_per_character(model, Y, batch_size=1000):
    """Bits per symbol of the words Y (N, T), padded: the mean over all their letters and ends, a float."""
    nats = number = 0
    for batch in Y.split(batch_size):
        count = int((batch != PAD).sum())
        nats += count * float(sequence_loss(model(shifted(batch))[0], batch))
        number += count
    return nats / number / math.log(2)


def make_lm():
    """A new model of Polish letters, for training."""
    return CharLM(len(letters))
