"""Submissions that share much of their students' own code. Pure; the fingerprints are copydetect's.

copydetect reads a program as tokens (names, strings and comments do not count) and keeps every passage of 25 of them,
as MOSS does (Schleimer, Wilkerson, Aiken 2003, "Winnowing: local algorithms for document fingerprinting"). Of these
we leave out what was released, and what more than ten students have (MOSS's own default; in a large class, a tenth):
short exercises have one natural solution. What is left of a pair is compared with the shorter of the two.

We keep all passages (a window of 1) because with larger windows copydetect's choice hangs on Python's hash seed, which
is another in each process. And we take the released ones out ourselves: copydetect 0.5 drops, along with them, every
passage that occurs twice in one file (`numpy.intersect1d(assume_unique=True)` on hashes that are not unique).

Pairs are shown from 70 % on. Measured on the demo's class, a hard one because all of its answers come from the same few
probes: of 650 pairs made independently of each other, half share 17 % or less and 6 reach 70 %, the highest 78 %. Of
copies made of each student's work, those with other names and no comments share 100 %; with one exercise taken from
somebody else 96 % of them reach 70 %, with two 75 %; put through a formatter that takes it all apart (`ast.unparse`)
75 %. It is a reason to look, never a proof.
"""

import io
import itertools
from collections import Counter
from collections.abc import Mapping
from dataclasses import dataclass
from statistics import median

import numpy as np
from copydetect import CodeFingerprint, compare_files

from grading.source import Assignment

PASSAGE = 25  # characters of the tokenised text
COMMON = 10  # students; and a tenth of a large class
LEAST = 300  # passages of a student's own; with less (12 cells' joints are 280) there is nothing to compare
SHOWN = 0.7
MOST_PAIRS = 20
LONGEST = 20_000  # characters of one exercise that are compared


@dataclass(frozen=True)
class Block:
    """One exercise in the two hand-ins, each as lines (text, whether it is common to both)."""

    exercise: str
    left: list[tuple[str, bool]]
    right: list[tuple[str, bool]]


@dataclass(frozen=True)
class Pair:
    left: str
    right: str
    share: float
    blocks: list[Block]


@dataclass(frozen=True)
class Similar:
    """compared: students with enough code of their own; common: passages that more students have do not count;
    usual: the median share of a pair; more: pairs not shown."""

    pairs: list[Pair]
    compared: int = 0
    common: int = COMMON
    usual: float = 0.0
    more: int = 0


def released(assignment: Assignment) -> str:
    """All code that students are given."""
    return "\n\n".join(cell.released for cell in assignment.cells if cell.cell_type == "code" and cell.kind != "judge")


def compare(texts: Mapping[str, Mapping[str, str]], given: str) -> Similar:
    """Compare everybody with everybody. texts: student -> exercise -> code; given: what was released."""
    if len(texts) < 2:
        return Similar([])
    texts = {student: {name: plain for name, one in text.items() if (plain := _plain(one))}
             for student, text in texts.items()}
    known = _fingerprint(_plain(given)).hashes
    found = {student: _fingerprint(_joined(text)) for student, text in sorted(texts.items())}
    counts = Counter(passage for one in found.values() for passage in one.hashes)
    common = max(COMMON, len(found) // 10)
    for one in found.values():
        one.hashes = {passage for passage in one.hashes - known if counts[passage] <= common}
        one.hash_idx = {passage: one.hash_idx[passage] for passage in one.hashes}
    found = {student: one for student, one in found.items() if len(one.hashes) >= LEAST}
    shares = {(a, b): len(found[a].hashes & found[b].hashes) / min(len(found[a].hashes), len(found[b].hashes))
              for a, b in itertools.combinations(found, 2)}
    alike = sorted((pair for pair in shares if shares[pair] >= SHOWN), key=lambda pair: -shares[pair])
    pairs = [Pair(a, b, shares[a, b], _blocks(texts[a], texts[b], found[a], found[b])) for a, b in alike[:MOST_PAIRS]]
    usual = median(shares.values()) if shares else 0.0
    return Similar(pairs, len(found), common, usual, len(alike) - len(pairs))


def _plain(text: str) -> str:
    """A text as the tokeniser keeps it, so that places in it stay places."""
    return text[:LONGEST].replace("\r\n", "\n").replace("\r", "\n").strip("\n")


def _joined(text: Mapping[str, str]) -> str:
    return "\n\n".join(text.values())


def _fingerprint(text: str) -> CodeFingerprint:
    return CodeFingerprint("own.py", PASSAGE, 1, fp=io.StringIO(text), language="python")


def _blocks(left: Mapping[str, str], right: Mapping[str, str], a: CodeFingerprint, b: CodeFingerprint) -> list[Block]:
    """The exercises that have something in common, side by side."""
    for one in (a, b):  # copydetect 0.5 gives class names an offset of their own; offsets never go back
        one.offsets[:, 1] = np.maximum.accumulate(one.offsets[:, 1])
    _, _, places = compare_files(a, b)
    one, two = (_marked(text, slices) for text, slices in zip((left, right), places, strict=True))
    return [Block(name, one.get(name, []), two.get(name, [])) for name in dict.fromkeys([*one, *two])
            if any(common for _, common in [*one.get(name, []), *two.get(name, [])])]


def _marked(text: Mapping[str, str], slices) -> dict[str, list[tuple[str, bool]]]:
    """Each exercise's lines, marked where more than half of their characters lie in the slices of the joined text."""
    inside = np.zeros(len(_joined(text)) + 1, dtype=bool)
    for start, end in np.asarray(slices, dtype=int).reshape(2, -1).T:
        inside[start:end] = True
    found, place = {}, 0
    for name, one in text.items():
        lines = found[name] = []
        for line in one.split("\n"):
            solid = [place + i for i, letter in enumerate(line) if not letter.isspace()]
            lines.append((line, bool(solid) and inside[solid].mean() > 0.5))
            place += len(line) + 1
        place += 1
    return found
