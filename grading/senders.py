"""Whose work is it? The names that Moodle, Canvas and a folder of files give, and the class's list.

Somebody is recognised by an equal id, number, address or name, whatever its case, accents and order of words.
What is only alike is a guess: it is told to a person, and nobody gets the work.
"""

import difflib
import re
import unicodedata
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, field

from grading.rules import Student
from grading.unpacking import File

MOODLE = re.compile(r"(?P<name>[^/]+)_(?P<id>\d+)_assignsubmission_(?P<kind>[a-z]+)(?:_(?P<rest>.*))?")
CANVAS = re.compile(r"(?P<name>[^_/]+)_(?P<late>LATE_)?(?P<id>\d+)_(?P<file>\d+)_(?P<rest>.+)", re.DOTALL)
JUNK = re.compile(r"(^|/)(__MACOSX|\.ipynb_checkpoints|\.git)/|(^|/)(\.DS_Store|\._[^/]*|Thumbs\.db|desktop\.ini)$")
LETTERS = str.maketrans({"ł": "l", "ø": "o", "đ": "d", "ı": "i", "æ": "ae", "œ": "oe", "ß": "ss", "þ": "th"})
ALIKE = 0.8  # of names that are not equal but may be meant


@dataclass
class Sender:
    """Whoever sent these files. clues: what names them, the surest first; late: whether the system says so, None when
    it says nothing."""

    shown: str
    clues: tuple[str, ...]
    files: list[File] = field(default_factory=list)
    late: bool | None = None


def senders(layout: str, assignment: str, files: Iterable[File]) -> tuple[list[Sender], list[tuple[str, str]]]:
    """The files by sender, and those whose name does not fit: (path, why).

    layout: moodle ("Download all submissions"), canvas (the same), or files (a folder for each student, or files named
    after them, as <assignment>-<student>.zip).
    """
    read = {"moodle": _moodle, "canvas": _canvas, "files": _files}[layout]
    found, strange = {}, []
    for file in files:
        if JUNK.search(file.path):
            continue
        one = read(file, assignment)
        if isinstance(one, str):
            strange.append((file.path, one))
            continue
        shown, clues, late, rest = one
        sender = found.setdefault(shown, Sender(shown, clues, late=late))
        sender.late = sender.late or late
        taken = any(other.path == rest for other in sender.files)  # the same name in two folders of one archive
        sender.files.append(File(file.path if taken else rest, file.changed, file.read))
    return list(found.values()), strange


def _moodle(file: File, assignment: str):
    """`Full Name_12345_assignsubmission_file_/path`, or without folders `…_assignsubmission_file_name.ipynb`."""
    parts = file.path.split("/")
    for position, part in enumerate(parts):
        if match := MOODLE.fullmatch(part):
            if match["kind"] != "file":
                return f"not a file that was handed in, but Moodle's {match['kind']}"
            inside = [*([match["rest"]] if match["rest"] else []), *parts[position + 1:]]
            clues = f"moodle {match['id']}", match["name"]
            return f"{match['name']} ({match['id']})", clues, None, "/".join(inside) or part
    return "not named as Moodle names submissions (Full Name_12345_assignsubmission_file_)"


def _canvas(file: File, assignment: str):
    """`lastnamefirst_LATE_userid_fileid_name.ipynb`, LATE_ only when it was."""
    match = CANVAS.fullmatch(file.name)
    if not match:
        return "not named as Canvas names submissions (lastnamefirst_userid_fileid_filename)"
    clues = f"canvas {match['id']}", match["name"]
    return f"{match['name']} ({match['id']})", clues, bool(match["late"]), match["rest"]


def _files(file: File, assignment: str):
    folder, _, rest = file.path.partition("/")
    if rest:
        return folder, (folder,), None, rest
    stem = re.sub(r"\.(zip|ipynb)$", "", file.name)
    stem = re.sub(r" ?\(\d+\)$", "", stem)  # the second of one name, as browsers save it
    who = re.sub(rf"^{re.escape(assignment)}[-_ ]", "", stem)
    if who == file.name or who == assignment:
        return f"names no student: {assignment}-<student>.zip, or a folder for each student"
    return who, (who,), None, file.name


def recognise(clues: Sequence[str], students: Mapping[str, Student]) -> tuple[str, str]:
    """(the student's id or '', why not). clues: the surest first, a name last; without a class list it becomes the id.
    """
    name = clues[-1]
    if not students:
        return "-".join(_words(name)), "" if _words(name) else "a name without letters"
    found = []
    for clue in clues:
        found = sorted(one.id for one in students.values() if _is(clue, one))
        if len(found) == 1:
            return found[0], ""
    if found:
        return "", f"may be {' or '.join(found)}"
    names = {" ".join(sorted(_words(one.name))): one.id for one in students.values() if one.name}
    names |= {"".join(_words(one.name)[-1:] + _words(one.name)[:-1]): one.id for one in students.values() if one.name}
    near = difflib.get_close_matches(" ".join(sorted(_words(name))), names, 1, ALIKE)
    return "", f"perhaps {names[near[0]]}" if near else "nobody in the class list"


def _is(clue: str, student: Student) -> bool:
    words, names = _words(clue), _words(student.name)
    keys = [student.id, student.number, student.email, student.email.partition("@")[0], *student.also]
    if words and any(_words(key) == words for key in keys):
        return True
    turned = {"".join(names[n:] + names[:n]) for n in range(len(names))}  # Canvas: lastnamefirst, in one word
    return bool(names) and (sorted(words) == sorted(names) or "".join(words) in turned)


def _words(text: str) -> list[str]:
    """The words of a name without case and accents: Łucja O'Brien-Żak -> lucja, o, brien, zak."""
    plain = unicodedata.normalize("NFKD", text.casefold().translate(LETTERS))
    return re.findall(r"[^\W_]+", "".join(c for c in plain if not unicodedata.combining(c)))
