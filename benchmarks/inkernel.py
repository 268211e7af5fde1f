"""Hidden tests in nbgrader's usual form, for the comparison in `throughput.py`: they run in the student's kernel.

`hidden_cell` turns the hidden part of an author's test into such a cell; the rest is what that cell uses there.
"""

import math
import random
import textwrap
import types
import zlib
from contextlib import contextmanager

import numpy as np

from grading import check  # noqa: F401 (the hidden tests' own)

CELL = """
### BEGIN HIDDEN TESTS
import inkernel, reference_of_{name} as reference
from inkernel import *
from helpers_of_{name} import *
rng = begin("{name}/{test}")
{body}
points()
### END HIDDEN TESTS"""


def hidden_cell(assignment, test) -> str:
    """The whole test cell: the visible part, then the hidden one, which ends in the number of points."""
    body = test.hidden
    if list(part.name for part in test.parts) == [test.name] and "part(" not in body:
        body = f'with part("{test.name}", points={test.points}):\n{textwrap.indent(body, "    ")}'
    return test.released.rstrip() + CELL.format(name=assignment.name, test=test.name, body=body)


def modules(assignment) -> dict[str, str]:
    """The files that such cells import: the reference solution, and the helpers of the `judge` cells."""
    solution = "\n\n".join(cell.source for cell in assignment.of_kind("given", "exercise"))
    helpers = "\n\n".join(cell.source for cell in assignment.of_kind("judge"))
    start = f"import math\nimport numpy as np\nimport reference_of_{assignment.name} as reference\n"
    return {f"reference_of_{assignment.name}.py": f"display = print\n{solution}\n",
            f"helpers_of_{assignment.name}.py": f"{start}from inkernel import check\n{helpers}\n"}


class Student:
    """The student's names, in the same process."""

    def __getattr__(self, name):
        return get_ipython().user_ns[name]  # noqa: F821 (IPython's)

    def __setattr__(self, name, value):
        get_ipython().user_ns[name] = value  # noqa: F821

    def run(self, code):
        scope = dict(get_ipython().user_ns)  # noqa: F821
        exec(code, scope)
        return types.SimpleNamespace(**scope)


student = Student()
_earned = []


def begin(seed) -> np.random.Generator:
    _earned.clear()
    number = zlib.crc32(seed.encode())
    random.seed(number)
    np.random.seed(number)
    return np.random.default_rng(number)


@contextmanager
def part(name, points):
    try:
        yield
        _earned.append(points)
    except Exception as error:
        print(name, error)


def points() -> float:
    """nbgrader takes the last number of a test cell as partial credit."""
    return math.fsum(_earned)
