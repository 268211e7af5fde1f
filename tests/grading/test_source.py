"""The author's file: what a good one gives, and the place that each malformed one's error names."""

import pytest

from grading.source import SourceError, clear_solutions, load, parse

GOOD = '''\
# %% [markdown]
# # A title

# %%
import math

# %% [markdown]
# ### Exercise 1 · Doubling · 3 points · about 5 minutes

# %% exercise="double"
def double(x):
    """Twice x."""
    ### BEGIN SOLUTION
    # TODO: return twice x
    return 2 * x
    ### END SOLUTION


# %% test="double" points=2
assert double(2) == 4
### BEGIN HIDDEN TESTS
with part("numbers", points=0.5):
    check.equal(student.double(21), 42)
with part("lists", points=1.5):
    check.equal(student.double([1]), [1, 1])
### END HIDDEN TESTS

# %% show="picture"
print(double(8))

# %% [markdown] answer="why" points=1
# Why twice?
# ### BEGIN SOLUTION
# Because it is more.
# ### END SOLUTION

# %% judge
def helper():
    return 1
'''

HEADER, TEST = '# %% exercise="double"\n', '# %% test="double" points=2\n'
ANSWER = '# %% [markdown] answer="why" points=1\n'
CARD = "# ### Exercise 1 · Doubling · 3 points · about 5 minutes\n"
SOLUTION = "    ### BEGIN SOLUTION\n    # TODO: return twice x\n    return 2 * x\n    ### END SOLUTION\n"
HIDDEN = GOOD[GOOD.index("### BEGIN HIDDEN"):GOOD.index("# %% show")]
NUMBERS, LISTS = 'with part("numbers", points=0.5):\n', 'with part("lists", points=1.5):\n'
EARLY_TEST = ('\n# %% test="double" points=1\n### BEGIN HIDDEN TESTS\ncheck.true(True, hint="early")\n'
              "### END HIDDEN TESTS\n")
ALONE = '### BEGIN HIDDEN TESTS\nwith np.errstate(), part("all", points=2):\n    pass\n### END HIDDEN TESTS\n\n'
SECOND_ANSWER = ANSWER + "# And?\n# ### BEGIN SOLUTION\n# So.\n# ### END SOLUTION\n"

# name: (text to replace, its replacement, the text in whose line the error is, the cell, a word of the message)
BROKEN = {
    "a solution that is not closed": ("    ### END SOLUTION\n\n\n# %% test", "\n# %% test", "    ### BEGIN SOLUTION",
                                      "double", "unclosed region"),
    "a solution in text that is not closed": ("# ### END SOLUTION\n", "", "# ### BEGIN SOLUTION", "why",
                                              "unclosed region"),
    "hidden tests that are not closed": ("### END HIDDEN TESTS\n", "", "### BEGIN HIDDEN TESTS", "double",
                                         "unclosed region"),
    "a solution that is not opened": ("    ### BEGIN SOLUTION\n    # TODO", "    # TODO", "    ### END SOLUTION",
                                      "double", "without ### BEGIN SOLUTION"),
    "hidden tests that are not opened": ("### BEGIN HIDDEN TESTS\n", "", "### END HIDDEN TESTS", "double",
                                         "without ### BEGIN HIDDEN TESTS"),
    "a solution in a solution": ("    return 2 * x\n", "    ### BEGIN SOLUTION  # again\n    return 2 * x\n",
                                 "    ### BEGIN SOLUTION  # again", "double", "nested region"),
    "hidden tests in hidden tests": (NUMBERS, "### BEGIN HIDDEN TESTS  # again\n" + NUMBERS,
                                     "### BEGIN HIDDEN TESTS  # again", "double", "nested region"),
    "hidden tests in an exercise": (SOLUTION, SOLUTION + HIDDEN, "### BEGIN HIDDEN TESTS", "double",
                                    "hidden region outside a test"),
    "a solution in given code": ("import math\n", "import math\n### BEGIN SOLUTION\n### END SOLUTION\n",
                                 "### BEGIN SOLUTION\n### END", "code", "solution region outside"),
    "a solution in a test": ("assert double(2) == 4\n", "assert double(2) == 4\n### BEGIN SOLUTION\n### END SOLUTION\n",
                             "### BEGIN SOLUTION\n### END", "double", "solution region outside"),
    "an exercise without a solution": (SOLUTION, "    return 2 * x\n", HEADER, "double", "no solution region"),
    "an answer without a solution": ("# ### BEGIN SOLUTION\n# Because it is more.\n# ### END SOLUTION\n", "", ANSWER,
                                     "why", "no solution region"),
    "a test without hidden tests": (HIDDEN, "", TEST, "double", "without a hidden region"),
    "a repeated exercise": (TEST, '# %% exercise="double"  \n' + GOOD[GOOD.index("def double"):GOOD.index(TEST)] + TEST,
                            '# %% exercise="double"  \n', "double", "repeated id"),
    "a repeated test": ('# %% show="picture"', TEST.strip() + " \n" + HIDDEN + '\n# %% show="picture"',
                        TEST.strip() + " \n", "double", "repeated id"),
    "a repeated answer": ("# %% judge", SECOND_ANSWER + "\n# %% judge", SECOND_ANSWER, "why", "repeated id"),
    "an answer with an exercise's id": ('answer="why"', 'answer="double"', '# %% [markdown] answer="double"', "double",
                                        "repeated id"),
    "the same text twice": ("# %% judge", "# %% [markdown] \n# # A title\n\n# %% judge", "# %% [markdown] \n", None,
                            "the same text as the cell in line 1"),
    "a test of no exercise": (TEST, '# %% test="triple" points=2\n', '# %% test="triple"', "triple",
                              "without an exercise"),
    "a test before its exercise": (CARD, CARD.replace("3 points", "4 points") + EARLY_TEST,
                                   '# %% test="double" points=1', "double", "without an exercise"),
    "a heading with other points": (CARD, CARD.replace("3 points", "2 points"), "# %% [markdown]\n# ### Exercise",
                                    "Exercise 1", "the heading says 2 points, the cells' headers 3"),
    "a heading of another form": (CARD, "# ### Exercise 1: Doubling (3 points)\n", "# %% [markdown]\n# ### Exercise",
                                  "text", "heading reads"),
    "a graded cell before any heading": (CARD, "# ## Doubling\n", TEST, "double", "before the first exercise"),
    "a bonus test": (TEST, '# %% test="double" points=2 bonus\n', '# %% test="double"', "double", "only an answer"),
    "a bonus answer under an ordinary heading": (ANSWER, ANSWER.strip() + " bonus\n", ANSWER.strip(), "why",
                                                 "bonus in its header"),
    "code that does not parse": ("import math\n", "import math\nimport = 5\n", "import = 5", "code",
                                 "the whole cell does not parse"),
    "code that does not parse without its solution": (
        "    return 2 * x\n    ### END SOLUTION\n", "    y = 1\n    ### END SOLUTION\n  return y\n", "  return y",
        "double", "does not parse"),
    "a stub that does not parse": (
        SOLUTION, "    pair = (x,\n" + SOLUTION.replace("return 2 * x", "x)\n    return pair"), "    pair = (x,",
        "double", "what is released does not parse"),
    "hidden tests that do not parse alone": (
        HIDDEN, "if True:\n    ### BEGIN HIDDEN TESTS\n    check.true(True)\n    ### END HIDDEN TESTS\n    pass\n",
        "    check.true(True)", "double", "the hidden part does not parse"),
    "a test without points": (TEST, '# %% test="double"\n', '# %% test="double"', "double", "needs points"),
    "points without a number": (TEST, '# %% test="double" points\n', '# %% test="double"', "double", "needs points"),
    "points in words": (TEST, '# %% test="double" points="two"\n', '# %% test="double"', "double", "needs points"),
    "negative points": (TEST, '# %% test="double" points=-2\n', '# %% test="double"', "double", "needs points"),
    "parts that do not add up": (LISTS, LISTS.replace("1.5", "2.5"), TEST, "double", "add up to 3 points"),
    "a part whose name is computed": (NUMBERS, 'with part("num" + "bers", points=0.5):\n', 'with part("num"', "double",
                                      "both literal"),
    "a part whose points are computed": (NUMBERS, 'with part("numbers", points=1 / 2):\n', "with part", "double",
                                         "both literal"),
    "a part without points": (NUMBERS, 'with part("numbers"):\n', "with part", "double", "both literal"),
    "a part in a loop": (NUMBERS + "    check.equal(student.double(21), 42)\n",
                         "for n in [1, 2]:\n    " + NUMBERS + "        check.true(True)\n", "for n in", "double",
                         "at the top level"),
    "two parts of one name": (LISTS, LISTS.replace("lists", "numbers"), 'with part("numbers", points=1.5)', "double",
                              "names are unique"),
    "a slash in a part's name": (LISTS, LISTS.replace("lists", "a/b"), 'with part("a/b"', "double", "without /"),
    "a word nobody knows": (HEADER, '# %% exercise="double" difficulty=3\n', '# %% exercise="double"', "double",
                            "difficulty"),
    "a title": ("# %% judge", "# %% helpers", "# %% helpers", "code", "helpers"),
    "two kinds": (HEADER, '# %% exercise="double" show="double"\n', '# %% exercise="double"', "double", "one kind"),
    "an exercise in text": (HEADER, '# %% [markdown] exercise="double"\n', '# %% [markdown] exercise', "double",
                            "code, not markdown"),
    "helpers of the judge in text": ("# %% judge", "# %% [markdown] judge", "# %% [markdown] judge", "judge",
                                     "code, not markdown"),
    "an id of capitals": (HEADER, '# %% exercise="Double"\n', '# %% exercise="Double"', "Double", "lower case"),
    "an id of no words": (HEADER, "# %% exercise=7\n", "# %% exercise=7", "7", "lower case"),
    "text before the first header": ("# %% [markdown]\n# # A title", "x = 1\n# %% [markdown]\n# # A title", "x = 1",
                                     "w99_t", "before the first cell header"),
    # What the converter lets through, or stops without naming the place
    "a time-out in words": (TEST, TEST.strip() + ' timeout="long"\n', '# %% test="double"', "double", "timeout"),
    "a time-out of nothing": (TEST, TEST.strip() + " timeout=0\n", '# %% test="double"', "double", "timeout"),
    "points of a part in words": (NUMBERS, 'with part("numbers", points="half"):\n', "with part", "double", "part"),
    "negative points of a part": (NUMBERS + "    check.equal(student.double(21), 42)\n" + LISTS,
                                  'with part("numbers", points=-1):\n    pass\nwith part("lists", points=3):\n',
                                  "with part", "double", "part"),
    "a part with a number for a name": (NUMBERS, "with part(7, points=0.5):\n", "with part(7", "double", "literal"),
    "a part beside another context": (HIDDEN, ALONE, "with np.errstate", "double", "part"),
    "a heading whose points are no number": (CARD, CARD.replace("3 p", "1..2 p"), "# %% [markdown]\n# ### Exercise",
                                             "text", "heading reads"),
    "data without names": ("# %%\nimport math", "# %% data\nimport math", "# %% data", "code", "data"),
}


def place(text, where):
    assert where in text, where
    return text[: text.index(where)].count("\n") + 1


@pytest.mark.parametrize("name", BROKEN)
def test_a_malformed_file_is_refused_with_file_line_and_cell(name):
    old, new, where, cell, message = BROKEN[name]
    assert GOOD.count(old) >= 1
    text = GOOD.replace(old, new, 1)
    with pytest.raises(SourceError) as raised:
        parse(text, "w99_t", "solutions/w99_t.py")
    error = raised.value
    assert error.line == place(text, where), str(error)
    assert message in error.message
    if cell is not None:
        assert error.cell == cell
    assert str(error).startswith(f"solutions/w99_t.py:{error.line}: cell {error.cell!r}: ")


def test_a_good_file_is_read_cell_by_cell():
    assignment = parse(GOOD, "w99_t")
    assert assignment.title == "A title"
    assert [cell.kind for cell in assignment.cells] == ["text", "setup", "given", "text", "exercise", "test", "show",
                                                        "answer", "judge"]
    test = assignment.of_kind("test")[0]
    assert [(part.name, part.points) for part in test.parts] == [("numbers", 0.5), ("lists", 1.5)]
    assert test.released == "assert double(2) == 4"
    assert "42" in test.hidden and "assert" not in test.hidden
    assert assignment.max_score == 3
    assert [cell.id for cell in assignment.cells if cell.students] == ["double", "why"]


def test_a_file_on_disk_is_named_by_its_stem(tmp_path):
    path = tmp_path / "w99_disk.py"
    path.write_text(GOOD, encoding="utf-8")
    assert load(path).name == "w99_disk"
    path.write_text(GOOD.replace(TEST, '# %% test="double"\n'), encoding="utf-8")
    with pytest.raises(SourceError, match="w99_disk.py:19: cell 'double'"):
        load(path)


def test_a_hidden_line_keeps_its_number_for_tracebacks():
    test = parse(GOOD, "w99_t").of_kind("test")[0]
    numbered = dict(enumerate(test.source.splitlines()))
    for number, line in enumerate(test.hidden.splitlines()):
        assert line in ("", numbered[number])


def test_a_test_without_parts_is_one_part_of_all_its_points():
    text = GOOD.replace(HIDDEN, "### BEGIN HIDDEN TESTS\ncheck.equal(student.double(1), 2)\n### END HIDDEN TESTS\n\n")
    assert [(part.name, part.points) for part in parse(text, "w99_t").of_kind("test")[0].parts] == [("double", 2.0)]


def test_parts_may_stand_in_two_hidden_regions():
    text = GOOD.replace(LISTS, "### END HIDDEN TESTS\nprint('half way')\n### BEGIN HIDDEN TESTS\n" + LISTS)
    test = parse(text, "w99_t").of_kind("test")[0]
    assert [part.name for part in test.parts] == ["numbers", "lists"]
    assert test.released == "assert double(2) == 4\nprint('half way')"


def test_bonus_points_are_not_part_of_the_maximum():
    bonus = "# %% [markdown]\n# ### Exercise 2 · More · 2 bonus points · about 60 minutes\n\n" + \
        SECOND_ANSWER.replace('"why" points=1', '"more" points=2 bonus')
    assignment = parse(GOOD + "\n" + bonus, "w99_t")
    assert assignment.max_score == 3
    assert assignment.cells[-1].bonus


def test_inserting_a_cell_changes_no_other_id():
    before = parse(GOOD, "w99_t")
    for header in ("# %% [markdown]\n# ### Ex", HEADER, TEST, "# %% judge"):
        after = parse(GOOD.replace(header, "# %%\ninserted = 1\n\n" + header, 1), "w99_t")
        ids = [cell.id for cell in after.cells]
        assert len(ids) == len(before.cells) + 1
        assert [one for one in ids if one in {cell.id for cell in before.cells}] == [cell.id for cell in before.cells]


def test_editing_a_solution_changes_no_id_and_nothing_released():
    before, after = parse(GOOD, "w99_t"), parse(GOOD.replace("2 * x", "x + x"), "w99_t")
    assert [(cell.id, cell.released) for cell in after.cells] == [(cell.id, cell.released) for cell in before.cells]
    assert after.digest != before.digest


# Stubs


def test_each_region_becomes_a_stub_with_its_own_message_and_indentation():
    source = """\
class Net:
    def forward(self, x):
        ### BEGIN SOLUTION
        # TODO: compute the output
        h = x
        return h
        ### END SOLUTION

    def backward(self):
        if self.frozen:
            return None
        else:
            ### BEGIN SOLUTION
            return 1
            ### END SOLUTION

    after = 1
"""
    assert clear_solutions(source, "net", "code") == """\
class Net:
    def forward(self, x):
        raise NotImplementedError("net: compute the output")

    def backward(self):
        if self.frozen:
            return None
        else:
            raise NotImplementedError("net: write this part")

    after = 1"""


def test_a_stub_quotes_what_its_message_holds():
    message = r"""return "a" and 'b' \ ünïcode {x}"""
    stub = clear_solutions(f"### BEGIN SOLUTION\n# TODO: {message}\n1\n### END SOLUTION", "quote", "code")
    with pytest.raises(NotImplementedError) as raised:
        exec(stub, {})
    assert str(raised.value) == f"quote: {message}"


def test_a_todo_further_down_in_a_solution_stays_secret():
    source = "### BEGIN SOLUTION\n# TODO: say hello\ngreet()\n# TODO: the secret is 42\nx = 42\n### END SOLUTION"
    assert clear_solutions(source, "a", "code") == 'raise NotImplementedError("a: say hello")'
    late = "### BEGIN SOLUTION\ngreet()\n# TODO: the secret is 42\n### END SOLUTION"
    assert "42" not in clear_solutions(late, "a", "code")


def test_a_reference_answer_becomes_an_empty_one():
    source = "Why?\n### BEGIN SOLUTION\nBecause.\n### END SOLUTION\nAnd?\n### BEGIN SOLUTION\nSo.\n### END SOLUTION"
    assert clear_solutions(source, "why", "markdown") == "Why?\n*Your answer:*\nAnd?\n*Your answer:*"


def test_a_train_cell_is_released_under_the_id_that_nbgrader_gives_its_stub():
    text = GOOD + '\n# %% train="net"\n### BEGIN SOLUTION\n# TODO: train it\nnet = 1\n### END SOLUTION\n'
    [cell] = parse(text, "w00").of_kind("train")
    assert cell.id == "train-net"
    assert cell.released == 'raise NotImplementedError("train-net: train it")'
