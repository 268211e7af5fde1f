"""pytest tests/common/test_withholding.py"""

import numpy as np

from common import withholding
from common.fetching import STAMP, WITHHELD, fetch
from common.withholding import withhold


def column(folder, number):
    return [line.split("\t")[number] for line in (folder / "b.txt").read_text().splitlines()]


def test_the_copy_works_in_place_of_the_cache_and_its_hidden_column_is_in_another_order(toy, tmp_path, monkeypatch):
    toy.serve("npm")
    original = fetch("toy")
    copy = withhold("toy", tmp_path / "copy", seed=[3, 1])
    monkeypatch.setenv("COURSE_DATA", str(tmp_path / "copy"))
    assert fetch("toy", check_everything=True) == copy
    assert toy.calls == ["npm"], "nothing was fetched again"
    assert (copy / "a.txt").read_bytes() == (original / "a.txt").read_bytes()
    assert column(copy, 0) == column(original, 0) and column(copy, 2) == column(original, 2)
    told, true = column(copy, 1), column(original, 1)
    assert told[:40] == true[:40]
    assert told[40:] != true[40:] and sorted(told) == sorted(true)


def test_nothing_else_of_the_cache_is_in_the_copy(toy, tmp_path):
    toy.serve("npm")
    copy = withhold("toy", tmp_path / "copy")
    assert {path.name for path in copy.iterdir()} == {"a.txt", "b.txt", STAMP, WITHHELD}
    assert [path.name for path in (tmp_path / "copy").iterdir()] == ["toy"]


def test_without_a_seed_each_copy_is_different_and_a_complete_one_is_kept(toy, tmp_path):
    toy.serve("npm")
    first = column(withhold("toy", tmp_path / "one"), 1)
    assert column(withhold("toy", tmp_path / "one"), 1) == first
    assert column(withhold("toy", tmp_path / "two"), 1) != first


def test_an_unmarked_or_damaged_copy_is_made_anew(toy, tmp_path):
    toy.serve("npm")
    true = column(fetch("toy"), 1)
    copy = withhold("toy", tmp_path / "copy")
    (copy / WITHHELD).unlink()
    (copy / "b.txt").write_bytes(toy.files["b.txt"])
    assert column(withhold("toy", tmp_path / "copy"), 1) != true
    (copy / "a.txt").write_bytes(b"")
    assert (withhold("toy", tmp_path / "copy") / "a.txt").read_bytes() == toy.files["a.txt"]


def test_idx_labels_are_put_in_a_random_order_below_the_same_header():
    labels = np.arange(200, dtype=np.uint8)
    content = b"\0\0\x08\x01\0\0\0\xc8" + labels.tobytes()
    altered = withholding.ALTERATIONS["idx-labels"](content, {}, np.random.default_rng(0))
    found = np.frombuffer(altered[8:], dtype=np.uint8)
    assert altered[:8] == content[:8]
    assert sorted(found) == sorted(labels) and abs(np.corrcoef(found, labels)[0, 1]) < 0.3
