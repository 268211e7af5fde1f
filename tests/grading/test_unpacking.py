"""Archives from outside: what is read of them, and what never is.

    pytest tests/grading/test_unpacking.py
"""

import io
import os
import stat
import struct
import unicodedata
import zipfile
from datetime import UTC, datetime
from zoneinfo import ZoneInfo

import pytest

from grading import unpacking
from grading.course import UsageError
from grading.unpacking import Refused, unpack, unzip

WARSAW = ZoneInfo("Europe/Warsaw")


def packed(*entries, **options):
    """A zip of (path or ZipInfo, data) pairs."""
    file = io.BytesIO()
    with zipfile.ZipFile(file, "w", **options) as archive:
        for path, data in entries:
            archive.writestr(path, data)
    return file


def contents(found):
    return {file.path: file.read() for file in found.files}


def test_files_come_out_as_they_went_in():
    found = unzip(packed(("a.ipynb", b"{}"), ("b/c.txt", b"x"), ("b/", b"")), WARSAW)
    assert contents(found) == {"a.ipynb": b"{}", "b/c.txt": b"x"} and not found.refused


@pytest.mark.parametrize("path", ["/etc/passwd", "../up.txt", "a/../../up.txt", "a/..", "C:/windows", "a\\..\\b",
                                  "new\nline", "a/" * 13 + "deep", "x" * 300])
def test_paths_that_lead_elsewhere_are_refused(path):
    found = unzip(packed((path, b"x"), ("good", b"y")), WARSAW)
    assert contents(found) == {"good": b"y"} and len(found.refused) == 1


def test_a_null_byte_in_a_path_is_refused():
    data = packed(("null_byte", b"x")).getvalue().replace(b"null_byte", b"null\0byte")
    found = unzip(io.BytesIO(data), WARSAW)
    assert not found.files and found.refused[0][0] == "null?byte"


@pytest.mark.parametrize("kind", [stat.S_IFLNK, stat.S_IFIFO, stat.S_IFCHR, stat.S_IFSOCK])
def test_links_and_devices_in_a_zip_are_refused(kind):
    info = zipfile.ZipInfo("link")
    info.external_attr = (kind | 0o777) << 16
    found = unzip(packed((info, b"/etc/passwd"), ("good", b"y")), WARSAW)
    assert contents(found) == {"good": b"y"} and found.refused == [("link", "a link or no plain file")]


def test_an_entry_that_swells_is_refused_when_it_is_read(monkeypatch):
    monkeypatch.setattr(unpacking, "MAX_FILE", 1000)
    small, bomb = unzip(packed(("small", b"x"), ("bomb", bytes(10**6)), compression=zipfile.ZIP_DEFLATED), WARSAW).files
    assert small.read() == b"x"
    with pytest.raises(Refused, match="more than is allowed"):
        bomb.read()


def test_sizes_that_an_archive_claims_are_not_believed():
    data = bytearray(packed(("bomb", bytes(5000)), compression=zipfile.ZIP_DEFLATED).getvalue())
    central = data.index(b"PK\1\2")
    data[central + 24:central + 28] = struct.pack("<I", 10)  # "unpacks to ten bytes"
    with pytest.raises(Refused):
        file, = unzip(io.BytesIO(data), WARSAW, most=100).files
        assert len(file.read()) > 10


def test_many_entries_of_the_same_bytes_are_counted_together():
    """As in bombs whose entries overlap: a small file, a large sum."""
    archive = packed(*((f"{n}", bytes(400)) for n in range(10)), compression=zipfile.ZIP_DEFLATED)
    found = unzip(archive, WARSAW, most=1000)
    assert [len(file.read()) for file in found.files[:2]] == [400, 400]
    with pytest.raises(Refused):
        found.files[2].read()


def test_an_archive_of_too_many_entries_is_read_up_to_a_bound():
    found = unzip(packed(*((f"{n}", b"") for n in range(20))), WARSAW, entries=5)
    assert len(found.files) == 5 and found.refused == [("5", "the archive has more than 5 entries")]


def test_a_zip_in_a_zip_is_a_file_like_others():
    inner = packed(("x", b"y")).getvalue()
    assert contents(unzip(packed(("inner.zip", inner)), WARSAW)) == {"inner.zip": inner}


def test_encrypted_entries_are_refused():
    data = bytearray(packed(("secret", b"x")).getvalue())
    for header, offset in ((b"PK\1\2", 8), (b"PK\3\4", 6)):
        data[data.index(header) + offset] |= 1
    file, = unzip(io.BytesIO(data), WARSAW).files
    with pytest.raises(Refused, match="encrypted"):
        file.read()


def test_a_broken_entry_is_refused_and_the_others_are_read():
    data = bytearray(packed(("a", b"hello" * 50), ("b", b"y")).getvalue())
    data[data.index(b"hello")] ^= 0xFF
    broken, sound = unzip(io.BytesIO(data), WARSAW).files
    with pytest.raises(Refused, match="cannot be unpacked"):
        broken.read()
    assert sound.read() == b"y"


@pytest.mark.filterwarnings("ignore:Duplicate name")
def test_a_name_that_is_there_twice_counts_once_however_its_accents_are_written():
    accents = [unicodedata.normalize(form, "Zażółć") for form in ("NFC", "NFD")]
    found = unzip(packed((accents[0], b"1"), (accents[1], b"2"), ("a", b"3"), ("a", b"4")), WARSAW)
    assert [file.path for file in found.files] == [accents[0], "a"] and len(found.refused) == 2


def test_a_folders_links_are_not_followed(tmp_path):
    (tmp_path / "secret").mkdir()
    (tmp_path / "secret" / "key").write_text("secret")
    root = tmp_path / "sent"
    (root / "ada").mkdir(parents=True)
    (root / "ada" / "a.ipynb").write_bytes(b"{}")
    (root / "ada" / "key").symlink_to(tmp_path / "secret" / "key")
    (root / "eve").symlink_to(tmp_path / "secret")
    os.mkfifo(root / "pipe")
    found = unpack(root, WARSAW)
    assert contents(found) == {"ada/a.ipynb": b"{}"}
    assert sorted(path for path, _ in found.refused) == ["ada/key", "eve", "pipe"]


def test_a_file_larger_than_allowed_is_refused_unread(tmp_path, monkeypatch):
    monkeypatch.setattr(unpacking, "MAX_FILE", 10)
    (tmp_path / "big").write_bytes(bytes(11))
    assert unpack(tmp_path, WARSAW).refused == [("big", "larger than 0 MB")]


@pytest.mark.parametrize("content", [b"", b"not a zip", b"PK\3\4 cut off"])
def test_what_is_no_archive_is_said_in_one_sentence(tmp_path, content):
    (tmp_path / "class.zip").write_bytes(content)
    with pytest.raises(UsageError, match="class.zip: expected a folder or a zip"):
        unpack(tmp_path / "class.zip", WARSAW)
    with pytest.raises(UsageError, match="no such file or folder"):
        unpack(tmp_path / "none.zip", WARSAW)


def test_a_zips_times_are_of_the_courses_zone_unless_it_says_more():
    local = zipfile.ZipInfo("local", (2027, 3, 1, 23, 0, 0))
    exact = zipfile.ZipInfo("exact", (2027, 3, 1, 23, 0, 0))
    exact.extra = struct.pack("<HHBi", 0x5455, 5, 1, int(datetime(2027, 3, 1, 9, tzinfo=UTC).timestamp()))
    none = zipfile.ZipInfo("none")
    dates = [file.changed for file in unzip(packed((local, b""), (exact, b""), (none, b"")), WARSAW).files]
    assert dates == [datetime(2027, 3, 1, 22, tzinfo=UTC), datetime(2027, 3, 1, 9, tzinfo=UTC), None]
