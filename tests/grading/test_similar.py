"""Similar submissions: copies are found whatever their names and comments, common and released text is not.

    pytest tests/grading/test_similar.py
"""

import random

import pytest

from grading import report, rows, similar
from grading.course import assignment
from tests.grading.test_report import ATTACK, MINI, Page, result

NAMES = ["alpha", "beta", "gamma", "delta", "total", "value", "count", "width"]


def program(seed, lines=60):
    """A program of random statements: two of them have little in common."""
    chance = random.Random(seed)
    def term():
        return chance.choice([*NAMES, str(chance.randrange(9)), f"f{chance.randrange(9)}({chance.choice(NAMES)})"])
    forms = ["{} = {} + {} * {}", "if {} > {}:\n    {} = {}", "for {} in range({}):\n    {} -= {}", "{}[{}] = [{}, {}]",
             "while {} != {}:\n    {} /= {}", "{} = lambda {}: {} ** {}"]
    return "\n".join(chance.choice(forms).format(chance.choice(NAMES), term(), chance.choice(NAMES), term())
                     for _ in range(lines))


def shares(found):
    return {(one.left, one.right): one.share for one in found.pairs}


def test_a_copy_is_found_whatever_its_names_comments_and_order():
    own = {"1 · One": program(1), "2 · Two": program(2)}
    copy = {name: "# mine\n" + text.replace("alpha", "mine").replace("f3", "helper").replace("\n", "  # so\n\n")
            for name, text in reversed(own.items())}
    found = similar.compare({"ada": own, "ben": copy, "cyd": {"1 · One": program(3)}}, "")
    assert list(shares(found)) == [("ada", "ben")] and found.pairs[0].share > 0.85
    assert found.compared == 3 and found.usual < 0.5


def test_released_text_does_not_count_and_repeated_passages_do():
    given, own = program(4), program(5)
    same = similar.compare({"ada": {"1": given + "\n" + own + "\n" + own}, "ben": {"1": given + "\n" + program(6)},
                            "cyd": {"1": own}}, given)
    assert list(shares(same)) == [("ada", "cyd")] and same.pairs[0].share == 1
    assert similar.compare({"ada": {"1": given}, "ben": {"1": given}}, given).pairs == []


@pytest.mark.parametrize("count, found", [(10, 45), (11, 0)])
def test_what_more_than_ten_students_have_is_common(count, found):
    same = similar.compare({f"s{n}": {"1": program(7)} for n in range(count)}, "")
    assert len(same.pairs) + same.more == found and len(same.pairs) <= similar.MOST_PAIRS


def test_short_texts_and_single_students_are_not_compared():
    assert similar.compare({"ada": {"1": "x = 1"}, "ben": {"1": "x = 1"}}, "").compared == 0
    assert similar.compare({"ada": {"1": program(1)}}, "").pairs == []
    assert similar.compare({}, "").pairs == []
    assert similar.compare({"ada": {"1": "  \n"}, "ben": {}}, "").compared == 0


def test_the_common_lines_are_marked_and_no_others():
    shared, mine, theirs = program(8), program(9, 12), program(10, 12)
    found = similar.compare({"ada": {"1": f"class Network:\n    pass\n\n{mine}\n{shared}"},
                             "ben": {"1": f"{shared}\n{theirs}"}}, "")
    block, = found.pairs[0].blocks
    for side in (block.left, block.right):
        right = [marked == (line in shared.splitlines()) for line, marked in side if len(line) > 8]
        assert sum(right) / len(right) > 0.85
    assert "\n".join(line for line, _ in block.right) == f"{shared}\n{theirs}", "every line is there, in its place"


@pytest.mark.parametrize("odd", ["def f(:\n  'no end", "\ufeffx = 1", "x\r\ny\rz", "\x0c\x0b", "é" * 300, "(" * 5000])
def test_a_text_that_is_no_program_is_compared_all_the_same(odd):
    texts = {student: {"1": odd + "\n" + program(11), "2": ""} for student in ("ada", "ben")}
    found = similar.compare(texts, odd)
    assert list(shares(found)) == [("ada", "ben")]


def test_the_starter_code_of_a_real_assignment_is_left_out():
    name = "w03_numpy_network"
    stubs = {cell.id: cell.released for cell in assignment(name).of_kind("exercise")}
    assert similar.compare({"ada": stubs, "ben": stubs}, similar.released(assignment(name))).pairs == []


def test_a_pair_is_shown_side_by_side_and_stays_text(tmp_path):
    text = {"1 · Doubling": f"{program(12)}\nattack = {ATTACK!r}"}
    known = rows.Class(texts={(MINI.name, who): text for who in ("ada", ATTACK)})
    report.write_report([result("ada"), result(ATTACK)], [MINI], tmp_path, known)
    page = Page((tmp_path / "index.html").read_text(encoding="utf-8"))
    tags = [tag for tag, _ in page.tags]
    assert tags.count("pre") == 2 and tags.count("mark") > 40 and tags.count("script") == 1 and "img" not in tags
    assert "100\N{NARROW NO-BREAK SPACE}%" in page.text
