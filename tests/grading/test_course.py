"""The course's folders: names, checkpoints, and files that are whole or not there.

    pytest tests/grading/test_course.py
"""

import os
import threading

import pytest

from grading import course
from grading.course import UsageError, checkpoints_in, chosen, imported, read_bounded, write_atomically
from grading.source import parse


def test_an_unknown_assignment_is_named_with_those_that_exist(classroom_of_mini):
    with pytest.raises(UsageError, match="there is no assignment 'w99': choose from mini"):
        course.assignment("w99")
    assert chosen(()) == ["mini"] and chosen(("mini",)) == ["mini"]
    with pytest.raises(UsageError):
        chosen(("mini", "w99"))


@pytest.mark.parametrize("name", ["mini/../mini", "/etc/passwd", "", "mini.py"])
def test_a_name_of_no_file_is_no_assignment(classroom_of_mini, name):
    with pytest.raises(UsageError):
        course.assignment(name)


def test_a_file_is_written_with_its_folders_and_replaced(tmp_path):
    path = tmp_path / "a" / "b" / "file.json"
    for text in ("first", "zażółć 🙂", ""):
        write_atomically(path, text)
        assert path.read_text(encoding="utf-8") == text
    assert os.listdir(path.parent) == ["file.json"]


def test_a_failed_write_leaves_the_old_file(tmp_path, monkeypatch):
    path = tmp_path / "file"
    write_atomically(path, "old")
    with pytest.raises(UnicodeEncodeError):
        write_atomically(path, "new \ud800")
    assert path.read_text() == "old"
    with monkeypatch.context() as patch:
        patch.setattr(os, "replace", lambda *args: (_ for _ in ()).throw(OSError("no space")))
        with pytest.raises(OSError):
            write_atomically(path, "new")
    assert path.read_text() == "old"


def test_what_is_written_is_on_the_disk_before_it_has_its_name(tmp_path, monkeypatch):
    order, sync, replace = [], os.fsync, os.replace
    monkeypatch.setattr(os, "fsync", lambda number: order.append(os.fstat(number).st_size) or sync(number))
    monkeypatch.setattr(os, "replace", lambda *names: order.append("named") or replace(*names))
    write_atomically(tmp_path / "file", "seven!!")
    assert order == [7, "named"]


def test_a_reader_sees_the_old_or_the_new_file_and_never_a_part(tmp_path):
    path, texts = tmp_path / "file", {"a" * 200_000, "b" * 300_000}
    write_atomically(path, "a" * 200_000)
    done, seen = threading.Event(), set()

    def watch():
        while not done.is_set():
            seen.add(path.read_text())

    reader = threading.Thread(target=watch)
    reader.start()
    for _ in range(20):
        for text in texts:
            write_atomically(path, text)
    done.set()
    reader.join()
    assert seen <= texts


def test_a_write_replaces_a_link_and_does_not_follow_it(tmp_path):
    secret, path = tmp_path / "secret", tmp_path / "file"
    secret.write_text("secret")
    path.symlink_to(secret)
    write_atomically(path, "new")
    assert secret.read_text() == "secret" and path.read_text() == "new" and not path.is_symlink()


def test_checkpoints_are_read_by_name_and_only_safetensors(tmp_path):
    for name in ("b.safetensors", "a.safetensors", "c.pt", "readme.txt"):
        (tmp_path / name).write_bytes(name.encode())
    (tmp_path / "d.safetensors").mkdir()
    assert checkpoints_in(tmp_path) == (("a", b"a.safetensors"), ("b", b"b.safetensors"))
    assert checkpoints_in(tmp_path / "missing") == ()


def test_a_file_longer_than_the_bound_is_seen_to_be_too_long(tmp_path):
    path = tmp_path / "file"
    path.write_bytes(b"x" * 10)
    assert [len(read_bounded(path, most)) for most in (5, 9, 10, 11)] == [6, 10, 10, 10]


def test_the_modules_of_an_assignment_are_those_of_the_cells_that_run():
    text = '''\
# %% [markdown]
# # Imports

# %%
import numpy as np, os.path
from common import data

# %% show="picture"
import ipywidgets
'''
    assert imported(parse(text, "w99_imports")) == ("numpy", "os.path", "common", "common.data")
