"""Exercise 3: correlation, score, and the words of the largest and smallest weights."""

# %% wrong="covariance" exercise="sentiment-words" loses="sentiment-words/correlation"
# Not divided by the standard deviations.
def correlation(x, y):
    return np.mean((x - x.mean()) * (y - y.mean()))


def score(words, S, vocabulary):
    return sum(float(S[vocabulary[word]]) for word in words if word in vocabulary)


def extreme_words(S, vocabulary, k=15):
    ranked = sorted(vocabulary, key=lambda word: float(S[vocabulary[word]]))
    return ranked[::-1][:k], ranked[:k]

# %% wrong="matrix" exercise="sentiment-words" loses="sentiment-words/correlation"
# The whole matrix of np.corrcoef.
def correlation(x, y):
    return np.corrcoef(x, y)


def score(words, S, vocabulary):
    return sum(float(S[vocabulary[word]]) for word in words if word in vocabulary)


def extreme_words(S, vocabulary, k=15):
    ranked = sorted(vocabulary, key=lambda word: float(S[vocabulary[word]]))
    return ranked[::-1][:k], ranked[:k]

# %% wrong="absolute" exercise="sentiment-words" loses="sentiment-words/correlation"
# Never negative.
def correlation(x, y):
    return abs(np.corrcoef(x, y)[0, 1])


def score(words, S, vocabulary):
    return sum(float(S[vocabulary[word]]) for word in words if word in vocabulary)


def extreme_words(S, vocabulary, k=15):
    ranked = sorted(vocabulary, key=lambda word: float(S[vocabulary[word]]))
    return ranked[::-1][:k], ranked[:k]

# %% wrong="each-word-once" exercise="sentiment-words" loses="sentiment-words/score"
# A repeated word counts once.
def correlation(x, y):
    return np.corrcoef(x, y)[0, 1]


def score(words, S, vocabulary):
    return sum(float(S[vocabulary[word]]) for word in set(words) if word in vocabulary)


def extreme_words(S, vocabulary, k=15):
    ranked = sorted(vocabulary, key=lambda word: float(S[vocabulary[word]]))
    return ranked[::-1][:k], ranked[:k]

# %% wrong="mean-score" exercise="sentiment-words" loses="sentiment-words/score"
# The mean over the words, not the sum.
def correlation(x, y):
    return np.corrcoef(x, y)[0, 1]


def score(words, S, vocabulary):
    return np.mean([float(S[vocabulary[word]]) for word in words if word in vocabulary])


def extreme_words(S, vocabulary, k=15):
    ranked = sorted(vocabulary, key=lambda word: float(S[vocabulary[word]]))
    return ranked[::-1][:k], ranked[:k]

# %% wrong="worst-upside-down" exercise="sentiment-words" loses="sentiment-words/extreme words"
# The worst words end with the worst.
def correlation(x, y):
    return np.corrcoef(x, y)[0, 1]


def score(words, S, vocabulary):
    return sum(float(S[vocabulary[word]]) for word in words if word in vocabulary)


def extreme_words(S, vocabulary, k=15):
    ranked = sorted(vocabulary, key=lambda word: -float(S[vocabulary[word]]))
    return ranked[:k], ranked[-k:]

# %% wrong="largest-magnitude" exercise="sentiment-words" loses="sentiment-words/extreme words"
# Ranks by the size of the weight and forgets its sign.
def correlation(x, y):
    return np.corrcoef(x, y)[0, 1]


def score(words, S, vocabulary):
    return sum(float(S[vocabulary[word]]) for word in words if word in vocabulary)


def extreme_words(S, vocabulary, k=15):
    ranked = sorted(vocabulary, key=lambda word: abs(float(S[vocabulary[word]])))
    return ranked[::-1][:k], ranked[:k]

# %% right="torch" exercise="sentiment-words"
# Tensors, argsort, einsum; lists of str from a list of all words.
def correlation(x, y):
    x, y = (torch.as_tensor(np.asarray(values), dtype=torch.float64) for values in (x, y))
    x, y = x - x.mean(), y - y.mean()
    return torch.dot(x, y) / (x.norm() * y.norm())


def score(words, S, vocabulary):
    columns = [vocabulary[word] for word in words if word in vocabulary]
    return torch.as_tensor(S)[columns].sum()


def extreme_words(S, vocabulary, k=15):
    names = {column: word for word, column in vocabulary.items()}
    order = torch.argsort(torch.as_tensor(S)).tolist()
    return tuple(names[n] for n in order[::-1][:k]), tuple(names[n] for n in order[:k])

# %% right="scipy" exercise="sentiment-words"
# pearsonr of SciPy, heapq.
import heapq

from scipy.stats import pearsonr


def correlation(x, y):
    return pearsonr(x, y)[0]


def score(words, S, vocabulary):
    total = 0
    for word in words:
        if word in vocabulary:
            total += S[vocabulary[word]].item()
    return total


def extreme_words(S, vocabulary, k=15):
    weight = {word: S[column].item() for word, column in vocabulary.items()}
    return [heapq.nlargest(k, weight, key=weight.get), heapq.nsmallest(k, weight, key=weight.get)]
