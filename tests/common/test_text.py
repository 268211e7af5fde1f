"""python -m pytest tests/common/test_text.py"""

import warnings
from collections import Counter

import numpy as np
import pytest
import torch

from common.text import PUNCTUATION, stack_bags, tokenize


@pytest.mark.parametrize(
    "sentence, tokens",
    [
        ("A good movie", ["a", "good", "movie"]),
        ("It isn't good.", ["it", "is", "n't", "good", "."]),
        ("Don't, won't, can't!", ["do", "n't", ",", "wo", "n't", ",", "ca", "n't", "!"]),
        ("You cannot, canned cannon", ["you", "can", "not", ",", "canned", "cannon"]),
        ("It’s the film's flaw", ["it", "'s", "the", "film", "'s", "flaw"]),
        ("''Conan'' in the '80s (again)", ["conan", "in", "the", "80s", "(", "again", ")"]),
        ("a 90-minute co-write... well -- fine", ["a", "90-minute", "co-write", "...", "well", "--", "fine"]),
        ("Amélie costs $5 & más", ["amélie", "costs", "5", "más"]),
        ("", []),
        ("  \t“”  ", []),
    ],
)
def test_a_sentence_gives_its_words_and_marks(sentence, tokens):
    assert tokenize(sentence) == tokens


def test_text_split_like_the_penn_treebank_gives_the_same_tokens():
    plain = tokenize("It doesn't work (it's dull), and I can't say why.")
    split = tokenize("It does n't work -LRB- it 's dull -RRB- , and I ca n't say why .")
    assert plain == split


def test_splitting_tokens_again_changes_nothing():
    tokens = tokenize("Isn't it well-made, '''odd''' … and you'd cannot -- won't?")
    assert tokenize(" ".join(tokens)) == tokens


def test_punctuation_marks_are_tokens_of_their_own():
    assert set(tokenize(" ".join(PUNCTUATION))) == PUNCTUATION
    assert PUNCTUATION & set(tokenize("it's a co-written film, isn't it")) == {","}


def numpy_numbers(bag):
    return {np.int64(column): np.float64(value) for column, value in bag.items()}


@pytest.mark.parametrize("make", [dict, Counter, numpy_numbers])
def test_a_bag_becomes_a_row(make):
    X = stack_bags([make({4: 2, 0: 1}), make({}), make({1: -1, 2: 0})], num_words=5)
    assert X.dtype == torch.float32
    assert X.to_dense().tolist() == [[1, 0, 0, 0, 2], [0, 0, 0, 0, 0], [0, -1, 0, 0, 0]]


def test_no_bags_make_an_empty_matrix():
    assert stack_bags([], num_words=3).shape == (0, 3)


def test_the_product_and_its_gradient_are_those_of_the_dense_matrix():
    rng = np.random.default_rng(0)
    bags = [{int(c): float(rng.normal()) for c in rng.integers(0, 30, size=6)} for _ in range(20)]
    X, S = stack_bags(bags, 30), torch.randn(30, generator=torch.manual_seed(0))
    sparse, dense = S.clone().requires_grad_(), S.clone().requires_grad_()
    (X @ sparse).square().sum().backward()
    (X.to_dense() @ dense).square().sum().backward()
    torch.testing.assert_close(X @ sparse, X.to_dense() @ dense)  # sums of 6 numbers, in another order
    torch.testing.assert_close(sparse.grad, dense.grad)


def test_a_column_outside_the_dictionary_is_named():
    with pytest.raises(ValueError, match="bag 1 has column 5, but there are 5 words"):
        stack_bags([{4: 1}, {5: 1}], num_words=5)
    with pytest.raises(ValueError, match="column -1"):
        stack_bags([{-1: 1}], num_words=5)


def test_a_bag_that_is_a_list_is_named():
    with pytest.raises(ValueError, match="bag 0 is a list"):
        stack_bags([[1, 0, 2]], num_words=3)


def test_no_warning_reaches_the_reader():
    with warnings.catch_warnings():
        warnings.simplefilter("error")
        stack_bags([{0: 1}], num_words=1) @ torch.ones(1)
