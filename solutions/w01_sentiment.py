# %% [markdown] data="movie_snippets"
# # Week 1 · Better sentiment prediction
#
# *A touching film.* *A film about touching things.* *Not a touching film.* People tell at once how much a
# reviewer liked it. This week we teach it to the smallest network there is: one layer, one number for each
# word. Then we look at what it can not know, that *not* turns *good* around and *very* makes it stronger,
# and let it learn that too.
#
# | exercise | | points |
# | --- | --- | --- |
# | 0 · The lecture's two questions | a demo to play with; we discuss it in class | 0 |
# | 1 · Load and split | sentences and ratings from a file | 1 |
# | 2 · Targets and a dictionary | ratings as probabilities, words as columns | 1 |
# | 3 · A bag of words | logistic regression, and which words are good or bad | 3 |
# | 4 · Negation | what follows *not* counts with the opposite sign | 3 |
# | 5 · Learned modifiers | a model of our own in PyTorch learns what *not* and *very* do | 5 |
# | 6 · Your own extension | | 2 bonus |
#
# Under each exercise some checks run in your notebook. They are there to help: they look at one or two
# inputs. The grader asks the same of your functions with other inputs, so write for any sentence and any
# dictionary. Functions keep the names and arguments given; add helpers as you like.
#
# We have not met PyTorch in the lecture yet. What we need is little: tensors are arrays,
# `requires_grad=True` says "this one is to be learned", and the function `minimise` below does the rest.

# %%
from collections import Counter
from dataclasses import dataclass

import matplotlib.pyplot as plt
import numpy as np
import torch
import torch.nn.functional as F
from IPython.display import Markdown, display
from torch import nn

from common.data import cache_folder, load_kaggle, load_movie_snippets, movie_snippets_path
from common.plotting import COLORS, plot_boundary
from common.progress import progress
from common.text import PUNCTUATION, stack_bags, tokenize

torch.set_num_threads(1)  # our vectors are short: more threads would wait for each other


# %%
def minimise(loss_of, parameters, num_iterations=60):
    """Change the parameters so that `loss_of()` becomes as small as possible.

    loss_of: function without arguments that computes the loss, a tensor with one number, from the parameters.
    parameters: list of tensors with requires_grad=True; they are changed in place.
    The algorithm is L-BFGS: few steps, each with all the data. Next week's lecture explains where gradients come from.
    """
    optimiser = torch.optim.LBFGS(list(parameters), max_iter=num_iterations, line_search_fn="strong_wolfe")

    def closure():
        optimiser.zero_grad()
        loss = loss_of()
        loss.backward()
        return loss

    optimiser.step(closure)


# %% [markdown]
# ### Exercise 0 · The lecture's two questions · 0 points · about 20 minutes
#
# Before the sentences, a warm-up with nothing to write but two answers. The lecture asked:
#
# 1. *Is the non-linearity necessary?*
# 2. *Is a net with a hidden layer really that different from one without?*
#
# We train four classifiers on points in the plane: Rosenblatt's perceptron of 1958 (it only learns from its
# errors, by adding or subtracting the point), a net without a hidden layer, which is logistic regression, a
# net with a hidden layer but no non-linearity, and a net whose hidden layer has one (tanh).

# %% show="demo-nets"
RULES = {  # which points belong to class 1
    "a line": lambda x1, x2: x1 + 0.6 * x2 > 0.1,
    "exclusive or": lambda x1, x2: x1 * x2 > 0,
    "a disc": lambda x1, x2: x1**2 + x2**2 < 0.5,
}
MODELS = {  # the layers of each net, for H hidden units; the perceptron is no net to be trained by gradients
    "perceptron (1958)": None,
    "no hidden layer": lambda H: [nn.Linear(2, 1)],
    "hidden, no non-linearity": lambda H: [nn.Linear(2, H), nn.Linear(H, 1)],
    "hidden with tanh": lambda H: [nn.Linear(2, H), nn.Tanh(), nn.Linear(H, 1)],
}


def sample_points(rule, num_points=240, seed=0):
    """X (N, 2), y (N,): points of a square and their class, 0 or 1; a little noise blurs the border."""
    rng = np.random.default_rng(seed)
    X = rng.uniform(-1, 1, size=(num_points, 2))
    y = RULES[rule](*X.T).astype(float)
    return X + rng.normal(scale=0.05, size=X.shape), y


def train_perceptron(X, y, num_epochs=50):
    w, b = np.zeros(2), 0.0
    for _ in range(num_epochs):
        for x, target in zip(X, y, strict=True):
            error = target - float(w @ x + b > 0)  # 0 when it is right
            w, b = w + error * x, b + error
    return lambda points: (points @ w + b > 0).astype(float)


def train_net(layers, X, y, seed=0):
    torch.manual_seed(seed)
    net = nn.Sequential(*layers, nn.Flatten(0))
    inputs, targets = torch.tensor(X, dtype=torch.float32), torch.tensor(y, dtype=torch.float32)
    minimise(lambda: F.binary_cross_entropy_with_logits(net(inputs), targets)
             + 1e-4 * sum(weights.square().sum() for weights in net.parameters()), net.parameters(), 200)
    return lambda points: torch.sigmoid(net(torch.tensor(points, dtype=torch.float32))).detach().numpy()


def train_model(model, X, y, num_hiddens=6, seed=0):
    """A function from points (M, 2) to probabilities (M,)."""
    layers = MODELS[model]
    return train_net(layers(num_hiddens), X, y, seed) if layers else train_perceptron(X, y)


# %% show="demo-boundaries"
fig, axes = plt.subplots(len(RULES), len(MODELS), figsize=(11, 8.4), sharex=True, sharey=True)
for row, rule in zip(axes, RULES, strict=True):
    points, classes = sample_points(rule)
    for ax, model in zip(row, MODELS, strict=True):
        predict_class = train_model(model, points, classes)
        plot_boundary(predict_class, points, classes, ax=ax)
        error_rate = np.mean((predict_class(points) > 0.5) != classes)
        ax.set_title(f"{model}\n{rule}: {error_rate:.0%} wrong", fontsize=9)
fig.tight_layout()

# %% [markdown]
# The first three columns draw straight borders, whatever the task, although the third net has 6 hidden
# units and more than twenty parameters. On *a line* they all succeed; on the other two tasks they can do
# little better than guess the commoner class. Only the last column bends.
#
# With widgets we can redraw the border for other nets. Some things to try: how many tanh units does
# *exclusive or* need, how many *a disc*? Does another start (`seed`) change the answer? What do 20 hidden
# units without a non-linearity gain?

# %% show="demo-interactive"
from ipywidgets import IntSlider, interact


def redraw(task, model, num_hiddens, seed):
    points, classes = sample_points(task)
    predict_class = train_model(model, points, classes, num_hiddens, seed)
    _, ax = plt.subplots(figsize=(4.5, 4.5))
    plot_boundary(predict_class, points, classes, ax=ax)
    ax.set_title(f"{model}: {np.mean((predict_class(points) > 0.5) != classes):.1%} of the points wrong", fontsize=10)
    plt.show()


_ = interact(redraw, task=list(RULES)[::-1], model=list(MODELS)[::-1],
         num_hiddens=IntSlider(3, min=1, max=20, continuous_update=False),
         seed=IntSlider(0, min=0, max=9, continuous_update=False))

# %% [markdown]
# For the second question we look inside. A net with two tanh units sees each point $x$ as a new point
# $(h_1, h_2)$, and its last layer is nothing but logistic regression on these new points.

# %% show="demo-hidden-space"
points, classes = sample_points("exclusive or")
torch.manual_seed(0)
layers = MODELS["hidden with tanh"](2)
predict_class = train_net(layers, points, classes, seed=0)
hidden = layers[1](layers[0](torch.tensor(points, dtype=torch.float32))).detach().numpy()
weights, bias = layers[2].weight.detach().numpy()[0], layers[2].bias.item()
fig, axes = plt.subplots(1, 2, figsize=(9, 4.3))
plot_boundary(predict_class, points, classes, ax=axes[0])
axes[0].set(title="what we see: $x_1$ and $x_2$", xlabel="$x_1$", ylabel="$x_2$")
plot_boundary(lambda h: 1 / (1 + np.exp(-(h @ weights + bias))), hidden, classes, ax=axes[1])
axes[1].set(title="what the last layer sees: $h_1$ and $h_2$", xlabel="$h_1$", ylabel="$h_2$")
fig.tight_layout()

# %% [markdown]
# On the right a straight line is enough. Now the two questions: what do you think? A few sentences each.

# %% [markdown] answer="non-linearity" points=0
# **Is the non-linearity necessary?** What does the third column show, and why must it be so?
#
# ### BEGIN SOLUTION
# Yes, unless a straight line separates the classes. Without it the net computes
# $w_2^\top (W_1 x + b_1) + b_2 = (W_1^\top w_2)^\top x + (w_2^\top b_1 + b_2)$: again one weight for each input
# and one bias. However many units the hidden layer has, the border is where a linear function is zero, a straight
# line. The picture shows it: the third column looks like the second, not like the fourth. (Training may go another
# way, since the loss is no longer convex in $W_1$ and $w_2$, but it can not arrive at anything that
# logistic regression could not.)
# ### END SOLUTION

# %% [markdown] answer="hidden-layer" points=0
# **Is a net with a hidden layer really that different from one without?** Use the picture of the hidden space.
#
# ### BEGIN SOLUTION
# Its last layer is not different at all: it is logistic regression, but on $h(x)$ instead of $x$. The hidden layer
# chooses new coordinates in which a straight line can separate the classes. We could have chosen them by hand:
# logistic regression on $x_1, x_2, x_1 x_2$ solves exclusive or as well. What is new is that the coordinates are
# learned from the data, together with the last layer. The price is a loss that is no longer convex: the
# start matters.
# ### END SOLUTION

# %% [markdown]
# ## Sentences and ratings
#
# Our sentences come from film reviews on rottentomatoes.com. Hutto and Gilbert (2014) had each one rated by
# 20 people from −4 (extremely negative) to 4 (extremely positive); we predict the mean of these ratings.
# The file is fetched when it is first needed and stays in the course's data folder. It is a text file
# (UTF-8) with one line for each sentence:
#
# ```
# number ⇥ rating ⇥ sentence
# ```
#
# where ⇥ is a tab. There is no header, and nothing is in quotes. The sentences are in an order that the
# course fixes, and their order is already random.

# %% [markdown]
# ### Exercise 1 · Load and split · 1 point · about 20 minutes
#
# Write two functions. `load_snippets` reads such a file; `split` cuts the sentences and their ratings in
# two: the first `num_train` are to learn from, the others are held out. Whatever we decide from now on, we
# decide by the training sentences; the held-out ones only tell us at the end how good we are.
#
# <details><summary>Hint: reading lines</summary> <code>path.read_text(encoding="utf-8")</code> is the whole
# file as one string, <code>line.split("\t")</code> the fields of a line. Mind the line break at the end of
# a line, and ratings that are still text.
# </details>


# %% exercise="load"
def load_snippets(path):
    """Read a file with a line "number⇥rating⇥sentence" for each sentence.

    path: pathlib.Path. Returns sentences (list of N str, without line breaks) and ratings (float array (N,)).
    """
    ### BEGIN SOLUTION
    # TODO: read the lines, cut them at the tabs, return the sentences and their ratings as numbers
    rows = [line.split("\t") for line in path.read_text(encoding="utf-8").splitlines()]
    return [sentence for _, _, sentence in rows], np.array([float(rating) for _, rating, _ in rows])
    ### END SOLUTION


def split(sentences, ratings, num_train=7000):
    """The first num_train sentences and the others.

    Returns four values: train_sentences, train_ratings, test_sentences, test_ratings.
    """
    ### BEGIN SOLUTION
    # TODO: cut both after num_train
    return sentences[:num_train], ratings[:num_train], sentences[num_train:], ratings[num_train:]
    ### END SOLUTION


# %% test="load" points=1
found_sentences, found_ratings = load_snippets(movie_snippets_path())
assert len(found_sentences) == len(found_ratings) == 10605, (
    f"there are 10605 sentences, found {len(found_sentences)} and {len(found_ratings)} ratings")
assert not found_sentences[0].endswith("\n"), "a sentence still has its line break"
assert all(isinstance(float(r), float) and -4 <= float(r) <= 4 for r in found_ratings), "ratings go from -4 to 4"
parts = split(["a", "b", "c"], np.array([1.0, 2.0, 3.0]), num_train=2)
assert len(parts) == 4 and list(parts[0]) == ["a", "b"] and list(parts[3]) == [3.0], f"split gave {parts}"
print(f"load: {len(found_sentences)} sentences; the first is rated {float(found_ratings[0]):.2f}: {found_sentences[0]}")
### BEGIN HIDDEN TESTS
with part("parse", points=0.5):
    sentences = [sentence_of(rng, WORDS) for _ in range(12)]
    sentences[2:5] = ["Amélie is charmé – “not”", 'a 5" screen, and it\'s 100% dull', "trailing full stop."]
    ratings = np.round(rng.uniform(-4, 4, size=12), 6)
    lines = [f"{rng.integers(1, 9999)}\t{r}\t{s}" for r, s in zip(ratings, sentences, strict=True)]
    found = several(student.run(READ_FILE).load_from_text("\n".join(lines) + "\n"), 2, "sentences and ratings")
    check.equal(strings(found[0]), sentences, hint="the sentences are not those of the file: are line breaks and tabs "
                "gone, is it read as UTF-8, does no line get lost?")
    check.close(found[1], ratings, hint="is the rating the second field of its line, as a number?")
with part("split", points=0.5):
    for num_sentences, num_train in [(11, 7), (8, 3)]:
        sentences, ratings = [f"s{n}" for n in range(num_sentences)], rng.normal(size=num_sentences)
        found = several(student.split(sentences, ratings, num_train), 4, "four values")
        check.equal(strings(found[0]), sentences[:num_train], hint="the first num_train sentences, in their order")
        check.equal(strings(found[2]), sentences[num_train:], hint="all the other sentences, in their order")
        check.close(found[1], ratings[:num_train], hint="the ratings that belong to the first sentences")
        check.close(found[3], ratings[num_train:], hint="the ratings that belong to the other sentences")
    found = several(student.split([str(n) for n in range(7005)], rng.normal(size=7005)), 4, "four values")
    check.equal(len(strings(found[2])), 5, hint="without num_train, 7000 sentences are for training")
### END HIDDEN TESTS

# %% [markdown]
# From here on we use the course's own loader, so that a mistake above does not follow us. `tokenize` cuts a
# sentence into words and punctuation marks, in lower case. It splits contractions: *isn't* becomes *is* and
# *n't*, and one token stands for all of *don't, can't, won't* … We will need that.

# %%
sentences, ratings = load_movie_snippets()
words = [tokenize(sentence) for sentence in sentences]
train_words, test_words = words[:7000], words[7000:]
train_ratings, test_ratings = ratings[:7000], ratings[7000:]
print(tokenize("It isn't the movie's fault, is it?"))

# %% show="ratings"
fig, axes = plt.subplots(1, 2, figsize=(10, 3))
axes[0].hist(train_ratings, bins=41, color=COLORS[0])
axes[0].set(xlabel="mean rating", ylabel="training sentences")
axes[1].hist([len(tokens) for tokens in train_words], bins=range(0, 70), color=COLORS[0])
axes[1].set(xlabel="tokens in a sentence", ylabel="training sentences")
fig.tight_layout()

# %% [markdown]
# There are few lukewarm sentences: reviewers who are quoted have an opinion. The two humps hold about as
# many sentences each. A typical sentence has 20 tokens, the longest has more than 60.

# %% [markdown]
# ### Exercise 2 · Targets and a dictionary · 1 point · about 20 minutes
#
# A logistic regression outputs a probability, so we turn the ratings into probabilities: $p =
# (\text{rating} + 4) / 8$. A sentence rated 4 is positive with $p = 1$, one rated 0 with $p = 0.5$. Such
# targets between 0 and 1 are called *soft*.
#
# The network needs numbers in place of words. A dictionary gives each known word a column: `{"the": 0, "a":
# 1, …}`. We keep at most 20,000 words, those that occur most often, and count every occurrence, also
# several in one sentence. Which word gets which column does not matter, nor who wins a tie, but the columns
# are 0, 1, 2, … without gaps, and there are no other entries.
#
# At the end of the cell make the `vocabulary` that we use below. A word that only occurs in held-out
# sentences is one that we know nothing about. Which sentences should it be made from?
#
# <details><summary>Hint: counting</summary>
# <code>Counter(list_of_words)</code> counts, <code>counter.update(more_words)</code> goes on counting, and
# <code>counter.most_common(k)</code> gives the k most frequent with their counts.
# </details>


# %% exercise="dictionary"
def soft_targets(ratings):
    """Ratings from -4 to 4, float array (N,) -> probabilities of being positive (N,)."""
    ### BEGIN SOLUTION
    # TODO: map -4 … 4 to 0 … 1
    return (ratings + 4) / 8
    ### END SOLUTION


def build_vocabulary(token_lists, max_size=20_000):
    """A dict {word: column} of the max_size words that occur most often.

    token_lists: list of sentences, each a list of str.
    """
    ### BEGIN SOLUTION
    # TODO: count the words of all sentences and number the most frequent ones
    counts = Counter(word for tokens in token_lists for word in tokens)
    return {word: column for column, (word, _) in enumerate(counts.most_common(max_size))}
    ### END SOLUTION


### BEGIN SOLUTION
# TODO: make `vocabulary` with build_vocabulary
vocabulary = build_vocabulary(train_words)
### END SOLUTION

# %% test="dictionary" points=1
assert np.allclose(soft_targets(np.array([-4.0, 0.0, 3.0])), [0, 0.5, 0.875]), (
    f"ratings -4, 0, 3 are probabilities 0, 0.5, 0.875, not {soft_targets(np.array([-4.0, 0.0, 3.0]))}")
small = build_vocabulary([["a", "good", "film", ",", "a", "good", "cast"], ["a", "bad", "film"]], max_size=3)
assert set(small) == {"a", "good", "film"}, f"the three commonest words are a, good and film, not {list(small)}"
assert sorted(small.values()) == [0, 1, 2], f"three words have the columns 0, 1, 2, not {sorted(small.values())}"
print(f"dictionary: {len(vocabulary):,} words; about 14,700 are expected")
### BEGIN HIDDEN TESTS
with part("targets", points=0.25):
    some_ratings = rng.uniform(-4, 4, size=40)
    check.close(student.soft_targets(some_ratings), (some_ratings + 4) / 8, rtol=1e-5,
                hint="p = (rating + 4) / 8, one number for each rating, neither rounded nor 0 or 1")
token_lists, frequent = counted_words(rng)
with part("most frequent words", points=0.25):
    for size in (5, 11, len(frequent) + 3):
        found = dictionary(student.build_vocabulary(token_lists, size))
        check.equal(set(found), set(frequent[:size]), hint="exactly the max_size words with most occurrences, all of "
                    "them if there are fewer; a word twice in a sentence counts twice")
with part("columns", points=0.25):
    for size in (5, len(frequent) + 3):
        found = dictionary(student.build_vocabulary(token_lists, size))
        check.equal(sorted(found.values()), list(range(len(found))), hint="each word has its own column, from 0 "
                    "without gaps")
    many = [[f"w{n}" for n in range(start, start + 700)] for start in range(0, 20_300, 700)]
    check.equal(len(dictionary(student.build_vocabulary(many))), 20_000, hint="without max_size, at most 20,000 words")
with part("training words only", points=0.25):
    known = {word for tokens in reference.train_words for word in tokens}
    found = set(dictionary(student.vocabulary))
    check.true(len(found) > 5000, hint="`vocabulary` has too few words to be made from all training sentences")
    check.true(not found - known, hint="`vocabulary` has words that no training sentence contains")
### END HIDDEN TESTS

# %% [markdown]
# ### Exercise 3 · A bag of words · 3 points · about 75 minutes
#
# We forget the order of the words and keep how often each one occurs: a *bag of words*. As a vector it has
# one place for each word of the dictionary, nearly all of them 0, so we store only the others: `{column:
# count}`. With the dictionary `{"the": 0, "good": 1, "movie": 2}`, the bag of *the movie, the good movie*
# is `{0: 2, 1: 1, 2: 2}`. Words that are not in the dictionary are left out.


# %% exercise="bag-of-words"
def bag_of_words(words, vocabulary):
    """How often each known word occurs: a list of str -> a dict {column: count}."""
    ### BEGIN SOLUTION
    # TODO: count the columns of those words that are in the vocabulary
    return Counter(vocabulary[word] for word in words if word in vocabulary)
    ### END SOLUTION


# %% test="bag-of-words" points=0.5
toy_vocabulary = {"the": 0, "good": 1, "movie": 2, "is": 3, "not": 4, "a": 5, "funny": 6}
toy_bag = bag_of_words("the movie , the good movie".split(), toy_vocabulary)
assert dict(toy_bag) == {0: 2, 1: 1, 2: 2}, (
    f"the bag of 'the movie , the good movie' is {{0: 2, 1: 1, 2: 2}}, not {toy_bag}")
print(f"bag-of-words: {dict(toy_bag)}; words outside the dictionary are left out")
### BEGIN HIDDEN TESTS
columns = random_columns(rng, WORDS)
with part("counts", points=0.25):
    for _ in range(10):
        tokens = sentence_of(rng, WORDS, 14).split()
        check.close(vector(student.bag_of_words(tokens, columns), len(columns)),
                    vector(reference.bag_of_words(tokens, columns), len(columns)),
                    hint="each word counts as often as it occurs")
with part("unknown words", points=0.25):
    few = {word: column for column, word in enumerate(WORDS[3:9])}
    for _ in range(10):
        tokens = sorted(set(sentence_of(rng, WORDS, 14).split()))
        check.close(vector(student.bag_of_words(tokens, few), len(few)),
                    vector(reference.bag_of_words(tokens, few), len(few)),
                    hint="words outside the dictionary are left out")
    check.close(vector(student.bag_of_words(["unheard", "of"], few), len(few)), np.zeros(len(few)),
                hint="a sentence without known words has an empty bag")
### END HIDDEN TESTS

# %% [markdown]
# `stack_bags` (given) makes a sparse matrix $X$ $(N, V)$ from $N$ bags: a row for each sentence, a column
# for each word. Logistic regression gives each word a weight $S_w$, its sentiment, and adds a bias $b$:
#
# $$ \text{logits} = X S + b \qquad\qquad \hat p = \sigma(X S + b) $$
#
# This is the net without a hidden layer. We fit $S$ and $b$ to the soft targets by making this as small as
# possible:
#
# $$ L(S, b) = -\frac1N \sum_{n=1}^N \Big( p_n \log \hat p_n + (1 - p_n) \log (1 - \hat p_n) \Big)
#    + \lambda \sum_w S_w^2 $$
#
# The first term is the cross-entropy, the **mean** over the sentences; nothing in it asks that $p_n$ be 0
# or 1. The second, with $\lambda$ = `l2`, keeps the weights small: there are twice as many words as
# sentences, so without it the net learns the training sentences by heart. The bias is not in it.
#
# <details><summary>Hint: the product</summary> <code>X @ S</code> is a tensor of shape (N,) when S has
# shape (V,). It works for sparse X as for dense X.
# </details>
# <details><summary>Hint: the cross-entropy</summary> <code>F.binary_cross_entropy_with_logits(logits,
# p)</code> is the first term, for soft targets too. It takes logits, not probabilities, and never meets the
# logarithm of 0.
# </details>
# <details><summary>Hint: fitting</summary> Start with tensors of zeros that have
# <code>requires_grad=True</code>, define a function without arguments that returns L, and give both to
# <code>minimise</code>. Return the tensors without their history: <code>S.detach()</code>.
# </details>


# %% exercise="logistic-regression"
def predict(X, S, b):
    """Probabilities (N,) of sentences X (N, V), for weights S (V,) and a bias b (a number)."""
    ### BEGIN SOLUTION
    # TODO: the logistic function of X S + b
    return torch.sigmoid(X @ S + b)
    ### END SOLUTION


def fit(X, p, l2=1e-4):
    """Logistic regression on soft targets.

    X: sparse tensor (N, V), float32.  p: tensor (N,), float32, from 0 to 1.  l2: the factor of the sum of S².
    Returns S (V,) and b (one number), which minimise L.
    """
    ### BEGIN SOLUTION
    # TODO: minimise the mean cross-entropy plus l2 times the sum of the squared weights
    S = torch.zeros(X.shape[1], requires_grad=True)
    b = torch.zeros((), requires_grad=True)
    minimise(lambda: F.binary_cross_entropy_with_logits(X @ S + b, p) + l2 * S.square().sum(), [S, b])
    return S.detach(), b.detach()
    ### END SOLUTION


# %% test="logistic-regression" points=1.5 timeout=120
toy_X = stack_bags([{0: 1}, {1: 1}, {0: 1, 1: 1}, {}], num_words=2)
toy_p = torch.tensor([0.9, 0.3, 0.8, 0.6])
toy_S, toy_b = fit(toy_X, toy_p, l2=0.01)
assert toy_S.shape == (2,), f"S has one weight for each of the 2 words, not shape {tuple(toy_S.shape)}"
assert np.allclose(np.asarray(toy_S), [1.37, -0.71], atol=0.03), (
    f"expected S about [1.37, -0.71], found {toy_S}: soft targets, the mean, l2 times the sum of squares?")
assert predict(toy_X, toy_S, toy_b).shape == (4,), "predict returns a probability for each row of X"
print(f"logistic-regression: S = {np.round(np.asarray(toy_S), 2)}, b = {float(toy_b):.2f}; "
      "about [1.37, -0.71] and 0.37 are expected")
### BEGIN HIDDEN TESTS
ns = student.run(FIT_ROWS)
with part("probabilities", points=0.25):
    X, S = random_rows(rng, 12, 20), rng.normal(size=20).astype(np.float32)
    for bias in (0.0, -1.5):
        expected = 1 / (1 + np.exp(-(X.to_dense().numpy() @ S + bias)))
        check.close(ns.predict_rows(*csr(X), S, bias), expected, rtol=1e-3,
                    hint="the logistic function of X S + b, one probability for each row")
with part("minimum", points=0.5):
    X, p = random_rows(rng, 200, 30), rng.uniform(0.02, 0.98, size=200).astype(np.float32)
    for l2 in (1e-2, 2e-3):
        check.less(excess_loss(ns.fit_rows(*csr(X), p, l2), X, p, l2), 1e-3, hint="another S and b have a smaller "
                   "L: are the targets soft, is it the mean over the sentences, plus l2 times the sum of S², and does "
                   "it converge?")
with part("bias", points=0.25):
    X, p = random_rows(rng, 150, 12), rng.uniform(0.75, 0.99, size=150).astype(np.float32)
    check.less(excess_loss(ns.fit_rows(*csr(X), p, 1e-2), X, p, 1e-2), 4e-3, hint="when nearly all sentences are "
               "positive the bias has to say so: is it learned, and left out of the l2 term?")
with part("held-out sentences", points=0.5):
    X, X_test, p = real_bags()
    S, b = weights_and_bias(ns.fit_rows(*csr(X), p, 1e-4), X.shape[1])
    check.more(correlation_with_ratings((X_test @ S).numpy() + b), 0.64,
               hint="trained on the 7000 sentences, the correlation on the others should be about 0.67")
### END HIDDEN TESTS

# %% [markdown]
# Half a second of training, and each of 14,700 words has a number. We predict the sentences that were held
# out.

# %% show="bag-of-words-fit"
def fit_bags(token_lists, p, make_bag):
    """S and b from sentences; make_bag(words, vocabulary) makes their bags."""
    return fit(stack_bags([make_bag(tokens, vocabulary) for tokens in token_lists], len(vocabulary)), p)


def predict_bags(token_lists, S, b, make_bag):
    X = stack_bags([make_bag(tokens, vocabulary) for tokens in token_lists], len(vocabulary))
    return np.asarray(predict(X, S, b))


train_p = torch.tensor(np.asarray(soft_targets(train_ratings)), dtype=torch.float32)
S, b = fit_bags(train_words, train_p, bag_of_words)
test_p = predict_bags(test_words, S, b, bag_of_words)

fig, ax = plt.subplots(figsize=(5, 4))
image = ax.hexbin(test_ratings, test_p, gridsize=32, mincnt=1, cmap="Blues", linewidths=0.2)
ax.set(xlabel="how people rate a held-out sentence", ylabel="predicted probability")
fig.colorbar(image, label="sentences")
plt.show()

# %% [markdown]
# The cloud rises from left to right, so the net has understood something, but it is wide: many sentences
# get about 0.5, and some that people dislike are predicted to be liked. Next we put a number on this, and
# look at the words.
#
# Three small functions:
#
# - `correlation` is Pearson's: the covariance of two lists of numbers, divided by both standard deviations;
# - `score` is what a sentence gets from its words alone, $\sum_w S_w$ over all its known words, repeated
#   ones included (and without the bias);
# - `extreme_words` gives the words of the largest and of the smallest $S_w$.


# %% exercise="sentiment-words"
def correlation(x, y):
    """Pearson's correlation of two float arrays (N,): one number from -1 to 1."""
    ### BEGIN SOLUTION
    # TODO: divide the covariance by both standard deviations
    return np.corrcoef(x, y)[0, 1]
    ### END SOLUTION


def score(words, S, vocabulary):
    """The sum of S_w over the known words of a sentence (list of str): one number."""
    ### BEGIN SOLUTION
    # TODO: add up the weights of the words that are in the vocabulary
    return sum(float(S[vocabulary[word]]) for word in words if word in vocabulary)
    ### END SOLUTION


def extreme_words(S, vocabulary, k=15):
    """Two lists of k words: those of the largest S_w, the largest first; those of the smallest, the smallest first."""
    ### BEGIN SOLUTION
    # TODO: sort the words by their weight
    ranked = sorted(vocabulary, key=lambda word: float(S[vocabulary[word]]))
    return ranked[::-1][:k], ranked[:k]
    ### END SOLUTION


# %% test="sentiment-words" points=1
toy_correlation = float(correlation(np.array([0.0, 1, 2, 3]), np.array([2.0, 1, 4, 3])))
assert abs(toy_correlation - 0.6) < 1e-6, f"0, 1, 2, 3 and 2, 1, 4, 3 have correlation 0.6, not {toy_correlation}"
toy_S = torch.tensor([0.1, 2.0, -0.2, 0.0, -1.5, 0.0, 1.0])  # the, good, movie, is, not, a, funny
toy_score = score("a funny , funny movie".split(), toy_S, toy_vocabulary)
assert abs(float(toy_score) - 1.8) < 1e-5, f"'a funny , funny movie' scores 0 + 1 + 1 - 0.2 = 1.8, not {toy_score}"
assert extreme_words(toy_S, toy_vocabulary, 2) == (["good", "funny"], ["not", "movie"]), (
    f"good and funny are the best, not and movie the worst, found {extreme_words(toy_S, toy_vocabulary, 2)}")
print(f"sentiment-words: 'a funny , funny movie' scores {float(toy_score):.1f}")
### BEGIN HIDDEN TESTS
with part("correlation", points=0.25):
    for size in (7, 60):
        x = rng.normal(size=size) ** 3 + 2
        y = 3 * x + rng.normal(size=size) * 4 * np.std(x)
        check.close(student.correlation(x, y), np.corrcoef(x, y)[0, 1], rtol=1e-3, hint="Pearson's correlation")
        check.close(student.correlation(x, -y), -np.corrcoef(x, y)[0, 1], rtol=1e-3, hint="it may be negative")
columns = random_columns(rng, WORDS)
S = torch.tensor(rng.permutation(np.linspace(-2, 2.6, len(WORDS))), dtype=torch.float32)
with part("score", points=0.25):
    for length in (3, 9, 30):
        tokens = [*sentence_of(rng, WORDS, length).split(), "unheard"]
        check.close(one_number(student.score(tokens, S, columns)), reference.score(tokens, S, columns), rtol=1e-3,
                    atol=1e-4, hint="the sum of the weights of all known words, repeated ones included, and no bias")
with part("extreme words", points=0.5):
    for k in (1, 4):
        found = several(student.extreme_words(S, columns, k), 2, "two lists of words")
        best, worst = reference.extreme_words(S, columns, k)
        check.equal(strings(found[0]), best, hint="the first list: the k largest weights, the largest first")
        check.equal(strings(found[1]), worst, hint="the second list: the k smallest weights, the smallest first")
### END HIDDEN TESTS

# %% show="words"
print(f"correlation on the held-out sentences: {correlation(test_p, test_ratings):.3f} (about 0.67 is expected)")
best, worst = extreme_words(S, vocabulary)
fig, axes = plt.subplots(1, 2, figsize=(9, 4))
for ax, names, color in [(axes[0], best, COLORS[0]), (axes[1], worst, COLORS[1])]:
    ax.barh(names, [float(S[vocabulary[name]]) for name in names], color=color)
    ax.invert_yaxis()
    ax.set_xlabel("$S_w$")
fig.tight_layout()
for sentence in ["A touching and funny film.", "A dull, lifeless film.", "Not a good film.", "It isn't bad at all."]:
    print(f"{score(tokenize(sentence), S, vocabulary) + float(b):+.2f}  {sentence}")
print(*(f"{word} {float(S[vocabulary[word]]):+.2f}" for word in ("not", "n't", "no", "never", "nothing")), sep=", ")

# %% [markdown]
# Nobody told the net what a word means, and yet these are the words that we would have chosen. The last line
# of output says what it made of negations: they all count against a film. A sentence with a negation is more
# often a complaint, and that is all that a bag of words can know about it. For *Not a good film* it adds the
# numbers of *not* and *good*, whatever the word order, and for *It isn't bad at all* both *n't* and *bad* count
# against the film.

# %% [markdown]
# ### Exercise 4 · Negation · 3 points · about 75 minutes
#
# The next idea needs a list of negations: words that turn the sense of what follows around. Remember what
# `tokenize` does with *don't* and *isn't*. Give at least five, in lower case. The check shows how often
# each occurs in the training sentences.


# %% exercise="negation-list"
### BEGIN SOLUTION
# TODO: NEGATIONS = {…}, a set of words
NEGATIONS = {"not", "n't", "no", "never", "nor", "neither", "none", "nothing", "nobody", "nowhere", "without",
             "hardly", "barely"}
### END SOLUTION

# %% test="negation-list" points=0.25
negation_counts = Counter(word for tokens in train_words for word in tokens if word in NEGATIONS)
assert len(NEGATIONS) >= 5, f"there are more negations than {NEGATIONS}"
assert not set(NEGATIONS) - set(negation_counts), (
    f"these never occur as a token: {set(NEGATIONS) - set(negation_counts)}")
print("negation-list:", ", ".join(f"{word} {count}" for word, count in negation_counts.most_common()))
### BEGIN HIDDEN TESTS
with part("negation-list", points=0.25):
    found = set(strings(student.NEGATIONS))
    check.true(len(found) >= 5, hint="at least five negations")
    check.true({"not", "n't", "never"} <= found, hint="the commonest negations are missing, as tokens of `tokenize`")
    check.true(not found & NOT_NEGATIONS, hint="some of these words negate nothing")
### END HIDDEN TESTS

# %% [markdown]
# Now let a negation flip the sign of what follows. **Every word counts with the sign $(-1)^k$, where $k$ is
# the number of negations before it** in the sentence. That holds for the negations too: in *not not good*
# the first *not* counts $+1$, the second $-1$, and *good*, flipped twice, $+1$. Counts add up, so a word
# that occurs with both signs can cancel. With the dictionary *the, good, movie, is, not, a, funny*, written
# as full vectors:
#
# | sentence | signed bag |
# | --- | --- |
# | not good | [0, −1, 0, 0, 1, 0, 0] |
# | not not good | [0, 1, 0, 0, 0, 0, 0] |
# | the movie is not a funny movie | [1, 0, 0, 1, 1, −1, −1] |
#
# A negation need not be in the dictionary to flip what follows.
#
# How far does a negation reach? By this definition to the end of the sentence. Perhaps that is too far, so
# we build in a choice. With `window=2` a negation only reaches the next two tokens, and never past a
# punctuation mark (`PUNCTUATION` is a set of them). So in *not a good movie, but funny* the negation
# reaches *a* and *good* with `window=2`, and *a*, *good* and *movie* with any larger window. With
# `window=None` nothing ends it.
#
# `count_before` counts, for other lists of words too (we will need that), and `signed_bag` uses it.
#
# <details><summary>Hint: counting without a window</summary> Go through the words with a counter that
# starts at 0. Note the counter for this word first, then add 1 if the word is itself a negation.
# </details>
# <details><summary>Hint: the window</summary> Remember the positions of the negations seen so far instead
# of their number. A punctuation mark empties the list. At position i those count that are at least i −
# window.
# </details>


# %% exercise="negation-signs"
def count_before(words, modifiers, window=None):
    """For each word of a sentence, how many of the modifiers stand before it and reach it.

    words: list of str.  modifiers: set of str.
    window: None, then a modifier reaches all words after it; or an int, then it reaches the next `window` words, but
        no further than the next punctuation mark.
    Returns a list of ints, as long as words. (What it says for the punctuation marks does not matter with a window.)
    """
    ### BEGIN SOLUTION
    # TODO: for each word, count the modifiers before it that reach it
    counts, positions = [], []
    for i, word in enumerate(words):
        if window is not None and word in PUNCTUATION:
            positions = []
        counts.append(sum(window is None or i - position <= window for position in positions))
        if word in modifiers:
            positions.append(i)
    return counts
    ### END SOLUTION


def signed_bag(words, vocabulary, negations, window=None):
    """A dict {column: sum of signs} for the known words of a sentence; a sign is (-1)^(negations that reach it)."""
    ### BEGIN SOLUTION
    # TODO: add up the sign of each known word in its column
    bag = Counter()
    for word, count in zip(words, count_before(words, negations, window), strict=True):
        if word in vocabulary:
            bag[vocabulary[word]] += (-1) ** count
    return bag
    ### END SOLUTION


# %% test="negation-signs" points=2.25
for sentence, expected in [("not good", [0, -1, 0, 0, 1, 0, 0]), ("not not good", [0, 1, 0, 0, 0, 0, 0]),
                           ("the movie is not a funny movie", [1, 0, 0, 1, 1, -1, -1])]:
    toy_bag = signed_bag(sentence.split(), toy_vocabulary, {"not", "never"})
    found = [int(toy_bag.get(column, 0)) for column in range(7)]
    assert found == expected, f"{sentence!r}: expected {expected}, found {found}"
    print(f"negation-signs: {sentence!r} gives {found}")
toy_words = "not a good movie , but funny".split()
toy_counts = list(count_before(toy_words, {"not"}, window=2))
assert toy_counts[:4] == [0, 1, 1, 0], f"with window=2, not reaches a and good only; found {toy_counts}"
toy_counts = list(count_before(toy_words, {"not"}, window=6))
assert toy_counts[:4] + toy_counts[5:] == [0, 1, 1, 1, 0, 0], f"the comma ends the reach of not; found {toy_counts}"
### BEGIN HIDDEN TESTS
negations = {"not", "never", "n't"}
with part("negations before", points=0.75):
    for _ in range(20):
        tokens = with_negations(rng, 12)
        check.close(student.count_before(tokens, negations), reference.count_before(tokens, negations), hint="the "
                    "number of negations before each word: the word itself does not count, and all those before it do")
    check.close(student.count_before(["oh", "so", "so", "good"], {"so"}), [0, 0, 1, 2], hint="for any modifiers")
with part("reach", points=0.5):
    for window in (1, 2, 4):
        for _ in range(8):
            tokens = with_negations(rng, 14, marks=True)
            inside = [i for i, token in enumerate(tokens) if token not in reference.PUNCTUATION]
            found = check.numbers(student.count_before(tokens, negations, window))
            check.shape(found, (len(tokens),), hint="a count for each word")
            check.close(found[inside], np.array(reference.count_before(tokens, negations, window))[inside], hint="with "
                        "a window, only negations among the last `window` words count, since the last punctuation mark")
    tokens = ["not", "dull", ",", "never", "slow", ";", "good"]
    check.close(student.count_before(tokens, negations)[-1], 2, hint="without a window, punctuation ends nothing")
    toys = {"good": 0, "slow": 1, "fun": 2}
    bag = student.signed_bag(["not", "so", "good", "fun", "slow"], toys, negations, 2)
    check.close(vector(bag, 3), [-1, 1, 1], hint="does signed_bag use its window?")
with part("signed counts", points=1):
    columns = random_columns(rng, [*WORDS[:10], "not"])
    for _ in range(20):
        tokens = with_negations(rng, 14)
        check.close(vector(student.signed_bag(tokens, columns, negations), len(columns)),
                    vector(reference.signed_bag(tokens, columns, negations), len(columns)), hint="each known word adds "
                    "(-1) to the number of negations before it; negations outside the dictionary flip too")
### END HIDDEN TESTS

# %% [markdown]
# We train on signed bags, nothing else changes. How far should a negation reach? That is a choice, so we
# make it with training sentences alone: we learn from the first 6000 and compare on the last 1000. It is
# easier to see a difference on those sentences that have a negation at all.

# %% show="reach"
def flipping(window):
    """A function that makes signed bags with this window."""
    return lambda tokens, vocabulary: signed_bag(tokens, vocabulary, NEGATIONS, window)


def has_negation(token_lists):
    return np.array([any(word in NEGATIONS for word in tokens) for tokens in token_lists])


validation_words, validation_ratings = train_words[6000:], train_ratings[6000:]
negated = has_negation(validation_words)
reaches = {"no flip": bag_of_words, **{str(n): flipping(n) for n in (1, 2, 3, 4, 6, 9)}, "end": flipping(None)}
results = []
for make_bag in progress(reaches.values(), desc="reach"):
    found = predict_bags(validation_words, *fit_bags(train_words[:6000], train_p[:6000], make_bag), make_bag)
    results.append([correlation(found, validation_ratings), correlation(found[negated], validation_ratings[negated])])
fig, ax = plt.subplots(figsize=(6.5, 3.5))
for column, label in enumerate(["all 1000 sentences", f"the {negated.sum()} with a negation"]):
    ax.plot(list(reaches)[1:], np.array(results)[1:, column], "o-", color=COLORS[column], label=label)
    ax.axhline(results[0][column], color=COLORS[column], linestyle=":", linewidth=1)
ax.set(xlabel="how many tokens a negation reaches", ylabel="correlation (validation)", title="dotted: no flip at all")
ax.legend()
plt.show()

# %% [markdown]
# Reaching to the end of the sentence is a disaster: on sentences with a negation the correlation falls from
# .54 to .13, and is far below what we had without any flip. Half of the words after a *not* have nothing to
# do with it. A short reach is better than none, and two tokens are about right here: *not **very good***,
# *isn't **a good** film*. Six are already too many.
#
# So the rule is not wrong, but its reach matters more than the rule. We go on with `window=2`, chosen here,
# and show the full reach next to it. Now the held-out sentences, and with them the question of how sure we
# are. Both models are tested on **the same** sentences, so we compare them in pairs: we draw 3605 sentences
# with replacement, compute both correlations on this sample and note the difference; 2000 such samples give
# a distribution, its middle 95 % an interval (the bootstrap of Efron, 1979). Easy and hard sentences are
# then easy and hard for both.

# %% show="bootstrap"
def bootstrap(predictions, rated, num_samples=2000, seed=0):
    """Correlations (num_samples, M) of M models' predictions (M, N), on samples of N sentences drawn with replacement.

    All models are tested on the same sample, so differences between columns are paired.
    """
    rng = np.random.default_rng(seed)
    together = np.vstack([rated, predictions])
    draws = (rng.integers(0, len(rated), size=len(rated)) for _ in range(num_samples))
    return np.array([np.corrcoef(together[:, draw])[0, 1:] for draw in draws])


def compare(predictions, rated, groups):
    """A table and a plot: each model's correlation, and its paired difference to the first, with 95 % intervals.

    predictions: {name: (N,)}.  rated: (N,).  groups: {what sentences: bool array (N,)}.
    """
    names, table = list(predictions), np.array(list(predictions.values()))
    fig, axes = plt.subplots(1, len(groups), figsize=(10, 0.9 + 0.4 * len(names)), sharey=True)
    for (label, chosen), ax, color in zip(groups.items(), axes, COLORS, strict=False):
        values = np.array([correlation(row[chosen], rated[chosen]) for row in table])
        samples = bootstrap(table[:, chosen], rated[chosen])
        intervals = np.quantile(samples, [0.025, 0.975], axis=0).T
        gains, gain_intervals = values - values[0], np.quantile(samples - samples[:, :1], [0.025, 0.975], axis=0).T
        lines = [f"| {label} ({chosen.sum()}) | correlation | 95 % | difference to the first | 95 %, paired |",
                 "| :-- | --: | :-: | --: | :-: |"]
        for row, name in enumerate(names):
            gain = "{:+.3f} | {:+.3f} … {:+.3f}".format(gains[row], *gain_intervals[row]) if row else " | "
            lines.append("| {} | {:.3f} | {:.3f} … {:.3f} | {} |".format(name, values[row], *intervals[row], gain))
        display(Markdown("\n".join(lines)))
        ax.hlines(names[1:], *gain_intervals[1:].T, color=color, linewidth=4, alpha=0.4)
        ax.plot(gains[1:], names[1:], "o", color=color)
        ax.axvline(0, color="grey", linewidth=1)
        ax.set(title=f"{label} ({chosen.sum()})", xlabel=f"difference to “{names[0]}”", ylim=(len(names) - 1.4, -0.6))
    fig.tight_layout()


# %% show="negation-comparison"
predictions = {"bag of words": test_p}
for name, window in [("flip, to the end", None), ("flip, window 2", 2)]:
    S_flip, b_flip = fit_bags(train_words, train_p, flipping(window))
    predictions[name] = predict_bags(test_words, S_flip, b_flip, flipping(window))
groups = {"all sentences": np.full(len(test_words), True), "with a negation": has_negation(test_words)}
compare(predictions, test_ratings, groups)

# %% [markdown] answer="negation-compare" points=0.5
# **What do the two differences say?** Which of them are certain, which are small? The intervals of the correlations
# themselves overlap for *bag of words* and *flip, window 2*: why can the difference be certain all the same? And
# why may the flip to the end of the sentence do so much harm?
#
# ### BEGIN SOLUTION
# Flipping to the end costs .13 on all sentences and .47 on those with a negation, far outside any interval. Flipping
# two tokens gains about .011 on all sentences, and that interval lies above 0. On the 899 with a negation it gains
# about .03, but the interval is wide and begins at 0: likely, not certain. It is small in any case: only a quarter of
# the sentences have a negation, and in these only a word or two is flipped.
#
# The interval of a correlation says how much it depends on which sentences happen to be drawn. That part is common
# to both models and drops out of the difference, which is why paired intervals are narrower. (The training
# sentences and the list of negations are the same in all samples: the interval does not say what others would do.)
#
# To the end of the sentence, words that the negation does not touch are flipped as well: function words, other clauses
# after *but*, the full stop. A frequent word now occurs with both signs in sentences of either kind, and a weight that
# serves both must be small. A good word far behind some *not* votes against the film.
# ### END SOLUTION

# %% [markdown]
# ### Exercise 5 · Learned modifiers · 5 points · about 120 minutes
#
# Flipping is our guess: a *not* multiplies what follows by −1. Why not −0.5? And *very* might multiply by
# 1.5. Linguists call both *valence shifters* (Polanyi and Zaenen, 2006). We let the data decide:
#
# $$ \text{score} = \sum_w N^{\,n_w} \, E^{\,e_w} \, S_w $$
#
# where the sum goes over the known words of the sentence, $n_w$ is the number of negations before $w$ (that
# reach it), $e_w$ the number of emphasisers, and $N$ and $E$ are two numbers that are learned together with
# the $S_w$. $N = E = 1$ is the bag of words, $N = -1$ the flip.
#
# First, which words are emphasisers? At least five, in lower case, each in the training sentences.


# %% exercise="emphasis-list"
### BEGIN SOLUTION
# TODO: EMPHASISERS = {…}, a set of words
EMPHASISERS = {
    "very", "really", "so", "too", "extremely", "incredibly", "truly", "absolutely", "completely", "totally", "deeply",
    "highly", "quite", "most", "more", "utterly", "particularly", "especially", "thoroughly", "remarkably",
}
### END SOLUTION

# %% test="emphasis-list" points=0.25
emphasis_counts = Counter(word for tokens in train_words for word in tokens if word in EMPHASISERS)
assert len(EMPHASISERS) >= 5, f"there are more emphasisers than {EMPHASISERS}"
assert not set(EMPHASISERS) - set(emphasis_counts), (
    f"these never occur as a token: {set(EMPHASISERS) - set(emphasis_counts)}")
print("emphasis-list:", ", ".join(f"{word} {count}" for word, count in emphasis_counts.most_common()))
### BEGIN HIDDEN TESTS
with part("emphasis-list", points=0.25):
    found = set(strings(student.EMPHASISERS))
    check.true(len(found) >= 5, hint="at least five emphasisers")
    check.true(len(found & KNOWN_EMPHASISERS) >= 4, hint="most of these words do not make the next one stronger")
    check.true(not found & (NOT_NEGATIONS - KNOWN_EMPHASISERS | {"not", "n't", "never", "no"}),
               hint="some of these words have a sentiment of their own, or negate, or do neither")
### END HIDDEN TESTS

# %% [markdown]
# Now $N^{n_w}$ is different for each word of each sentence, and a matrix of counts no longer does. We write
# the known words of all sentences one after the other, in `Entries`: entry $i$ is a word in sentence
# `rows[i]` and column `columns[i]` of the dictionary, with `negations[i]` negations and `emphasisers[i]`
# emphasisers before it. For the two sentences *not so good* and *so good* with the dictionary `{"so": 0,
# "good": 1}`:
#
# | | so | good | so | good |
# | --- | --- | --- | --- | --- |
# | rows | 0 | 0 | 1 | 1 |
# | columns | 0 | 1 | 0 | 1 |
# | negations | 1 | 1 | 0 | 0 |
# | emphasisers | 0 | 1 | 0 | 1 |


# %%
@dataclass(frozen=True)
class Entries:
    """The known words of some sentences, one after the other: four int64 tensors (M,) and the number of sentences."""

    rows: torch.Tensor
    columns: torch.Tensor
    negations: torch.Tensor
    emphasisers: torch.Tensor
    num_sentences: int


def make_entries(token_lists, vocabulary, negation_window=None, emphasis_window=None):
    """The entries of some sentences, with `count_before`, NEGATIONS and EMPHASISERS."""
    entries = []
    for row, tokens in enumerate(token_lists):
        negations = count_before(tokens, NEGATIONS, negation_window)
        emphasisers = count_before(tokens, EMPHASISERS, emphasis_window)
        entries += [(row, vocabulary[word], n, e) for word, n, e in zip(tokens, negations, emphasisers, strict=True)
                    if word in vocabulary]
    return Entries(*torch.tensor(entries, dtype=torch.int64).reshape(-1, 4).T, len(token_lists))


# %% [markdown]
# Write the model. A PyTorch model is a class: `__init__` makes the parameters, `forward` computes with
# them, and `model(entries)` calls `forward`. What is wrapped in `nn.Parameter` and kept as an attribute is
# learned. Ours has four: `S` of shape (V,), and `N`, `E` and the bias `b`, one number each. It returns a
# **logit for each sentence**, that is, the score plus $b$. A sentence without known words has no entry, and
# its logit is $b$.
#
# What should they start from? Zero will do for `S` and `b`. For `N` and `E` something sensible.
#
# <details><summary>Hint: a number to be learned</summary> <code>nn.Parameter(torch.tensor(1.0))</code>, and
# <code>nn.Parameter(torch.zeros(num_words))</code> for many.
# </details>
# <details><summary>Hint: many words at once</summary> <code>self.S[entries.columns]</code> has the weight
# of each entry, and <code>self.N ** entries.negations</code> the power of each entry. Both have shape (M,).
# </details>
# <details><summary>Hint: summing by sentence</summary> <code>torch.zeros(3).index_add(0, rows,
# values)</code> adds values[i] to place rows[i] of three zeros.
# </details>


# %% exercise="modifier-model"
class ModifierModel(nn.Module):
    """Logits of sentences: b + the sum over their words of N^negations · E^emphasisers · S.

    Parameters: S (num_words,), N, E and b, one number each.
    """

    def __init__(self, num_words):
        super().__init__()
        ### BEGIN SOLUTION
        # TODO: make the parameters S, N, E and b
        self.S = nn.Parameter(torch.zeros(num_words))
        self.N = nn.Parameter(torch.tensor(1.0))
        self.E = nn.Parameter(torch.tensor(1.0))
        self.b = nn.Parameter(torch.tensor(0.0))
        ### END SOLUTION

    def forward(self, entries):
        """entries: Entries with M words of B sentences -> logits (B,)."""
        ### BEGIN SOLUTION
        # TODO: add up the modified weights of each sentence's words, and add the bias
        values = self.N**entries.negations * self.E**entries.emphasisers * self.S[entries.columns]
        return torch.zeros(entries.num_sentences).index_add(0, entries.rows, values) + self.b
        ### END SOLUTION


# %% test="modifier-model" points=2.25
toy_model = ModifierModel(2)  # the two sentences of the table above
toy_entries = Entries(torch.tensor([0, 0, 1, 1]), torch.tensor([0, 1, 0, 1]), torch.tensor([1, 1, 0, 0]),
                      torch.tensor([0, 1, 0, 1]), 2)
with torch.no_grad():
    for parameter, value in [("S", [0.1, 2.0]), ("N", -0.5), ("E", 1.5), ("b", 0.2)]:
        getattr(toy_model, parameter).copy_(torch.tensor(value))
    toy_logits = toy_model(toy_entries)
assert toy_logits.shape == (2,), f"expected a logit for each of 2 sentences, found shape {tuple(toy_logits.shape)}"
assert torch.allclose(toy_logits, torch.tensor([-1.35, 3.3])), (
    f"expected [0.2 - 0.5·0.1 - 0.5·1.5·2, 0.2 + 0.1 + 1.5·2] = [-1.35, 3.3], found {toy_logits}")
assert len(list(toy_model.parameters())) >= 4, "S, N, E and b have to be nn.Parameter to be learned"
print("modifier-model: the logits of 'not so good' and 'so good' are", np.round(toy_logits.numpy(), 2))
### BEGIN HIDDEN TESTS
ns = student.run(MODIFIERS)
with part("a logit for each sentence", points=0.75):
    for num_sentences in (1, 6):
        entries, params = random_entries(rng, num_sentences, 9, max_count=0), random_parameters(rng, 9)
        check.close(ns.logits(9, params, *entries), logits_of(params, entries), rtol=1e-3, atol=1e-4,
                    hint="without modifiers, a sentence's logit is the sum of its words' S plus b; without words, b")
with part("powers", points=1):
    for _ in range(3):
        entries, params = random_entries(rng, 6, 9, max_count=3), random_parameters(rng, 9)
        check.close(ns.logits(9, params, *entries), logits_of(params, entries), rtol=1e-3, atol=1e-4,
                    hint="each word's S times N to the power of its negations, times E to the power of its "
                    "emphasisers; N may be negative")
with part("all four are learned", points=0.5):
    entries, params = random_entries(rng, 6, 9, max_count=2), random_parameters(rng, 9)
    direction = rng.normal(size=6).astype(np.float32)
    expected = gradients_of(params, entries, direction)
    for name, gradient in ns.gradients(9, params, direction, *entries).items():
        check.close(gradient, expected[name], rtol=1e-2, atol=1e-3,
                    hint=f"is {name} an nn.Parameter that the logits depend on?")
### END HIDDEN TESTS

# %% [markdown]
# The last step: train it. The loss is that of exercise 3 with one more term. `l2` pulls every $S_w$ to 0,
# but nothing holds $N$ and $E$, and the model finds a way around: a large $E$ lets the words after *very*
# have large effects with small, cheap $S_w$. So they get a *prior* of their own, which pulls $N$ to 0 ("a
# negation cancels") and $E$ to 1 ("an emphasiser does nothing"):
#
# $$ L = \text{mean cross-entropy} + \lambda \sum_w S_w^2 + \mu \, \big( N^2 + (E - 1)^2 \big) $$
#
# with $\lambda$ = `l2` and $\mu$ = `prior`. It is weak: `prior=1e-3` counts as much as a thousandth of a
# nat for each sentence, and the sentences can outvote it.


# %% exercise="modifier-training"
def fit_modifiers(model, entries, p, l2=1e-4, prior=1e-3):
    """Train a ModifierModel in place, so that it minimises L on these sentences, and return it.

    entries: Entries of B sentences.  p: soft targets, float32 tensor (B,).
    """
    ### BEGIN SOLUTION
    # TODO: minimise the cross-entropy of model(entries) with p, plus both penalties
    def loss_of():
        penalty = l2 * model.S.square().sum() + prior * (model.N**2 + (model.E - 1) ** 2)
        return F.binary_cross_entropy_with_logits(model(entries), p) + penalty

    minimise(loss_of, model.parameters())
    return model
    ### END SOLUTION


# %% test="modifier-training" points=2.5 timeout=120
toy_rng = np.random.default_rng(0)  # 200 sentences of 6 words whose S, N and E we know
toy_entries = Entries(torch.arange(200).repeat_interleave(6),
                      *torch.tensor(toy_rng.integers(0, [[8], [3], [3]], size=(3, 1200))), 200)
toy_S = torch.linspace(-1, 1, 8)
toy_values = (-0.5) ** toy_entries.negations * 1.5**toy_entries.emphasisers * toy_S[toy_entries.columns]
toy_p = torch.sigmoid(torch.zeros(200).index_add(0, toy_entries.rows, toy_values))
toy_model = fit_modifiers(ModifierModel(8), toy_entries, toy_p, l2=0, prior=0)
toy_N, toy_E = toy_model.N.item(), toy_model.E.item()
assert abs(toy_N + 0.5) < 0.05 and abs(toy_E - 1.5) < 0.05, (
    f"from sentences made with N = -0.5 and E = 1.5, found N = {toy_N:.2f} and E = {toy_E:.2f}")
print(f"modifier-training: N = {toy_N:.2f}, E = {toy_E:.2f} from sentences made with -0.5 and 1.5")
### BEGIN HIDDEN TESTS
ns = student.run(MODIFIERS)
truth = {"S": rng.normal(size=30).astype(np.float32), "N": -0.65, "E": 1.6, "b": 0.4}
entries, others = random_entries(rng, 500, 30, max_count=2), random_entries(rng, 300, 30, max_count=2)
p = probabilities(logits_of(truth, entries))
found = ns.trained(30, p, 1e-5, 0.0, *entries)
with part("negation", points=0.75):
    check.between(one_number(found["N"]), -0.75, -0.55,
                  hint="N is not the one with which these sentences were made: is it trained, and long enough?")
with part("emphasis", points=0.75):
    check.between(one_number(found["E"]), 1.5, 1.7,
                  hint="E is not the one with which these sentences were made: is it trained, and long enough?")
with part("held-out sentences", points=0.5):
    theirs = check.numbers(ns.logits(30, found, *others))
    check.shape(theirs, (300,), hint="a logit for each sentence")
    check.more(float(np.corrcoef(theirs, logits_of(truth, others))[0, 1]), 0.98,
               hint="the trained model's logits for other sentences are not those with which they were made")
with part("penalties", points=0.5):
    found = ns.trained(30, p, 1e-5, 3.0, *entries)
    check.between(one_number(found["N"]), -0.15, 0.15, hint="a strong prior pulls N to 0")
    check.between(one_number(found["E"]), 0.85, 1.15, hint="a strong prior pulls E to 1")
    found = ns.trained(30, p, 1.0, 0.0, *entries)
    check.less(float(np.abs(check.numbers(found["S"])).max()), 0.1, hint="a strong l2 pulls every S to 0")
### END HIDDEN TESTS

# %% [markdown]
# Now on the real sentences: with negations that reach two tokens and emphasisers that reach one, as with
# the flip, and with both reaching to the end.

# %% show="modifier-models"
for name, windows in [("learned, to the end", (None, None)), ("learned, window 2 and 1", (2, 1))]:
    learn, hold = (make_entries(chosen, vocabulary, *windows) for chosen in (train_words, test_words))
    for prior in (0, 1e-3):
        model = fit_modifiers(ModifierModel(len(vocabulary)), learn, train_p, prior=prior)
        print(f"{name}, prior {prior}: N = {model.N.item():+.2f}, E = {model.E.item():.2f}")
    with torch.no_grad():  # with the prior
        predictions[name] = torch.sigmoid(model(hold)).numpy()
compare(predictions, test_ratings, groups)

# %% [markdown]
# And the learned modifiers against the flip of the same reach:

# %% show="learned-against-flip"
compare({name: predictions[name] for name in ("flip, window 2", "learned, window 2 and 1")}, test_ratings, groups)

# %% [markdown]
# **What this shows.** The ranking is the same on all sentences and on those with a negation, and the gains
# are small: one to one and a half hundredths of correlation on all, about three on those with a negation. For
# the learned model they are sure for these sentences, since the intervals of the paired differences lie above
# 0; the flip's, on those with a negation, begins at 0. They are *not* a law about negation in general: they
# hold for a negation that reaches two tokens. With the reach to the end, the flip is far worse than doing
# nothing, and the learned model saves itself by leaving the sign alone ($N$ close to 1).
#
# And $N$? With the prior it is about −0.2: a negation cancels what follows rather than turning it around.
# *Not good* is not as bad as *bad*. Without the prior $N$ comes out near −1 and $E$ above 3, at the same
# quality: the sentences hardly tell these models apart. A number that moves so much with a small prior
# should not be read as a fact.
#
# The intervals say what other *held-out* sentences would do. Other *training* sentences would change the
# weights too. So we shuffle all 10,605 and repeat the whole comparison on a few new splits, each model on
# the same split.

# %% show="splits"
def three_models(token_lists, targets, learn, hold):
    """Probabilities of the held-out sentences by the bag of words, the flip and the learned modifiers."""
    learned, held = [token_lists[n] for n in learn], [token_lists[n] for n in hold]
    dictionary, p = build_vocabulary(learned), torch.tensor(targets[learn], dtype=torch.float32)
    found = []
    for make_bag in (bag_of_words, flipping(2)):
        X, X_held = (stack_bags([make_bag(tokens, dictionary) for tokens in chosen], len(dictionary))
                     for chosen in (learned, held))
        found.append(np.asarray(predict(X_held, *fit(X, p))))
    model = fit_modifiers(ModifierModel(len(dictionary)), make_entries(learned, dictionary, 2, 1), p)
    with torch.no_grad():
        return np.array([*found, torch.sigmoid(model(make_entries(held, dictionary, 2, 1))).numpy()])


def repeat_splits(token_lists, rated, num_train, num_splits=6):
    """Correlations (num_splits, 3, 2): three models, on all held-out sentences and on those with a negation."""
    results = []
    for seed in progress(range(num_splits), desc="splits"):
        order = np.random.default_rng(seed).permutation(len(rated))
        learn, hold = order[:num_train], order[num_train:]
        found = three_models(token_lists, np.asarray(soft_targets(rated)), learn, hold)
        negated = has_negation([token_lists[n] for n in hold])
        results.append([[correlation(p, rated[hold]), correlation(p[negated], rated[hold][negated])] for p in found])
    return np.array(results)


names = ["bag of words", "flip, window 2", "learned, window 2 and 1"]
results = repeat_splits(words, ratings, 7000)
fig, axes = plt.subplots(1, 2, figsize=(10, 3.2))
for ax, values, title in zip(axes, np.moveaxis(results, 2, 0), ["all sentences", "with a negation"], strict=True):
    ax.plot(names, values.T, "o-", color=COLORS[0], alpha=0.6)
    ax.set(title=title, ylabel="correlation")
    ax.tick_params(axis="x", labelsize=8)
    gains = values - values[:, :1]
    print(f"{title:18}", *(f"{name}: {gain.mean():+.3f} ({gain.min():+.3f} to {gain.max():+.3f})  "
                           for name, gain in zip(names[1:], gains.T[1:], strict=True)))
fig.tight_layout()

# %% [markdown]
# Each line is one split. Where a line lies depends on the split, by two or three hundredths, more than the
# whole gain. But the lines run side by side: on all sentences both models beat the bag of words on each of
# the six splits; on those with a negation the learned one does, and the flip loses once. Had we
# compared one model on one split with another model on another split, we would have seen noise.
#
# **Kaggle's sentences.** The course used to work with Kaggle's competition *Sentiment Analysis on Movie
# Reviews* (sentences with a label from 0 to 4). If you have its `train.tsv`, put it into the data folder as
# `kaggle/train.tsv`, and the next cell repeats the comparison on it.

# %% show="kaggle"
kaggle_file = cache_folder() / "kaggle" / "train.tsv"
if kaggle_file.exists():
    kaggle_sentences, kaggle_ratings = load_kaggle(kaggle_file)
    kaggle_results = repeat_splits([tokenize(sentence) for sentence in kaggle_sentences], kaggle_ratings, 7000, 3)
    print(names, "\n", kaggle_results.mean(axis=0).round(3), "(all sentences, with a negation)")
else:
    print("no kaggle/train.tsv in the data folder: nothing to do")

# %% [markdown]
# ### Exercise 6 · Your own extension · 2 bonus points · about 90 minutes
#
# Make the prediction better, or understand it better, by an idea of your own. Decide by validation
# sentences, look at the held-out ones once, compare in pairs (`compare` does it), and write what you find,
# also if it does not help. Some ideas:
#
# - a modifier for each negation and each emphasiser of its own; diminishers (*slightly*, *somewhat*, *a
#   bit*) that learn a $D$;
# - *but*: does what comes after it count more than what came before?
# - pairs of words in the dictionary as well, or parts of words for those that are rare;
# - a hidden layer on top of the bag: is the non-linearity necessary here?
# - how does the correlation grow with the number of training sentences, and where do the models agree to be
#   wrong?

# %% answer="extension" points=2 bonus
### BEGIN SOLUTION
# TODO: your idea in code, compared with the models above
# Half of the words occur only once. A crude stem, the first five letters, lets a rare word borrow from its
# relatives (touching, touched, touches). Each long word gets a second entry, its stem, with the same counts.
def with_stem(word):
    return [word, word[:5] + "…"] if len(word) > 5 else [word]


def stem_entries(token_lists, vocabulary):
    entries = []
    for row, tokens in enumerate(token_lists):
        counts = zip(tokens, count_before(tokens, NEGATIONS, 2), count_before(tokens, EMPHASISERS, 1), strict=True)
        entries += [(row, vocabulary[token], n, e) for word, n, e in counts for token in with_stem(word)
                    if token in vocabulary]
    return Entries(*torch.tensor(entries).T, len(token_lists))


stem_vocabulary = build_vocabulary([[token for word in tokens for token in with_stem(word)] for tokens in train_words])
model = ModifierModel(len(stem_vocabulary))  # in validation l2=2e-4 was the best of 1, 2 and 4e-4
fit_modifiers(model, stem_entries(train_words, stem_vocabulary), train_p, l2=2e-4)
with torch.no_grad():
    predictions["learned, with stems"] = torch.sigmoid(model(stem_entries(test_words, stem_vocabulary))).numpy()
compare({name: predictions[name] for name in ("learned, window 2 and 1", "learned, with stems")}, test_ratings, groups)
### END SOLUTION

# %% [markdown]
# ## Sources
#
# - C. J. Hutto and E. Gilbert, *VADER: A parsimonious rule-based model for sentiment analysis of social
#   media text*, ICWSM 2014: the rated sentences.
# - F. Rosenblatt, *The perceptron: a probabilistic model for information storage and organization in the
#   brain*, Psychological Review 65, 1958.
# - L. Polanyi and A. Zaenen, *Contextual valence shifters*, in: Computing Attitude and Affect in Text,
#   2006.
# - B. Efron, *Bootstrap methods: another look at the jackknife*, Annals of Statistics 7, 1979.

# %% judge
import functools

import torch

from common.text import stack_bags

# Words of synthetic sentences: invented, so that no list of words applies to them.
WORDS = [first + second for first in ("ba", "ko", "mi", "ru") for second in ("den", "fal", "gor", "lim", "nus")]
NOT_NEGATIONS = set("the a an and of is it in to film movie story good great bad funny best dull like love".split())
KNOWN_EMPHASISERS = set(
    """very really so too extremely incredibly truly absolutely completely totally deeply highly quite most more utterly
    particularly especially thoroughly remarkably just even much all pretty ever such always far rather entirely fully
    exceptionally perfectly simply enormously genuinely downright wholly intensely wildly terribly awfully strongly
    surprisingly wonderfully amazingly unbelievably outright definitely certainly indeed purely""".split())

READ_FILE = """
import pathlib, tempfile

def load_from_text(text):
    with tempfile.TemporaryDirectory() as folder:
        path = pathlib.Path(folder) / "snippets.tsv"
        path.write_bytes(text.encode("utf-8"))
        return load_snippets(path)
"""
FIT_ROWS = """
import torch

def matrix(starts, columns, values, num_words):
    return torch.sparse_csr_tensor(torch.tensor(starts), torch.tensor(columns), torch.tensor(values),
                                   size=(len(starts) - 1, num_words), check_invariants=True)

def fit_rows(starts, columns, values, num_words, p, l2):
    return fit(matrix(starts, columns, values, num_words), torch.tensor(p), l2=l2)

def predict_rows(starts, columns, values, num_words, S, b):
    return predict(matrix(starts, columns, values, num_words), torch.tensor(S), torch.tensor(b))
"""
MODIFIERS = """
import torch

def parameter(model, name):
    found = getattr(model, name)
    return getattr(found, "weight", found)

def model_with(num_words, params):
    model = ModifierModel(num_words)
    with torch.no_grad():
        for name, value in params.items():
            old = parameter(model, name)
            if isinstance(old, torch.Tensor):
                old.copy_(torch.as_tensor(value, dtype=old.dtype).reshape(old.shape))
            else:
                setattr(model, name, value)
    return model

def entries_of(rows, columns, negations, emphasisers, num_sentences):
    return Entries(*map(torch.tensor, (rows, columns, negations, emphasisers)), num_sentences)

def logits(num_words, params, *entries):
    with torch.no_grad():
        return model_with(num_words, params)(entries_of(*entries))

def gradients(num_words, params, direction, *entries):
    model = model_with(num_words, params)
    (model(entries_of(*entries)) * torch.tensor(direction)).sum().backward()
    learned = {id(value) for value in model.parameters() if value.grad is not None}
    found = {name: parameter(model, name) for name in params}
    return {name: value.grad.reshape(-1) if id(value) in learned else [] for name, value in found.items()}

def trained(num_words, p, l2, prior, *entries):
    model = ModifierModel(num_words)
    returned = fit_modifiers(model, entries_of(*entries), torch.tensor(p), l2=l2, prior=prior)
    model = returned if isinstance(returned, torch.nn.Module) else model
    return {name: parameter(model, name) for name in ("S", "N", "E", "b")}
"""


def several(value, count, what):
    """A tuple or list of `count` answers."""
    check.true(isinstance(value, tuple | list) and len(value) == count, hint=f"expected {what}")
    return value


def strings(value):
    """Words or sentences as a list of str, also from a set, a tuple or an array."""
    check.true(isinstance(value, list | tuple | set | frozenset | np.ndarray), hint="expected a list of texts")
    check.true(all(isinstance(item, str) for item in value), hint="expected text, found something else in the list")
    return [str(item) for item in value]


def one_number(value):
    """A number, also when it comes as an array or tensor with one element."""
    value = check.numbers(value)
    check.true(value.size == 1, hint="expected one number")
    return float(value.reshape(()).real)


def dictionary(value):
    """{word: column} with columns as int."""
    check.true(isinstance(value, dict), hint="expected a dict {word: column}")
    return {strings([word])[0]: int(one_number(column)) for word, column in value.items()}


def vector(bag, num_words):
    """A bag {column: count} as a full vector."""
    check.true(isinstance(bag, dict), hint="expected a dict {column: count}")
    full = np.zeros(num_words)
    for column, value in bag.items():
        column = one_number(column)
        check.true(column in range(num_words), hint="a column that the dictionary does not have")
        full[int(column)] += one_number(value)
    return full


def random_columns(rng, words):
    return {str(word): column for column, word in enumerate(rng.permutation(words))}


def sentence_of(rng, words, length=9):
    return " ".join(rng.choice(words, size=length))


def with_negations(rng, length, marks=False):
    """Tokens of which about a third are negations, some of them punctuation marks if `marks`."""
    pool = [*WORDS[:12], *["not", "never", "n't"] * 3, *([",", ".", "!", "..."] if marks else [])]
    return [str(token) for token in rng.choice(pool, size=length)]


def counted_words(rng):
    """Sentences, and their words from the most to the least frequent; no two words are equally frequent.

    The rarer words occur in more sentences: who counts sentences and not occurrences gets another order.
    """
    frequent = [str(word) for word in rng.permutation(WORDS)[:14]]
    sentences = [[] for _ in range(8)]
    for rank, word in enumerate(frequent):
        places = range(1 + rank // 2)  # the most frequent word in one sentence only
        for n in range(2 * (len(frequent) - rank) + 4):
            sentences[places[n % len(places)]].append(word)
    return [[str(word) for word in rng.permutation(sentence)] for sentence in sentences], frequent


def random_rows(rng, num_sentences, num_words):
    """Bags of about five words, as a sparse matrix."""
    bags = []
    for columns in rng.integers(num_words, size=(num_sentences, 5)):
        bags.append({int(column): float((columns == column).sum()) for column in columns})
    return stack_bags(bags, num_words)


def csr(X):
    """A sparse matrix as plain arrays, for FIT_ROWS."""
    return X.crow_indices().numpy(), X.col_indices().numpy(), X.values().numpy(), X.shape[1]


def weights_and_bias(answer, num_words):
    """S (V,) and b of what `fit` returned."""
    S, b = several(answer, 2, "S and b")
    check.shape(S, (num_words,), hint="S has one weight for each word")
    check.finite(S, hint="S")
    return torch.tensor(check.numbers(S)).float(), one_number(b)


def excess_loss(answer, X, p, l2):
    """How much larger L is than at the minimum."""
    def loss(S, b):
        return (reference.F.binary_cross_entropy_with_logits(X @ S + b, torch.tensor(p)) + l2 * S.square().sum()).item()

    return loss(*weights_and_bias(answer, X.shape[1])) - loss(*reference.fit(X, torch.tensor(p), l2))


@functools.lru_cache(maxsize=1)
def real_bags():
    """X of the training and of the held-out sentences, and the training targets."""
    vocabulary = reference.vocabulary
    X, X_test = (stack_bags([reference.bag_of_words(tokens, vocabulary) for tokens in chosen], len(vocabulary))
                 for chosen in (reference.train_words, reference.test_words))
    return X, X_test, reference.soft_targets(reference.train_ratings).astype(np.float32)


def correlation_with_ratings(logits):
    return float(np.corrcoef(probabilities(logits), reference.test_ratings)[0, 1])


def probabilities(logits):
    return (1 / (1 + np.exp(-np.asarray(logits, dtype=float)))).astype(np.float32)


def random_entries(rng, num_sentences, num_words, max_count):
    """rows, columns, negations, emphasisers, num_sentences; eight words a sentence, but none in the last one."""
    num_entries = 8 * max(1, num_sentences - 1)
    rows = np.sort(rng.integers(max(1, num_sentences - 1), size=num_entries))
    counts = rng.integers(max_count + 1, size=(2, num_entries))
    return rows, rng.integers(num_words, size=num_entries), *counts, num_sentences


def random_parameters(rng, num_words):
    return {"S": rng.normal(size=num_words).astype(np.float32), "N": -float(rng.uniform(0.4, 1.4)),
            "E": float(rng.uniform(1.2, 1.8)), "b": float(rng.normal())}


def logits_of(params, entries):
    rows, columns, negations, emphasisers, num_sentences = entries
    values = params["N"] ** negations * params["E"] ** emphasisers * params["S"][columns]
    return np.bincount(rows, weights=values, minlength=num_sentences) + params["b"]


def gradients_of(params, entries, direction):
    """Gradients of the sum of direction · logits, by the reference's model."""
    model = reference.ModifierModel(len(params["S"]))
    with torch.no_grad():
        for name, value in params.items():
            getattr(model, name).copy_(torch.tensor(value))
    tensors = [torch.tensor(array) for array in entries[:4]]
    (model(reference.Entries(*tensors, entries[4])) * torch.tensor(direction)).sum().backward()
    return {name: getattr(model, name).grad.reshape(-1) for name in params}
