"""Exercise 3: counting words."""

# %% wrong="present-or-not" exercise="bag-of-words" loses="bag-of-words/counts"
# A repeated word counts once.
def bag_of_words(words, vocabulary):
    return {vocabulary[word]: 1 for word in words if word in vocabulary}

# %% wrong="unknown-words-fail" exercise="bag-of-words" loses="bag-of-words/unknown words"
# Takes it that every word is in the dictionary.
def bag_of_words(words, vocabulary):
    return Counter(vocabulary[word] for word in words)

# %% wrong="unknown-is-zero" exercise="bag-of-words" loses="bag-of-words/unknown words"
# All unknown words are counted in column 0.
def bag_of_words(words, vocabulary):
    return Counter(vocabulary.get(word, 0) for word in words)

# %% wrong="words-as-keys" exercise="bag-of-words" loses="bag-of-words/counts, bag-of-words/unknown words"
# Counts words, not columns.
def bag_of_words(words, vocabulary):
    return dict(Counter(word for word in words if word in vocabulary))

# %% wrong="known-example" exercise="bag-of-words" loses="bag-of-words/counts, bag-of-words/unknown words"
# The answer of the visible check.
def bag_of_words(words, vocabulary):
    return {0: 2, 1: 1, 2: 2}

# %% right="loop" exercise="bag-of-words"
# A loop; zeros stay in the bag, counts are floats.
def bag_of_words(words, vocabulary):
    bag = {}
    for word in words:
        column = vocabulary.get(word)
        if column is not None:
            bag[column] = bag.get(column, 0.0) + 1.0
    return bag

# %% right="numpy" exercise="bag-of-words"
# np.unique, keys and values of NumPy.
def bag_of_words(words, vocabulary):
    columns, counts = np.unique([vocabulary[word] for word in words if word in vocabulary], return_counts=True)
    return dict(zip(columns, counts))
