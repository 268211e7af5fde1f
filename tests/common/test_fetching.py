"""pytest tests/common/test_fetching.py"""

import hashlib
import os
import signal
import subprocess
import sys

import pytest

from common import fetching
from common.fetching import DataUnavailable, fetch, fetch_all


def contents(folder):
    """What stands in a folder, without the stamp."""
    return {path.name: path.read_bytes() for path in folder.iterdir() if path.name != fetching.STAMP}


def run_fetch(toy, before="", **options):
    """Start a process that fetches the toy set."""
    code = (f"import pathlib; from common import fetching; fetching.REGISTRY = pathlib.Path({str(toy.registry)!r})\n"
            f"{before}\nprint(fetching.fetch('toy'))")
    return subprocess.Popen([sys.executable, "-c", code], env=toy.environment, stdout=subprocess.PIPE,
                            stderr=subprocess.PIPE, text=True, **options)


def test_a_set_is_fetched_once(toy):
    toy.serve("npm")
    assert contents(fetch("toy")) == toy.files
    assert fetch("toy") == toy.raw
    assert toy.calls == ["npm"]


def test_an_unknown_name_is_answered_with_the_known_ones(toy):
    with pytest.raises(ValueError, match="no data set 'toys'; there are toy"):
        fetch("toys")


def test_the_second_source_is_used_when_the_first_is_out_of_reach(toy):
    toy.serve("apt-get")
    assert contents(fetch("toy")) == toy.files
    assert toy.calls[:2] == ["npm", "apt-get"]


def test_a_source_whose_client_is_missing_is_passed_over(toy):
    toy.serve("apt-get")
    (toy.bin / "npm").unlink()
    assert contents(fetch("toy")) == toy.files


def test_a_wrong_file_in_an_archive_never_lands_and_the_next_source_is_asked(toy):
    toy.serve("npm", b=b"x" * 500)
    toy.serve("apt-get")
    assert contents(fetch("toy")) == toy.files
    assert toy.calls[:2] == ["npm", "apt-get"]


def test_wrong_files_everywhere_are_reported_and_leave_nothing(toy):
    for client in ("npm", "apt-get"):
        toy.serve(client, a=b"x" * 600, b=b"x" * 500)
    with pytest.raises(DataUnavailable, match=r"npm toy: its a.txt is not the one that we know.*apt toy: its a.txt"):
        fetch("toy")
    assert contents(toy.raw) == {}


def test_an_archive_with_another_checksum_is_not_opened(toy):
    toy.write_registry(archive_sha256=hashlib.sha256(toy.archive).hexdigest())
    toy.serve("npm", c=b"something else, too")
    with pytest.raises(DataUnavailable, match="npm toy: toy.tgz is not the archive that we know"):
        fetch("toy")


def test_a_truncated_file_is_named_and_only_it_is_fetched_again(toy, capsys):
    toy.serve("npm")
    folder = fetch("toy")
    untouched = (folder / "b.txt").stat().st_mtime_ns
    (folder / "a.txt").write_bytes(toy.files["a.txt"][:100])
    fetch("toy")
    assert contents(folder) == toy.files
    assert (folder / "b.txt").stat().st_mtime_ns == untouched
    assert f"{folder}/a.txt is truncated (100 of 600 bytes): fetching it again" in capsys.readouterr().err


def test_an_altered_file_of_the_same_size_is_named_and_fetched_again(toy, capsys):
    toy.serve("npm")
    folder = fetch("toy")
    (folder / "a.txt").write_bytes(toy.files["a.txt"].replace(b"l", b"1"))
    fetch("toy")
    assert contents(folder) == toy.files
    assert "a.txt is altered" in capsys.readouterr().err


def test_a_full_check_finds_an_alteration_that_kept_size_and_time(toy):
    toy.serve("npm")
    folder = fetch("toy")
    before = (folder / "a.txt").stat()
    (folder / "a.txt").write_bytes(toy.files["a.txt"].replace(b"l", b"1"))
    os.utime(folder / "a.txt", ns=(before.st_atime_ns, before.st_mtime_ns))
    fetch("toy", check_everything=True)
    assert contents(folder) == toy.files


def test_offline_with_nothing_cached_one_sentence_says_what_was_tried_and_what_to_do(toy):
    (toy.bin / "apt-get").unlink()
    with pytest.raises(DataUnavailable) as error:
        fetch("toy")
    message = str(error.value)
    assert "'toy'" in message and str(toy.raw) in message
    assert "npm toy: no connection; apt toy: apt-get is not installed" in message
    assert "run `make data`" in message and "\n" not in message


def test_an_interrupted_fetch_goes_on_where_it_stopped(toy, monkeypatch):
    def interrupted(content):
        if content == toy.files["b.txt"]:
            raise KeyboardInterrupt
        return content

    toy.write_registry(derivation="as-it-is")
    toy.serve("npm")
    monkeypatch.setitem(fetching.DERIVATIONS, "as-it-is", interrupted)
    with pytest.raises(KeyboardInterrupt):
        fetch("toy")
    assert contents(toy.raw) == {"a.txt": toy.files["a.txt"]}
    monkeypatch.setitem(fetching.DERIVATIONS, "as-it-is", bytes)
    assert contents(fetch("toy")) == toy.files
    assert toy.calls == ["npm"], "the archive was already there"


def test_two_processes_at_once_fetch_once(toy):
    toy.serve("npm")
    (toy.folder / "wait-for").touch()
    processes = [run_fetch(toy), run_fetch(toy, before=f"open({str(toy.folder / 'go')!r}, 'w')")]
    for process in processes:
        out, err = process.communicate(timeout=60)
        assert process.returncode == 0, err
        assert out.strip() == str(toy.raw)
    assert contents(toy.raw) == toy.files
    assert toy.calls == ["npm"]


def test_a_killed_process_leaves_nothing_half_done_and_does_not_block_the_next(toy):
    toy.serve("npm")
    (toy.folder / "wait-for").touch()
    process = run_fetch(toy, start_new_session=True)
    while not toy.calls:
        assert process.poll() is None, process.stderr.read()
    process.send_signal(signal.SIGKILL)
    process.communicate()
    (toy.folder / "go").touch()
    assert contents(fetch("toy")) == toy.files


@pytest.fixture
def for_reading_only(toy):
    """Call it to make the cache read-only, for root as well: we become an ordinary user until the test ends."""

    def close():
        for path in [toy.cache, *toy.cache.rglob("*")]:
            path.chmod(0o555 if path.is_dir() else 0o444)
        for parent in toy.cache.parents[:3]:
            parent.chmod(0o755)
        if os.geteuid() == 0:
            os.seteuid(65534)

    yield close
    if os.getuid() == 0:
        os.seteuid(0)


def test_a_read_only_folder_with_everything_in_it_will_do(toy, for_reading_only):
    toy.serve("npm")
    (fetch("toy") / fetching.STAMP).unlink()
    for_reading_only()
    assert fetch("toy") == toy.raw
    assert not (toy.raw / fetching.STAMP).exists()


def test_a_read_only_folder_with_something_missing_is_reported(toy, for_reading_only):
    toy.serve("npm")
    (fetch("toy") / "a.txt").unlink()
    for_reading_only()
    with pytest.raises(DataUnavailable, match="set COURSE_DATA to a folder that you may write to"):
        fetch("toy")


def test_fetch_all_prints_a_table_and_says_whether_all_is_there(toy, capsys):
    assert not fetch_all()
    assert "not available" in capsys.readouterr().out
    toy.serve("npm")
    assert fetch_all(["toy"])
    assert capsys.readouterr().out.split() == ["toy", "ready", "0.0", "MB", str(toy.raw)]
