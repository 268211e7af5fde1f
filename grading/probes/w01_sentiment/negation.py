"""Exercise 4: a list of negations, and signs that they flip."""

# %% wrong="whole-contractions" exercise="negation-list" loses="negation-list/negation-list"
# Forgets that `tokenize` splits "don't".
NEGATIONS = {"not", "don't", "isn't", "can't", "never", "no"}

# %% wrong="too-few" exercise="negation-list" loses="negation-list/negation-list"
# Only two.
NEGATIONS = {"not", "n't"}

# %% wrong="bad-words" exercise="negation-list" loses="negation-list/negation-list"
# Words that are negative, but negate nothing.
NEGATIONS = {"not", "n't", "never", "no", "bad", "dull"}

# %% right="a-list" exercise="negation-list"
# A list in place of a set, and fewer of them.
NEGATIONS = ["not", "n't", "never", "no", "without", "hardly"]

# %% right="frozen" exercise="negation-list"
# A frozenset, made from text.
NEGATIONS = frozenset("not n't never no nor neither nothing none".split())

# %% wrong="counts-itself" exercise="negation-signs" loses="negation-signs/negations before, negation-signs/reach, negation-signs/signed counts"
# A negation counts itself, too.
def count_before(words, modifiers, window=None):
    counts, positions = [], []
    for i, word in enumerate(words):
        if window is not None and word in PUNCTUATION:
            positions = []
        if word in modifiers:
            positions.append(i)
        counts.append(sum(window is None or i - position <= window for position in positions))
    return counts


def signed_bag(words, vocabulary, negations, window=None):
    bag = Counter()
    for word, count in zip(words, count_before(words, negations, window)):
        if word in vocabulary:
            bag[vocabulary[word]] += (-1) ** count
    return bag

# %% wrong="once-is-enough" exercise="negation-signs" loses="negation-signs/negations before, negation-signs/reach, negation-signs/signed counts"
# A flag, not a number: two negations are like one.
def count_before(words, modifiers, window=None):
    counts, last = [], None
    for i, word in enumerate(words):
        if window is not None and word in PUNCTUATION:
            last = None
        counts.append(int(last is not None and (window is None or i - last <= window)))
        if word in modifiers:
            last = i
    return counts


def signed_bag(words, vocabulary, negations, window=None):
    bag = Counter()
    for word, count in zip(words, count_before(words, negations, window)):
        if word in vocabulary:
            bag[vocabulary[word]] += (-1) ** count
    return bag

# %% wrong="only-not" exercise="negation-signs" loses="negation-signs/negations before, negation-signs/reach, negation-signs/signed counts"
# Solves the examples: only the word "not" is a negation.
def count_before(words, modifiers, window=None):
    counts, positions = [], []
    for i, word in enumerate(words):
        if window is not None and word in PUNCTUATION:
            positions = []
        counts.append(sum(window is None or i - position <= window for position in positions))
        if word == "not":
            positions.append(i)
    return counts


def signed_bag(words, vocabulary, negations, window=None):
    bag = Counter()
    for word, count in zip(words, count_before(words, negations, window)):
        if word in vocabulary:
            bag[vocabulary[word]] += (-1) ** count
    return bag

# %% wrong="window-one-short" exercise="negation-signs" loses="negation-signs/reach"
# The last word of the window is not reached.
def count_before(words, modifiers, window=None):
    counts, positions = [], []
    for i, word in enumerate(words):
        if window is not None and word in PUNCTUATION:
            positions = []
        counts.append(sum(window is None or i - position < window for position in positions))
        if word in modifiers:
            positions.append(i)
    return counts


def signed_bag(words, vocabulary, negations, window=None):
    bag = Counter()
    for word, count in zip(words, count_before(words, negations, window)):
        if word in vocabulary:
            bag[vocabulary[word]] += (-1) ** count
    return bag

# %% wrong="past-punctuation" exercise="negation-signs" loses="negation-signs/reach"
# A comma does not end the reach.
def count_before(words, modifiers, window=None):
    counts, positions = [], []
    for i, word in enumerate(words):
        counts.append(sum(window is None or i - position <= window for position in positions))
        if word in modifiers:
            positions.append(i)
    return counts


def signed_bag(words, vocabulary, negations, window=None):
    bag = Counter()
    for word, count in zip(words, count_before(words, negations, window)):
        if word in vocabulary:
            bag[vocabulary[word]] += (-1) ** count
    return bag

# %% wrong="punctuation-always-ends" exercise="negation-signs" loses="negation-signs/reach"
# A comma ends the reach without a window, too.
def count_before(words, modifiers, window=None):
    counts, positions = [], []
    for i, word in enumerate(words):
        if word in PUNCTUATION:
            positions = []
        counts.append(sum(window is None or i - position <= window for position in positions))
        if word in modifiers:
            positions.append(i)
    return counts


def signed_bag(words, vocabulary, negations, window=None):
    bag = Counter()
    for word, count in zip(words, count_before(words, negations, window)):
        if word in vocabulary:
            bag[vocabulary[word]] += (-1) ** count
    return bag

# %% wrong="forgets-the-window" exercise="negation-signs" loses="negation-signs/reach"
# signed_bag does not hand its window on.
def count_before(words, modifiers, window=None):
    counts, positions = [], []
    for i, word in enumerate(words):
        if window is not None and word in PUNCTUATION:
            positions = []
        counts.append(sum(window is None or i - position <= window for position in positions))
        if word in modifiers:
            positions.append(i)
    return counts


def signed_bag(words, vocabulary, negations, window=None):
    bag = Counter()
    for word, count in zip(words, count_before(words, negations)):
        if word in vocabulary:
            bag[vocabulary[word]] += (-1) ** count
    return bag

# %% wrong="last-sign-wins" exercise="negation-signs" loses="negation-signs/signed counts"
# The sign is written into the bag, not added.
def count_before(words, modifiers, window=None):
    counts, positions = [], []
    for i, word in enumerate(words):
        if window is not None and word in PUNCTUATION:
            positions = []
        counts.append(sum(window is None or i - position <= window for position in positions))
        if word in modifiers:
            positions.append(i)
    return counts


def signed_bag(words, vocabulary, negations, window=None):
    bag = {}
    for word, count in zip(words, count_before(words, negations, window)):
        if word in vocabulary:
            bag[vocabulary[word]] = (-1) ** count
    return bag

# %% wrong="known-words-only" exercise="negation-signs" loses="negation-signs/reach, negation-signs/signed counts"
# Throws unknown words away first, and with them the negations that are not in the dictionary.
def count_before(words, modifiers, window=None):
    counts, positions = [], []
    for i, word in enumerate(words):
        if window is not None and word in PUNCTUATION:
            positions = []
        counts.append(sum(window is None or i - position <= window for position in positions))
        if word in modifiers:
            positions.append(i)
    return counts


def signed_bag(words, vocabulary, negations, window=None):
    known = [word for word in words if word in vocabulary]
    bag = Counter()
    for word, count in zip(known, count_before(known, negations, window)):
        bag[vocabulary[word]] += (-1) ** count
    return bag

# %% right="looks-back" exercise="negation-signs"
# For each word, counts in the slice before it; an array comes back, zeros are dropped.
def count_before(words, modifiers, window=None):
    counts = np.zeros(len(words), dtype=int)
    for i in range(len(words)):
        start = 0 if window is None else max(0, i - window)
        for j in reversed(range(start, i)):
            if window is not None and words[j] in PUNCTUATION:
                break
            counts[i] += words[j] in modifiers
    return counts


def signed_bag(words, vocabulary, negations, window=None):
    bag = {}
    for word, count in zip(words, count_before(words, negations, window)):
        if word in vocabulary:
            column = vocabulary[word]
            bag[column] = bag.get(column, 0) + (1 if count % 2 == 0 else -1)
    return {column: value for column, value in bag.items() if value}

# %% right="cumulative" exercise="negation-signs"
# Cumulative sums, per clause when there is a window.
def count_before(words, modifiers, window=None):
    counts, clause = [], []
    for word in words:
        if window is not None and word in PUNCTUATION:
            clause = []
        counts.append(sum(clause if window is None else clause[-window:]))
        clause.append(1 if word in modifiers else 0)
    return counts


def signed_bag(words, vocabulary, negations, window=None):
    full = np.zeros(len(vocabulary))
    for word, count in zip(words, count_before(words, negations, window)):
        if word in vocabulary:
            full[vocabulary[word]] += (-1.0) ** count
    return dict(enumerate(full))
