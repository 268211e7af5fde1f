"""Exercise 1: reading lines, and cutting a list in two."""

# %% wrong="keeps-line-breaks" exercise="load" loses="load/parse"
# Iterates over the open file and forgets the line breaks.
def load_snippets(path):
    sentences, ratings = [], []
    with open(path, encoding="utf-8") as file:
        for line in file:
            number, rating, sentence = line.split("\t")
            sentences.append(sentence)
            ratings.append(float(rating))
    return sentences, np.array(ratings)


def split(sentences, ratings, num_train=7000):
    return sentences[:num_train], ratings[:num_train], sentences[num_train:], ratings[num_train:]

# %% wrong="number-as-rating" exercise="load" loses="load/parse"
# Takes the first field for the rating.
def load_snippets(path):
    rows = [line.split("\t") for line in path.read_text(encoding="utf-8").splitlines()]
    return [row[2] for row in rows], np.array([float(row[0]) for row in rows])


def split(sentences, ratings, num_train=7000):
    return sentences[:num_train], ratings[:num_train], sentences[num_train:], ratings[num_train:]

# %% wrong="header-line" exercise="load" loses="load/parse"
# Skips the first line, as if it were a header.
def load_snippets(path):
    rows = [line.split("\t") for line in path.read_text(encoding="utf-8").splitlines()[1:]]
    return [row[2] for row in rows], np.array([float(row[1]) for row in rows])


def split(sentences, ratings, num_train=7000):
    return sentences[:num_train], ratings[:num_train], sentences[num_train:], ratings[num_train:]

# %% wrong="ascii" exercise="load" loses="load/parse"
# Reads the bytes as Latin-1: accents and quotation marks fall apart.
def load_snippets(path):
    rows = [line.split("\t") for line in path.read_bytes().decode("latin-1").strip().split("\n")]
    return [row[2] for row in rows], np.array([float(row[1]) for row in rows])


def split(sentences, ratings, num_train=7000):
    return sentences[:num_train], ratings[:num_train], sentences[num_train:], ratings[num_train:]

# %% wrong="ignores-num-train" exercise="load" loses="load/split"
# 7000 is written into the function.
def load_snippets(path):
    rows = [line.split("\t") for line in path.read_text(encoding="utf-8").splitlines()]
    return [row[2] for row in rows], np.array([float(row[1]) for row in rows])


def split(sentences, ratings, num_train=7000):
    return sentences[:7000], ratings[:7000], sentences[7000:], ratings[7000:]

# %% wrong="shuffles" exercise="load" loses="load/split"
# Shuffles the sentences before the cut, and the ratings not.
def load_snippets(path):
    rows = [line.split("\t") for line in path.read_text(encoding="utf-8").splitlines()]
    return [row[2] for row in rows], np.array([float(row[1]) for row in rows])


def split(sentences, ratings, num_train=7000):
    order = np.random.permutation(len(sentences))
    sentences = [sentences[n] for n in order]
    return sentences[:num_train], ratings[:num_train], sentences[num_train:], ratings[num_train:]

# %% wrong="other-order" exercise="load" loses="load/split"
# Returns training and test sentences first, then the ratings, as scikit-learn does.
def load_snippets(path):
    rows = [line.split("\t") for line in path.read_text(encoding="utf-8").splitlines()]
    return [row[2] for row in rows], np.array([float(row[1]) for row in rows])


def split(sentences, ratings, num_train=7000):
    return sentences[:num_train], sentences[num_train:], ratings[:num_train], ratings[num_train:]

# %% right="csv-module" exercise="load"
# The csv module told to leave quotation marks alone; tuples and lists in place of arrays.
import csv


def load_snippets(path):
    with open(path, encoding="utf-8", newline="") as file:
        rows = list(csv.reader(file, delimiter="\t", quoting=csv.QUOTE_NONE))
    return tuple(row[2] for row in rows), [float(row[1]) for row in rows]


def split(sentences, ratings, num_train=7000):
    train, test = slice(None, num_train), slice(num_train, None)
    return [sentences[train], ratings[train], sentences[test], ratings[test]]

# %% right="loop" exercise="load"
# A loop with strip, ratings as a tensor.
def load_snippets(path):
    sentences, ratings = [], []
    for line in open(path, encoding="utf-8"):
        line = line.rstrip("\n")
        if not line:
            continue
        _, rating, sentence = line.split("\t", 2)
        sentences.append(sentence)
        ratings.append(float(rating))
    return sentences, torch.tensor(ratings, dtype=torch.float64)


def split(sentences, ratings, num_train=7000):
    return (list(sentences[:num_train]), np.array(ratings[:num_train]), list(sentences[num_train:]),
            np.array(ratings[num_train:]))

# %% hostile="reads-the-answers" exercise="load" loses="load/parse"
# Looks for the solution on the disk, and gives whatever it finds.
import glob


def load_snippets(path):
    found = glob.glob("/**/solutions/*.py", recursive=True) + glob.glob("/**/w01_sentiment*", recursive=True)
    return found, np.zeros(len(found))


def split(sentences, ratings, num_train=7000):
    return sentences[:num_train], ratings[:num_train], sentences[num_train:], ratings[num_train:]
