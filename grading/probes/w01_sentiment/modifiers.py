"""Exercise 5: a list of emphasisers, the model, its training."""

# %% wrong="sentiment-words" exercise="emphasis-list" loses="emphasis-list/emphasis-list"
# Words that are strong themselves.
EMPHASISERS = {"very", "really", "so", "too", "great", "best", "love"}

# %% wrong="too-few" exercise="emphasis-list" loses="emphasis-list/emphasis-list"
# Three are not five.
EMPHASISERS = {"very", "really", "so"}

# %% wrong="negations" exercise="emphasis-list" loses="emphasis-list/emphasis-list"
# The list of exercise 4 once more.
EMPHASISERS = {"not", "n't", "never", "no", "very"}

# %% right="five" exercise="emphasis-list"
# As few as are asked for, as a tuple.
EMPHASISERS = ("very", "really", "so", "extremely", "truly")

# %% right="many" exercise="emphasis-list"
# A long list with some that can be argued about.
EMPHASISERS = set("very really so too extremely truly completely highly quite more most rather much pretty ever".split())

# %% wrong="product-for-power" exercise="modifier-model" loses="modifier-model/a logit for each sentence, modifier-model/powers, modifier-model/all four are learned, modifier-training/negation, modifier-training/emphasis, modifier-training/held-out sentences"
# N times the number of negations, not N to its power.
class ModifierModel(nn.Module):
    def __init__(self, num_words):
        super().__init__()
        self.S = nn.Parameter(torch.zeros(num_words))
        self.N, self.E, self.b = (nn.Parameter(torch.tensor(value)) for value in (1.0, 1.0, 0.0))

    def forward(self, entries):
        values = self.N * entries.negations * self.E * entries.emphasisers * self.S[entries.columns]
        return torch.zeros(entries.num_sentences).index_add(0, entries.rows, values) + self.b

# %% wrong="emphasis-added" exercise="modifier-model" loses="modifier-model/powers, modifier-model/all four are learned, modifier-training/emphasis, modifier-training/held-out sentences"
# Adds what it should multiply.
class ModifierModel(nn.Module):
    def __init__(self, num_words):
        super().__init__()
        self.S = nn.Parameter(torch.zeros(num_words))
        self.N, self.E, self.b = (nn.Parameter(torch.tensor(value)) for value in (1.0, 1.0, 0.0))

    def forward(self, entries):
        values = (self.N**entries.negations + self.E**entries.emphasisers - 1) * self.S[entries.columns]
        return torch.zeros(entries.num_sentences).index_add(0, entries.rows, values) + self.b

# %% wrong="only-flips-once" exercise="modifier-model" loses="modifier-model/powers, modifier-model/all four are learned, modifier-training/negation, modifier-training/held-out sentences"
# Whether there is a modifier, not how many.
class ModifierModel(nn.Module):
    def __init__(self, num_words):
        super().__init__()
        self.S = nn.Parameter(torch.zeros(num_words))
        self.N, self.E, self.b = (nn.Parameter(torch.tensor(value)) for value in (1.0, 1.0, 0.0))

    def forward(self, entries):
        values = self.N**entries.negations.clamp(max=1) * self.E**entries.emphasisers.clamp(max=1)
        values = values * self.S[entries.columns]
        return torch.zeros(entries.num_sentences).index_add(0, entries.rows, values) + self.b

# %% wrong="overwrites" exercise="modifier-model" loses="modifier-model/a logit for each sentence, modifier-model/powers, modifier-training/negation, modifier-training/emphasis, modifier-training/held-out sentences"
# Indexing with += keeps only one word of each sentence.
class ModifierModel(nn.Module):
    def __init__(self, num_words):
        super().__init__()
        self.S = nn.Parameter(torch.zeros(num_words))
        self.N, self.E, self.b = (nn.Parameter(torch.tensor(value)) for value in (1.0, 1.0, 0.0))

    def forward(self, entries):
        values = self.N**entries.negations * self.E**entries.emphasisers * self.S[entries.columns]
        logits = torch.zeros(entries.num_sentences)
        logits[entries.rows] += values
        return logits + self.b

# %% wrong="not-a-parameter" exercise="modifier-model" loses="modifier-model/all four are learned, modifier-training/negation, modifier-training/emphasis, modifier-training/held-out sentences, modifier-training/penalties"
# N and E are tensors, but nobody learns them.
class ModifierModel(nn.Module):
    def __init__(self, num_words):
        super().__init__()
        self.S = nn.Parameter(torch.zeros(num_words))
        self.b = nn.Parameter(torch.tensor(0.0))
        self.N, self.E = torch.tensor(-1.0), torch.tensor(1.2)

    def forward(self, entries):
        values = self.N**entries.negations * self.E**entries.emphasisers * self.S[entries.columns]
        return torch.zeros(entries.num_sentences).index_add(0, entries.rows, values) + self.b

# %% wrong="sum-of-all" exercise="modifier-model" loses="modifier-model/a logit for each sentence, modifier-model/powers, modifier-model/all four are learned, modifier-training/negation, modifier-training/emphasis, modifier-training/held-out sentences, modifier-training/penalties"
# One sum over all sentences.
class ModifierModel(nn.Module):
    def __init__(self, num_words):
        super().__init__()
        self.S = nn.Parameter(torch.zeros(num_words))
        self.N, self.E, self.b = (nn.Parameter(torch.tensor(value)) for value in (1.0, 1.0, 0.0))

    def forward(self, entries):
        values = self.N**entries.negations * self.E**entries.emphasisers * self.S[entries.columns]
        return values.sum() + self.b

# %% right="embedding" exercise="modifier-model"
# An embedding holds S, N and E are vectors with one place, sums by scatter_add, more attributes than asked for.
class ModifierModel(nn.Module):
    def __init__(self, num_words):
        super().__init__()
        self.num_words = num_words
        self.S = nn.Parameter(torch.zeros(num_words))
        self.N, self.E = nn.Parameter(torch.ones(1)), nn.Parameter(torch.ones(1))
        self.b = nn.Parameter(torch.zeros(1))

    def words(self, entries):
        return torch.pow(self.N, entries.negations) * torch.pow(self.E, entries.emphasisers) * self.S[entries.columns]

    def forward(self, entries):
        logits = self.b.expand(entries.num_sentences)
        return logits.scatter_add(0, entries.rows, self.words(entries))

# %% right="sparse-product" exercise="modifier-model"
# A sparse matrix of the factors times S.
class ModifierModel(nn.Module):
    def __init__(self, num_words):
        super().__init__()
        self.S = nn.Parameter(0.001 * torch.randn(num_words))
        self.N = nn.Parameter(torch.tensor(-0.1))
        self.E = nn.Parameter(torch.tensor(1.1))
        self.b = nn.Parameter(torch.tensor(0.0))

    def forward(self, entries):
        logits = []
        factors = self.N**entries.negations * self.E**entries.emphasisers
        values = factors * self.S[entries.columns]
        ordered = torch.zeros(entries.num_sentences).index_put((entries.rows,), values, accumulate=True)
        return ordered + self.b

# %% wrong="no-penalties" exercise="modifier-training" loses="modifier-training/penalties"
# Only the cross-entropy.
def fit_modifiers(model, entries, p, l2=1e-4, prior=1e-3):
    minimise(lambda: F.binary_cross_entropy_with_logits(model(entries), p), model.parameters())
    return model

# %% wrong="prior-to-zero" exercise="modifier-training" loses="modifier-training/penalties"
# The prior pulls E to 0 as well.
def fit_modifiers(model, entries, p, l2=1e-4, prior=1e-3):
    def loss_of():
        penalty = l2 * model.S.square().sum() + prior * (model.N**2 + model.E**2)
        return F.binary_cross_entropy_with_logits(model(entries), p) + penalty

    minimise(loss_of, model.parameters())
    return model

# %% wrong="trains-s-alone" exercise="modifier-training" loses="modifier-training/negation, modifier-training/emphasis, modifier-training/held-out sentences, modifier-training/penalties"
# N and E stay as they are.
def fit_modifiers(model, entries, p, l2=1e-4, prior=1e-3):
    def loss_of():
        penalty = l2 * model.S.square().sum() + prior * (model.N**2 + (model.E - 1) ** 2)
        return F.binary_cross_entropy_with_logits(model(entries), p) + penalty

    minimise(loss_of, [model.S, model.b])
    return model

# %% wrong="one-step" exercise="modifier-training" loses="modifier-training/negation, modifier-training/emphasis, modifier-training/held-out sentences, modifier-training/penalties"
# A single step of gradient descent.
def fit_modifiers(model, entries, p, l2=1e-4, prior=1e-3):
    optimiser = torch.optim.SGD(model.parameters(), lr=0.1)
    loss = F.binary_cross_entropy_with_logits(model(entries), p)
    loss.backward()
    optimiser.step()
    return model

# %% right="adam" exercise="modifier-training"
# Adam for many steps; returns nothing, since the model is trained in place.
def fit_modifiers(model, entries, p, l2=1e-4, prior=1e-3):
    optimiser = torch.optim.Adam(model.parameters(), lr=0.05)
    schedule = torch.optim.lr_scheduler.CosineAnnealingLR(optimiser, 600)
    for _ in range(600):
        optimiser.zero_grad()
        loss = F.binary_cross_entropy_with_logits(model(entries), p)
        loss = loss + l2 * (model.S**2).sum() + prior * (model.N**2 + (model.E - 1) ** 2).sum()
        loss.backward()
        optimiser.step()
        schedule.step()

# %% right="more-iterations" exercise="modifier-training"
# minimise with more iterations, called twice.
def fit_modifiers(model, entries, p, l2=1e-4, prior=1e-3):
    def loss_of():
        q = torch.sigmoid(model(entries))
        entropy = F.binary_cross_entropy(q, p)
        return entropy + l2 * torch.sum(model.S**2) + prior * model.N**2 + prior * (1 - model.E) ** 2

    for _ in range(2):
        minimise(loss_of, list(model.parameters()), 100)
    return model

# %% hostile="ends-the-process" exercise="modifier-training" loses="*"
# Ends the notebook's process while it is being asked.
def fit_modifiers(model, entries, p, l2=1e-4, prior=1e-3):
    import os
    os._exit(0)
