"""Sentences to tokens, and bags of words to the rows of a matrix.

    tokenize("It isn't good, not at all!")   # ['it', 'is', "n't", 'good', ',', 'not', 'at', 'all', '!']
    X = stack_bags([{0: 1, 4: 2}, {1: -1}], num_words=5)   # sparse (2, 5)
"""

import re
import warnings

import torch

PUNCTUATION = frozenset({".", ",", ";", ":", "!", "?", "(", ")", "...", "…", "--", "–", "—"})

_TOKEN = re.compile(
    r"""
      \w+?(?=n't\b) | n't\b             # does|n't, also when the two are already apart
    | can(?=not\b)                      # can|not
    | '(?:s|re|ve|ll|d|m)\b             # it|'s
    | \w+(?:-\w+)*                      # a word or a number; co-writer stays whole
    | \.\.\. | -- | [.,;:!?()…–—]       # PUNCTUATION, one mark a token
    """,
    re.VERBOSE,
)


def tokenize(sentence):
    """The words and punctuation marks of a sentence, in lower case; other characters are left out.

    Contractions are split as in the Penn Treebank: don't → do n't, can't → ca n't, it's → it 's, so that
    every "…n't" leaves the same token. Text that is already split so (Kaggle's) gives the same tokens.

    Args:
        sentence: str.
    Returns:
        list of str.
    Source: M. Marcus, B. Santorini and M. A. Marcinkiewicz, "Building a large annotated corpus of English:
    the Penn Treebank", Computational Linguistics 19(2), 1993.
    """
    text = sentence.lower().replace("’", "'").replace("‘", "'")
    return _TOKEN.findall(text.replace("-lrb-", "(").replace("-rrb-", ")"))


def stack_bags(bags, num_words):
    """One row for each bag of words: X[n, column] = bags[n][column], 0 elsewhere.

    Args:
        bags: list of N dicts {column: number}, columns from 0 to num_words - 1.
        num_words: int V, the number of columns.
    Returns:
        X: sparse CSR tensor (N, V), float32; `X @ S` is a dense tensor (N,) and has a gradient for S (V,).
    Raises:
        ValueError: a column is outside 0 … num_words - 1, or a bag is no dict.
    """
    starts, columns, values = [0], [], []
    for number, bag in enumerate(bags):
        if not isinstance(bag, dict):
            raise ValueError(f"bag {number} is a {type(bag).__name__}, not a dict {{column: number}}")
        for column, value in sorted(bag.items()):
            if not 0 <= column < num_words:
                raise ValueError(f"bag {number} has column {column}, but there are {num_words} words: "
                                 f"columns go from 0 to {num_words - 1}")
            columns.append(int(column))
            values.append(float(value))
        starts.append(len(columns))
    with warnings.catch_warnings():
        warnings.filterwarnings("ignore", message="Sparse CSR tensor support is in beta state")
        return torch.sparse_csr_tensor(
            torch.tensor(starts), torch.tensor(columns, dtype=torch.int64),
            torch.tensor(values, dtype=torch.float32), size=(len(bags), num_words), check_invariants=True)
