"""The reference notebook from scratch: executed with its seed, graded with what it has trained, and written down.

    pytest tests/grading/test_reference.py
"""

import numpy as np
import pytest

from grading import reference
from grading.source import parse

pytestmark = pytest.mark.kernel

SOURCE = '''\
# %% [markdown]
# # A tiny assignment that trains

# %%
import numpy as np
import torch
from torch import nn

from common.checkpoints import save_checkpoint
from common.loaders import InMemDataLoader
from common.results import ResultsTable
from common.seeding import seed_everything

# %% [markdown]
# ### Exercise 1 · Line · 1 point · about 5 minutes

# %% exercise="make-line"
def make_line():
    ### BEGIN SOLUTION
    # TODO: a linear layer
    return nn.Linear(1, 2)
    ### END SOLUTION

# %% train="line"
### BEGIN SOLUTION
# TODO: set it, and save it
seed_everything(0)
line = make_line()
drawn = np.random.rand()
with torch.no_grad():
    line.weight.fill_(0.0)
    line.bias.copy_(torch.tensor([drawn, 0.5]))
save_checkpoint(line, "line")
### END SOLUTION

# %% test="make-line" points=1
assert line.bias.shape == (2,)
### BEGIN HIDDEN TESTS
with part("first class", points=0.5):
    check.between(check.numbers(student.line.bias)[0], 0, 1, hint="the first bias should be a probability")
with part("never", points=0.5):
    check.true(False, hint="this part is lost on purpose")
### END HIDDEN TESTS

# %% show="results"
x, y = torch.zeros(10, 1), torch.ones(10, dtype=torch.long)
results = ResultsTable({part: InMemDataLoader((x, y), 5) for part in ("valid", "test")})
results.add("line", line, seconds=drawn)

# %% show="broken"
line.no_such_thing
'''


@pytest.fixture(scope="module")
def runs(tmp_path_factory):
    assignment, build = parse(SOURCE, "w99_line"), tmp_path_factory.mktemp("build")
    with pytest.MonkeyPatch.context() as patch:
        patch.setattr(reference.course, "BUILD", build)
        found = [reference.run(assignment, seed) for seed in (0, 1)]
    assert sorted(path.name for path in build.glob("reference/*")) == ["w99_line-0.ipynb", "w99_line-1.ipynb"]
    return assignment, found


def test_each_run_has_the_points_and_the_rows_of_its_own_seed(runs):
    _, found = runs
    assert [(one["seed"], one["score"], one["max_score"]) for one in found] == [(0, 0.5, 1), (1, 0.5, 1)]
    drawn = [one["rows"][0]["seconds"] for one in found]
    assert drawn == [np.random.RandomState(1000 * seed).rand() for seed in (0, 1)]
    assert all(one["lost"][1:] == ["test-make-line: never: this part is lost on purpose"] for one in found)


def test_a_cell_that_fails_is_named(runs):
    for one in runs[1]:
        assert one["lost"][0].startswith("show-broken failed: AttributeError: 'Linear' object has no attribute")


def test_the_page_names_seeds_models_and_what_was_lost(runs):
    assignment, found = runs
    text = reference.page(assignment, found, "a machine")
    assert "| 0 | 0.5 of 1 |" in text and "| 1 | 0.5 of 1 |" in text
    assert "| line | " in text and "- seed 1: test-make-line: never" in text
