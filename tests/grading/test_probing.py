"""Probes: what their files say, how a malformed one is refused, and how a result is compared with what it must be.

    pytest tests/grading/test_probing.py
"""

import json

import pytest

from grading import course, probing
from grading.grade import CellResult, Result
from grading.probing import all_parts, combined, differences, load_probes, together
from grading.source import SourceError

GOOD = '''\
# %% wrong="constant" exercise="double" loses="double/arrays"
# Forgets that x may be an array.
def double(x):
    return 2 * float(x)

# %% right="sum" exercise="double"
def double(x):
    return x + x

# %% hostile="exit" exercise="halve" loses="*"
raise SystemExit
'''


@pytest.fixture
def load(mini, tmp_path, monkeypatch):
    """load(text of double.py) -> the probes by name."""
    folder = tmp_path / "probes"
    (folder / "mini").mkdir(parents=True)
    monkeypatch.setattr(probing, "PROBES", folder)
    monkeypatch.setattr(probing, "SOLUTIONS", tmp_path / "solutions")

    def read(text, file="double.py"):
        (folder / "mini" / file).write_text(text)
        return {probe.name: probe for probe in load_probes(mini)}

    read.folder = tmp_path
    return read


def texts_of(submission: bytes) -> dict:
    return {cell["id"]: "".join(cell["source"]) for cell in json.loads(submission)["cells"]}


def test_each_cell_is_a_probe_with_its_marks(load):
    found = load(GOOD)
    assert set(found) == {"reference", "empty release", "double/constant", "double/sum", "double/exit"}
    assert [found[f"double/{name}"].kind for name in ("constant", "sum", "exit")] == ["wrong", "right", "hostile"]
    assert found["double/constant"].loses == {"double/arrays"} and found["double/sum"].loses == set()
    assert found["double/exit"].loses == {"halve/halve"}


def test_the_reference_loses_nothing_and_the_empty_release_everything(load, mini):
    found = load(GOOD)
    assert found["reference"].loses == set()
    assert found["empty release"].loses == all_parts(mini) == {"double/numbers", "double/arrays", "halve/halve"}


def test_a_probe_hands_in_its_own_text_and_the_references_other_answers(load, mini):
    found = load(GOOD)
    handed_in = texts_of(found["double/sum"].submission(mini))
    reference = texts_of(found["reference"].submission(mini))
    assert handed_in["double"] == "def double(x):\n    return x + x"
    assert {**handed_in, "double": ""} == {**reference, "double": ""}
    assert "2 * x" in reference["double"] and "Because it is." in reference["why"]


def test_the_empty_release_hands_in_what_is_released(load, mini):
    handed_in = texts_of(load(GOOD)["empty release"].submission(mini))
    assert handed_in == {cell.id: cell.released for cell in mini.cells}


def test_no_probe_hands_in_hidden_tests(load, mini):
    for probe in load(GOOD).values():
        assert "HIDDEN" not in str(texts_of(probe.submission(mini)))
        assert "student." not in str(texts_of(probe.submission(mini)))


def test_cells_of_one_name_are_one_probe(load):
    text = '# %% wrong="both" exercise="double" loses="double/numbers"\na = 1\n' \
           '# %% wrong="both" exercise="halve" loses="*"\nb = 2\n'
    probe = load(text)["double/both"]
    assert probe.texts == (("double", "a = 1"), ("halve", "b = 2"))
    assert probe.loses == {"double/numbers", "halve/halve"}


def test_probes_of_several_files_are_told_apart_by_the_files_name(load):
    load(GOOD)
    assert {"double/sum", "halve/sum"} <= set(load(GOOD, "halve.py"))


def test_a_probes_own_checkpoint_takes_the_place_of_the_references(load):
    reference = load.folder / "solutions" / "mini" / "checkpoints"
    own = load.folder / "probes" / "mini" / "double.checkpoints" / "constant"
    for folder, files in ((reference, {"net": b"ours", "deep": b"ours"}), (own, {"net": b"theirs"})):
        folder.mkdir(parents=True)
        for name, data in files.items():
            (folder / f"{name}.safetensors").write_bytes(data)
    found = load(GOOD)
    assert dict(found["double/constant"].checkpoints()) == {"net": b"theirs", "deep": b"ours"}
    assert dict(found["double/sum"].checkpoints()) == {"net": b"ours", "deep": b"ours"}


def test_an_empty_file_stands_for_a_checkpoint_that_is_not_handed_in(load):
    for folder, data in (("solutions/mini/checkpoints", b"ours"), ("probes/mini/double.checkpoints/constant", b"")):
        (load.folder / folder).mkdir(parents=True)
        (load.folder / folder / "net.safetensors").write_bytes(data)
    found = load(GOOD)
    assert found["double/constant"].checkpoints() == () and found["double/constant"].alone
    assert dict(found["double/sum"].checkpoints()) == {"net": b"ours"}


@pytest.mark.parametrize("old, new, line, message", [
    ('exercise="double" loses', 'exercise="triple" loses', 1, "there is no exercise 'triple' in mini"),
    (' exercise="double"\n', "\n", 6, "there is no exercise None"),
    ("double/arrays", "double/matrices", 1, "loses unknown parts ['double/matrices']"),
    (' loses="double/arrays"', "", 1, "a wrong or hostile one loses something"),
    (' loses="*"', "", 10, "a wrong or hostile one loses something"),
    ('right="sum" exercise="double"', 'right="sum" exercise="double" loses="*"', 6, "a right answer loses nothing"),
])
def test_a_malformed_probe_is_refused_with_its_line(load, old, new, line, message):
    with pytest.raises(SourceError) as raised:
        load(GOOD.replace(old, new, 1))
    assert raised.value.line == line and message in str(raised.value)


def test_a_probe_named_like_another_is_refused(mini, monkeypatch, load):
    original = probing._read
    load(GOOD)
    monkeypatch.setattr(probing, "_read", lambda *args: original(*args) * 2)
    with pytest.raises(SourceError, match="two probes of one name"):
        load_probes(mini)


SHARED = '''\
# %% wrong="constant" exercise="double" loses="double/arrays"
a = 1
# %% wrong="both" exercise="double" loses="double/arrays, halve/halve"
b = 2
# %% wrong="none" exercise="halve" loses="*"
c = 3
# %% right="sum" exercise="halve"
d = 4
# %% hostile="exit" exercise="halve" loses="*"
e = 5
'''


def test_probes_of_different_exercises_share_a_notebook(load, mini):
    found = load(SHARED)
    groups = together(list(found.values()))
    assert sorted(probe.name for group in groups for probe in group) == sorted(found), "each once"
    sharing = {group for group in groups if len(group) > 1}
    assert len(sharing) == 1 and {probe.name for probe in next(iter(sharing))} in (
        {"double/constant", "double/none"}, {"double/constant", "double/sum"})
    probe = combined(next(iter(sharing)))
    handed_in = texts_of(probe.submission(mini))
    assert handed_in["double"] == "a = 1" and handed_in["halve"] in ("c = 3", "d = 4")
    assert probe.loses >= {"double/arrays"} and probe.kind == "wrong"


def test_a_probe_with_its_own_checkpoint_is_graded_alone(load):
    folder = load.folder / "probes" / "mini" / "double.checkpoints" / "constant"
    folder.mkdir(parents=True)
    assert all(len(group) == 1 for group in together([load(SHARED)[f"double/{name}"] for name in ("constant", "none")]))


def result(lost=(), person=()):
    cells = [CellResult(f"test-{name.partition('/')[0]}", 0, 1, [
        {"name": name.partition("/")[2], "score": 0, "max": 1, "passed": name not in lost, "message": "why"}])
        for name in ("double/numbers", "double/arrays", "halve/halve")]
    return Result("mini", "", cells, {}, 6.0, person=list(person))


def test_a_result_as_expected_has_no_differences(load):
    found = load(GOOD)
    assert differences(found["double/sum"], result()) == []
    assert differences(found["double/constant"], result(["double/arrays"])) == []


def test_a_part_kept_or_lost_against_expectation_is_named(load):
    probe = load(GOOD)["double/constant"]
    assert differences(probe, result()) == ["kept double/arrays, should lose it"]
    assert differences(probe, result(["halve/halve"])) == ["kept double/arrays, should lose it",
                                                          "lost halve/halve: why"]


def test_a_right_answer_needs_no_person_and_a_wrong_one_may(load):
    found = load(GOOD)
    assert differences(found["double/sum"], result(person=["part stopped"])) == ["a person should look: part stopped"]
    assert differences(found["double/constant"], result(["double/arrays"], person=["part stopped"])) == []


@pytest.mark.parametrize("name", course.assignment_names())
def test_the_probes_of_the_course_can_be_read(name):
    assignment = course.assignment(name)
    answers = {cell.id for cell in assignment.cells if cell.students}
    for probe in load_probes(assignment):
        assert set(dict(probe.texts)) <= answers and probe.loses <= all_parts(assignment)
