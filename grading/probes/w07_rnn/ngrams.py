"""Counting letters."""

# %% wrong="no-end" exercise="ngrams" loses="ngrams/counts, ngrams/bits"
# The end is not counted and not predicted.
def count_ngrams(words, order):
    """Count what follows which context -> list of `order` dicts, counts[n][context of n letters][symbol] = number."""
    counts = [{} for _ in range(order)]
    for word in words:
        text = "^" * (order - 1) + word
        for place in range(order - 1, len(text)):
            symbol = text[place]
            for n, table in enumerate(counts):
                row = table.setdefault(text[place - n:place], {})
                row[symbol] = row.get(symbol, 0) + 1
    return counts


def ngram_probability(counts, context, symbol, num_symbols):
    """p(symbol | context) by Witten and Bell; of `context`, a long enough str, the last order - 1 letters count."""
    p = 1 / num_symbols
    for n, table in enumerate(counts):
        row = table.get(context[len(context) - n:])
        if row is None:
            break
        p = (row.get(symbol, 0) + len(row) * p) / (sum(row.values()) + len(row))
    return p


def ngram_bits(counts, words, num_symbols):
    """Bits per symbol: the mean of -log2 p over all letters and ends of the words."""
    order, bits, number = len(counts), 0.0, 0
    for word in words:
        text = "^" * (order - 1) + word
        for place in range(order - 1, len(text)):
            bits -= math.log2(ngram_probability(counts, text[:place], text[place], num_symbols))
            number += 1
    return bits / number

# %% wrong="add-one" exercise="ngrams" loses="ngrams/probabilities, ngrams/bits"
# Add-one instead of backing off.
def count_ngrams(words, order):
    """Count what follows which context -> list of `order` dicts, counts[n][context of n letters][symbol] = number."""
    counts = [{} for _ in range(order)]
    for word in words:
        text = "^" * (order - 1) + word + "$"
        for place in range(order - 1, len(text)):
            symbol = text[place]
            for n, table in enumerate(counts):
                row = table.setdefault(text[place - n:place], {})
                row[symbol] = row.get(symbol, 0) + 1
    return counts


def ngram_probability(counts, context, symbol, num_symbols):
    """p(symbol | context) by Witten and Bell; of `context`, a long enough str, the last order - 1 letters count."""
    p = 1 / num_symbols
    for n, table in enumerate(counts):
        row = table.get(context[len(context) - n:])
        if row is None:
            break
        p = (row.get(symbol, 0) + 1) / (sum(row.values()) + num_symbols)
    return p


def ngram_bits(counts, words, num_symbols):
    """Bits per symbol: the mean of -log2 p over all letters and ends of the words."""
    order, bits, number = len(counts), 0.0, 0
    for word in words:
        text = "^" * (order - 1) + word + "$"
        for place in range(order - 1, len(text)):
            bits -= math.log2(ngram_probability(counts, text[:place], text[place], num_symbols))
            number += 1
    return bits / number

# %% wrong="nats" exercise="ngrams" loses="ngrams/bits"
# Natural logarithms.
def count_ngrams(words, order):
    """Count what follows which context -> list of `order` dicts, counts[n][context of n letters][symbol] = number."""
    counts = [{} for _ in range(order)]
    for word in words:
        text = "^" * (order - 1) + word + "$"
        for place in range(order - 1, len(text)):
            symbol = text[place]
            for n, table in enumerate(counts):
                row = table.setdefault(text[place - n:place], {})
                row[symbol] = row.get(symbol, 0) + 1
    return counts


def ngram_probability(counts, context, symbol, num_symbols):
    """p(symbol | context) by Witten and Bell; of `context`, a long enough str, the last order - 1 letters count."""
    p = 1 / num_symbols
    for n, table in enumerate(counts):
        row = table.get(context[len(context) - n:])
        if row is None:
            break
        p = (row.get(symbol, 0) + len(row) * p) / (sum(row.values()) + len(row))
    return p


def ngram_bits(counts, words, num_symbols):
    """Bits per symbol: the mean of -log2 p over all letters and ends of the words."""
    order, bits, number = len(counts), 0.0, 0
    for word in words:
        text = "^" * (order - 1) + word + "$"
        for place in range(order - 1, len(text)):
            bits -= math.log(ngram_probability(counts, text[:place], text[place], num_symbols))
            number += 1
    return bits / number

# %% wrong="unseen-is-zero" exercise="ngrams" loses="ngrams/probabilities, ngrams/bits"
# A context that was never seen gives zero.
def count_ngrams(words, order):
    """Count what follows which context -> list of `order` dicts, counts[n][context of n letters][symbol] = number."""
    counts = [{} for _ in range(order)]
    for word in words:
        text = "^" * (order - 1) + word + "$"
        for place in range(order - 1, len(text)):
            symbol = text[place]
            for n, table in enumerate(counts):
                row = table.setdefault(text[place - n:place], {})
                row[symbol] = row.get(symbol, 0) + 1
    return counts


def ngram_probability(counts, context, symbol, num_symbols):
    """p(symbol | context) by Witten and Bell; of `context`, a long enough str, the last order - 1 letters count."""
    p = 1 / num_symbols
    for n, table in enumerate(counts):
        row = table.get(context[len(context) - n:])
        if row is None:
            return 0.0
        p = (row.get(symbol, 0) + len(row) * p) / (sum(row.values()) + len(row))
    return p


def ngram_bits(counts, words, num_symbols):
    """Bits per symbol: the mean of -log2 p over all letters and ends of the words."""
    order, bits, number = len(counts), 0.0, 0
    for word in words:
        text = "^" * (order - 1) + word + "$"
        for place in range(order - 1, len(text)):
            bits -= math.log2(ngram_probability(counts, text[:place], text[place], num_symbols))
            number += 1
    return bits / number

# %% right="get" exercise="ngrams"
# get in place of setdefault.
def count_ngrams(words, order):
    """Count what follows which context -> list of `order` dicts, counts[n][context of n letters][symbol] = number."""
    counts = [{} for _ in range(order)]
    for word in words:
        text = "^" * (order - 1) + word + "$"
        for place in range(order - 1, len(text)):
            symbol = text[place]
            for n, table in enumerate(counts):
                context = text[place - n:place]
                row = table[context] = table.get(context, {})
                row[symbol] = row.get(symbol, 0) + 1
    return counts


def ngram_probability(counts, context, symbol, num_symbols):
    """p(symbol | context) by Witten and Bell; of `context`, a long enough str, the last order - 1 letters count."""
    p = 1 / num_symbols
    for n, table in enumerate(counts):
        row = table.get(context[len(context) - n:])
        if row is None:
            break
        p = (row.get(symbol, 0) + len(row) * p) / (sum(row.values()) + len(row))
    return p


def ngram_bits(counts, words, num_symbols):
    """Bits per symbol: the mean of -log2 p over all letters and ends of the words."""
    order, bits, number = len(counts), 0.0, 0
    for word in words:
        text = "^" * (order - 1) + word + "$"
        for place in range(order - 1, len(text)):
            bits -= math.log2(ngram_probability(counts, text[:place], text[place], num_symbols))
            number += 1
    return bits / number

# %% right="weights" exercise="ngrams"
# The formula as a mixture.
def count_ngrams(words, order):
    """Count what follows which context -> list of `order` dicts, counts[n][context of n letters][symbol] = number."""
    counts = [{} for _ in range(order)]
    for word in words:
        text = "^" * (order - 1) + word + "$"
        for place in range(order - 1, len(text)):
            symbol = text[place]
            for n, table in enumerate(counts):
                row = table.setdefault(text[place - n:place], {})
                row[symbol] = row.get(symbol, 0) + 1
    return counts


def ngram_probability(counts, context, symbol, num_symbols):
    """p(symbol | context) by Witten and Bell; of `context`, a long enough str, the last order - 1 letters count."""
    p = 1 / num_symbols
    for n, table in enumerate(counts):
        row = table.get(context[len(context) - n:])
        if row is None:
            break
        p = row.get(symbol, 0) / (sum(row.values()) + len(row)) + len(row) / (sum(row.values()) + len(row)) * p
    return p


def ngram_bits(counts, words, num_symbols):
    """Bits per symbol: the mean of -log2 p over all letters and ends of the words."""
    order, bits, number = len(counts), 0.0, 0
    for word in words:
        text = "^" * (order - 1) + word + "$"
        for place in range(order - 1, len(text)):
            bits -= math.log2(ngram_probability(counts, text[:place], text[place], num_symbols))
            number += 1
    return bits / number
