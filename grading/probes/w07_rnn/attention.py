"""Encoder, decoder, attention."""

# %% wrong="no-mask" exercise="attention" loses="attention/weights, attention/padding"
# Padding is attended to.
def attend(queries, memory, mask):
    """Attention by inner products.

    queries (B, T, H), memory (B, S, H), mask bool (B, S): True where there is a letter (at least one in each row).
    Returns contexts (B, T, H) and weights (B, T, S), zero where the mask is False.
    """
    scores = queries @ memory.transpose(1, 2)
    weights = scores.softmax(dim=2)
    return weights @ memory, weights


class Seq2Seq(nn.Module):
    """From spelling to phonemes: an encoder in two directions, a decoder, attention between them."""

    def __init__(self, num_letters, num_phonemes, num_hiddens=128, attention=True):
        super().__init__()
        self.letters, self.phonemes = nn.Embedding(num_letters, 64), nn.Embedding(num_phonemes, 64)
        self.encoder = nn.LSTM(64, num_hiddens // 2, batch_first=True, bidirectional=True)
        self.decoder = nn.LSTM(64, num_hiddens, batch_first=True)
        self.attention = attention
        self.combine = nn.Linear(2 * num_hiddens if attention else num_hiddens, num_hiddens)
        self.head = nn.Linear(num_hiddens, num_phonemes)

    def encode(self, X):
        """X int64 (B, S), padded -> memory (B, S, H), mask bool (B, S), state (h, c), each (1, B, H)."""
        mask = X != PAD
        packed = pack_padded_sequence(self.letters(X), mask.sum(dim=1).cpu(), batch_first=True, enforce_sorted=False)
        memory, state = self.encoder(packed)
        memory, _ = pad_packed_sequence(memory, batch_first=True, total_length=X.shape[1])
        return memory, mask, tuple(torch.cat([part[:1], part[1:]], dim=2) for part in state)

    def decode(self, Y_in, memory, mask, state):
        """Y_in int64 (B, T), what the decoder reads -> logits (B, T, num_phonemes), the state after it, the weights."""
        outputs, state = self.decoder(self.phonemes(Y_in), state)
        weights = None
        if self.attention:
            contexts, weights = attend(outputs, memory, mask)
            outputs = torch.cat([outputs, contexts], dim=2)
        return self.head(torch.tanh(self.combine(outputs))), state, weights

    def forward(self, X, Y):
        """Teacher forcing: the logits (B, T, num_phonemes) for Y (B, T) when all right phonemes before are known."""
        return self.decode(shifted(Y), *self.encode(X))[0]


def make_with_attention():
    return Seq2Seq(len(spelling), len(phonemes))


def make_without_attention():
    return Seq2Seq(len(spelling), len(phonemes), attention=False)

# %% wrong="wrong-axis" exercise="attention" loses="attention/weights, attention/padding, attention/teacher forcing, attention/test words"
# Softmax over the queries.
def attend(queries, memory, mask):
    """Attention by inner products.

    queries (B, T, H), memory (B, S, H), mask bool (B, S): True where there is a letter (at least one in each row).
    Returns contexts (B, T, H) and weights (B, T, S), zero where the mask is False.
    """
    scores = queries @ memory.transpose(1, 2)
    weights = scores.masked_fill(~mask[:, None], -torch.inf).softmax(dim=1)
    return weights @ memory, weights


class Seq2Seq(nn.Module):
    """From spelling to phonemes: an encoder in two directions, a decoder, attention between them."""

    def __init__(self, num_letters, num_phonemes, num_hiddens=128, attention=True):
        super().__init__()
        self.letters, self.phonemes = nn.Embedding(num_letters, 64), nn.Embedding(num_phonemes, 64)
        self.encoder = nn.LSTM(64, num_hiddens // 2, batch_first=True, bidirectional=True)
        self.decoder = nn.LSTM(64, num_hiddens, batch_first=True)
        self.attention = attention
        self.combine = nn.Linear(2 * num_hiddens if attention else num_hiddens, num_hiddens)
        self.head = nn.Linear(num_hiddens, num_phonemes)

    def encode(self, X):
        """X int64 (B, S), padded -> memory (B, S, H), mask bool (B, S), state (h, c), each (1, B, H)."""
        mask = X != PAD
        packed = pack_padded_sequence(self.letters(X), mask.sum(dim=1).cpu(), batch_first=True, enforce_sorted=False)
        memory, state = self.encoder(packed)
        memory, _ = pad_packed_sequence(memory, batch_first=True, total_length=X.shape[1])
        return memory, mask, tuple(torch.cat([part[:1], part[1:]], dim=2) for part in state)

    def decode(self, Y_in, memory, mask, state):
        """Y_in int64 (B, T), what the decoder reads -> logits (B, T, num_phonemes), the state after it, the weights."""
        outputs, state = self.decoder(self.phonemes(Y_in), state)
        weights = None
        if self.attention:
            contexts, weights = attend(outputs, memory, mask)
            outputs = torch.cat([outputs, contexts], dim=2)
        return self.head(torch.tanh(self.combine(outputs))), state, weights

    def forward(self, X, Y):
        """Teacher forcing: the logits (B, T, num_phonemes) for Y (B, T) when all right phonemes before are known."""
        return self.decode(shifted(Y), *self.encode(X))[0]


def make_with_attention():
    return Seq2Seq(len(spelling), len(phonemes))


def make_without_attention():
    return Seq2Seq(len(spelling), len(phonemes), attention=False)

# %% wrong="not-packed" exercise="attention" loses="attention/padding, attention/test words"
# The encoder reads padding.
def attend(queries, memory, mask):
    """Attention by inner products.

    queries (B, T, H), memory (B, S, H), mask bool (B, S): True where there is a letter (at least one in each row).
    Returns contexts (B, T, H) and weights (B, T, S), zero where the mask is False.
    """
    scores = queries @ memory.transpose(1, 2)
    weights = scores.masked_fill(~mask[:, None], -torch.inf).softmax(dim=2)
    return weights @ memory, weights


class Seq2Seq(nn.Module):
    """From spelling to phonemes: an encoder in two directions, a decoder, attention between them."""

    def __init__(self, num_letters, num_phonemes, num_hiddens=128, attention=True):
        super().__init__()
        self.letters, self.phonemes = nn.Embedding(num_letters, 64), nn.Embedding(num_phonemes, 64)
        self.encoder = nn.LSTM(64, num_hiddens // 2, batch_first=True, bidirectional=True)
        self.decoder = nn.LSTM(64, num_hiddens, batch_first=True)
        self.attention = attention
        self.combine = nn.Linear(2 * num_hiddens if attention else num_hiddens, num_hiddens)
        self.head = nn.Linear(num_hiddens, num_phonemes)

    def encode(self, X):
        """X int64 (B, S), padded -> memory (B, S, H), mask bool (B, S), state (h, c), each (1, B, H)."""
        mask = X != PAD
        packed = self.letters(X)
        memory, state = self.encoder(packed)
        return memory, mask, tuple(torch.cat([part[:1], part[1:]], dim=2) for part in state)

    def decode(self, Y_in, memory, mask, state):
        """Y_in int64 (B, T), what the decoder reads -> logits (B, T, num_phonemes), the state after it, the weights."""
        outputs, state = self.decoder(self.phonemes(Y_in), state)
        weights = None
        if self.attention:
            contexts, weights = attend(outputs, memory, mask)
            outputs = torch.cat([outputs, contexts], dim=2)
        return self.head(torch.tanh(self.combine(outputs))), state, weights

    def forward(self, X, Y):
        """Teacher forcing: the logits (B, T, num_phonemes) for Y (B, T) when all right phonemes before are known."""
        return self.decode(shifted(Y), *self.encode(X))[0]


def make_with_attention():
    return Seq2Seq(len(spelling), len(phonemes))


def make_without_attention():
    return Seq2Seq(len(spelling), len(phonemes), attention=False)

# %% right="einsum" exercise="attention"
# einsum.
def attend(queries, memory, mask):
    """Attention by inner products.

    queries (B, T, H), memory (B, S, H), mask bool (B, S): True where there is a letter (at least one in each row).
    Returns contexts (B, T, H) and weights (B, T, S), zero where the mask is False.
    """
    scores = torch.einsum("bth,bsh->bts", queries, memory)
    weights = scores.masked_fill(~mask[:, None], -torch.inf).softmax(dim=2)
    return weights @ memory, weights


class Seq2Seq(nn.Module):
    """From spelling to phonemes: an encoder in two directions, a decoder, attention between them."""

    def __init__(self, num_letters, num_phonemes, num_hiddens=128, attention=True):
        super().__init__()
        self.letters, self.phonemes = nn.Embedding(num_letters, 64), nn.Embedding(num_phonemes, 64)
        self.encoder = nn.LSTM(64, num_hiddens // 2, batch_first=True, bidirectional=True)
        self.decoder = nn.LSTM(64, num_hiddens, batch_first=True)
        self.attention = attention
        self.combine = nn.Linear(2 * num_hiddens if attention else num_hiddens, num_hiddens)
        self.head = nn.Linear(num_hiddens, num_phonemes)

    def encode(self, X):
        """X int64 (B, S), padded -> memory (B, S, H), mask bool (B, S), state (h, c), each (1, B, H)."""
        mask = X != PAD
        packed = pack_padded_sequence(self.letters(X), mask.sum(dim=1).cpu(), batch_first=True, enforce_sorted=False)
        memory, state = self.encoder(packed)
        memory, _ = pad_packed_sequence(memory, batch_first=True, total_length=X.shape[1])
        return memory, mask, tuple(torch.cat([part[:1], part[1:]], dim=2) for part in state)

    def decode(self, Y_in, memory, mask, state):
        """Y_in int64 (B, T), what the decoder reads -> logits (B, T, num_phonemes), the state after it, the weights."""
        outputs, state = self.decoder(self.phonemes(Y_in), state)
        weights = None
        if self.attention:
            contexts, weights = attend(outputs, memory, mask)
            outputs = torch.cat([outputs, contexts], dim=2)
        return self.head(torch.tanh(self.combine(outputs))), state, weights

    def forward(self, X, Y):
        """Teacher forcing: the logits (B, T, num_phonemes) for Y (B, T) when all right phonemes before are known."""
        return self.decode(shifted(Y), *self.encode(X))[0]


def make_with_attention():
    return Seq2Seq(len(spelling), len(phonemes))


def make_without_attention():
    return Seq2Seq(len(spelling), len(phonemes), attention=False)

# %% right="bmm" exercise="attention"
# bmm, and minus infinity by where.
def attend(queries, memory, mask):
    """Attention by inner products.

    queries (B, T, H), memory (B, S, H), mask bool (B, S): True where there is a letter (at least one in each row).
    Returns contexts (B, T, H) and weights (B, T, S), zero where the mask is False.
    """
    scores = queries @ memory.transpose(1, 2)
    weights = scores.masked_fill(~mask[:, None], -torch.inf).softmax(dim=2)
    return torch.bmm(weights, memory), weights


class Seq2Seq(nn.Module):
    """From spelling to phonemes: an encoder in two directions, a decoder, attention between them."""

    def __init__(self, num_letters, num_phonemes, num_hiddens=128, attention=True):
        super().__init__()
        self.letters, self.phonemes = nn.Embedding(num_letters, 64), nn.Embedding(num_phonemes, 64)
        self.encoder = nn.LSTM(64, num_hiddens // 2, batch_first=True, bidirectional=True)
        self.decoder = nn.LSTM(64, num_hiddens, batch_first=True)
        self.attention = attention
        self.combine = nn.Linear(2 * num_hiddens if attention else num_hiddens, num_hiddens)
        self.head = nn.Linear(num_hiddens, num_phonemes)

    def encode(self, X):
        """X int64 (B, S), padded -> memory (B, S, H), mask bool (B, S), state (h, c), each (1, B, H)."""
        mask = X != PAD
        packed = pack_padded_sequence(self.letters(X), mask.sum(dim=1).cpu(), batch_first=True, enforce_sorted=False)
        memory, state = self.encoder(packed)
        memory, _ = pad_packed_sequence(memory, batch_first=True, total_length=X.shape[1])
        return memory, mask, tuple(torch.cat([part[:1], part[1:]], dim=2) for part in state)

    def decode(self, Y_in, memory, mask, state):
        """Y_in int64 (B, T), what the decoder reads -> logits (B, T, num_phonemes), the state after it, the weights."""
        outputs, state = self.decoder(self.phonemes(Y_in), state)
        weights = None
        if self.attention:
            contexts, weights = attend(outputs, memory, mask)
            outputs = torch.cat([outputs, contexts], dim=2)
        return self.head(torch.tanh(self.combine(outputs))), state, weights

    def forward(self, X, Y):
        """Teacher forcing: the logits (B, T, num_phonemes) for Y (B, T) when all right phonemes before are known."""
        return self.decode(shifted(Y), *self.encode(X))[0]


def make_with_attention():
    return Seq2Seq(len(spelling), len(phonemes))


def make_without_attention():
    return Seq2Seq(len(spelling), len(phonemes), attention=False)
