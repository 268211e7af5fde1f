"""Exercise 2: soft targets, and a dictionary of the training words."""

# %% wrong="hard-targets" exercise="dictionary" loses="dictionary/targets"
# Positive or not: what the rating says beyond that is lost.
def soft_targets(ratings):
    return (ratings > 0).astype(float)


def build_vocabulary(token_lists, max_size=20_000):
    counts = Counter(word for tokens in token_lists for word in tokens)
    return {word: column for column, (word, _) in enumerate(counts.most_common(max_size))}


vocabulary = build_vocabulary(train_words)

# %% wrong="divides-by-four" exercise="dictionary" loses="dictionary/targets"
# Kaggle's formula for labels from 0 to 4.
def soft_targets(ratings):
    return ratings / 4


def build_vocabulary(token_lists, max_size=20_000):
    counts = Counter(word for tokens in token_lists for word in tokens)
    return {word: column for column, (word, _) in enumerate(counts.most_common(max_size))}


vocabulary = build_vocabulary(train_words)

# %% wrong="counts-sentences" exercise="dictionary" loses="dictionary/most frequent words"
# A word twice in a sentence counts once.
def soft_targets(ratings):
    return (ratings + 4) / 8


def build_vocabulary(token_lists, max_size=20_000):
    counts = Counter(word for tokens in token_lists for word in set(tokens))
    return {word: column for column, (word, _) in enumerate(counts.most_common(max_size))}


vocabulary = build_vocabulary(train_words)

# %% wrong="first-words" exercise="dictionary" loses="dictionary/most frequent words"
# The first max_size words that are met, not the most frequent ones.
def soft_targets(ratings):
    return (ratings + 4) / 8


def build_vocabulary(token_lists, max_size=20_000):
    columns = {}
    for tokens in token_lists:
        for word in tokens:
            if word not in columns and len(columns) < max_size:
                columns[word] = len(columns)
    return columns


vocabulary = build_vocabulary(train_words)

# %% wrong="counts-as-columns" exercise="dictionary" loses="dictionary/columns"
# The dictionary holds how often a word occurs.
def soft_targets(ratings):
    return (ratings + 4) / 8


def build_vocabulary(token_lists, max_size=20_000):
    counts = Counter(word for tokens in token_lists for word in tokens)
    return dict(counts.most_common(max_size))


vocabulary = build_vocabulary(train_words)

# %% wrong="from-one" exercise="dictionary" loses="dictionary/columns"
# Columns 1, 2, 3, …
def soft_targets(ratings):
    return (ratings + 4) / 8


def build_vocabulary(token_lists, max_size=20_000):
    counts = Counter(word for tokens in token_lists for word in tokens)
    return {word: column for column, (word, _) in enumerate(counts.most_common(max_size), start=1)}


vocabulary = build_vocabulary(train_words)

# %% wrong="no-limit" exercise="dictionary" loses="dictionary/most frequent words, dictionary/columns"
# max_size is forgotten.
def soft_targets(ratings):
    return (ratings + 4) / 8


def build_vocabulary(token_lists, max_size=20_000):
    counts = Counter(word for tokens in token_lists for word in tokens)
    return {word: column for column, (word, _) in enumerate(counts.most_common())}


vocabulary = build_vocabulary(train_words)

# %% wrong="looks-at-test-words" exercise="dictionary" loses="dictionary/training words only"
# The dictionary knows words of the held-out sentences.
def soft_targets(ratings):
    return (ratings + 4) / 8


def build_vocabulary(token_lists, max_size=20_000):
    counts = Counter(word for tokens in token_lists for word in tokens)
    return {word: column for column, (word, _) in enumerate(counts.most_common(max_size))}


vocabulary = build_vocabulary(words)

# %% right="sorted" exercise="dictionary"
# Counting by hand and sorting; targets as a tensor of float32.
def soft_targets(ratings):
    return torch.as_tensor(np.asarray(ratings), dtype=torch.float32) / 8 + 0.5


def build_vocabulary(token_lists, max_size=20_000):
    counts = {}
    for tokens in token_lists:
        for word in tokens:
            counts[word] = counts.get(word, 0) + 1
    ranked = sorted(counts, key=counts.get, reverse=True)[:max_size]
    return dict(zip(ranked, range(len(ranked))))


vocabulary = build_vocabulary(train_words, 20_000)

# %% right="numpy-unique" exercise="dictionary"
# np.unique counts; columns are NumPy integers.
def soft_targets(ratings):
    return np.interp(ratings, [-4, 4], [0, 1])


def build_vocabulary(token_lists, max_size=20_000):
    found, counts = np.unique([word for tokens in token_lists for word in tokens], return_counts=True)
    best = np.argsort(-counts, kind="stable")[:max_size]
    return {str(found[n]): column for column, n in enumerate(best)}


vocabulary = build_vocabulary(token_lists=train_words)
