"""Files that we derive from a downloaded one: functions from bytes to bytes, named in data/registry.toml."""

import functools
import hashlib
import io
import lzma
import os
import re
import tarfile
import zipfile

# The groups of the food tables that have photographs enough, by the first letters of their codes. (Those of eggs,
# poultry, meat and oils show one picture again and again.)
FOOD_GROUPS = {"A": 0, "B": 0, "C": 1, "D": 2, "E": 3, "F": 4, "G": 5, "H": 6, "P": 7}

# The Polish alphabet. The list has no words with q, v or x, but for foreign names, which begin with a capital.
POLISH = "aąbcćdeęfghijklłmnńoóprsśtuwyzźż"
STEM_LETTERS = 5  # words that agree in so many first letters count as forms of one stem
PREFIXES = ("nienaj", "nie", "naj")  # not-most-, not-, most-: written together with almost any word
NUM_TRAIN_WORDS, NUM_HELD_OUT_WORDS = 200_000, 5_000


def movie_snippets_in_course_order(raw):
    """Put the rated movie-review snippets in the order that the course fixes, once and for all.

    The original file has a line `id⇥rating⇥sentence` for each of 10,605 sentences, in the order of the rating
    task. We sort by the SHA-256 of the sentence: an order that looks random, is the same on every machine and in
    every version of Python, and keeps repeated sentences next to each other, so that they do not end up on both
    sides of a split. The first 7,000 lines are for training, the rest is for testing.
    """
    rows = [line.split("\t") for line in raw.decode("utf-8").splitlines()]
    rows.sort(key=lambda row: (hashlib.sha256(row[2].strip().encode()).digest(), int(row[0])))
    return "".join(f"{number}\t{rating}\t{sentence.strip()}\n" for number, rating, sentence in rows).encode()


def _foods(archive):
    """Yield (JPEG, group) of the food photographs in an npm archive, one of each picture, in the course's order.

    The order is that of the SHA-256 of the pictures: it looks random and tells nothing of the group.
    """
    seen = {}
    with tarfile.open(fileobj=io.BytesIO(archive)) as members:
        for member in sorted(members.getmembers(), key=lambda one: one.name):
            code = member.name.rpartition("/")[2]
            if code.endswith(".jpeg") and code[0] in FOOD_GROUPS:
                picture = members.extractfile(member).read()
                seen.setdefault(hashlib.sha256(picture).digest(), (picture, FOOD_GROUPS[code[0]]))
    yield from (seen[digest] for digest in sorted(seen))


def food_photographs(archive):
    """A zip of 000.jpeg, 001.jpeg, …, byte for byte the same on every machine."""
    buffer = io.BytesIO()
    with zipfile.ZipFile(buffer, "w", zipfile.ZIP_STORED) as pictures:
        for number, (picture, _) in enumerate(_foods(archive)):
            info = zipfile.ZipInfo(f"{number:03d}.jpeg", (1980, 1, 1, 0, 0, 0))
            info.create_system, info.external_attr = 3, 0o644 << 16
            pictures.writestr(info, picture)
    return buffer.getvalue()


def food_groups(archive):
    """A line `number⇥group` for each photograph of `food_photographs`."""
    return "".join(f"{number:03d}\t{group}\n" for number, (_, group) in enumerate(_foods(archive))).encode()


def stem_of(word):
    """The first five letters of a Polish word, without "nie" and "naj" in front of it: robotnika, nierobotni -> robot.

    A crude rule. It puts unrelated words together, which does no harm when whole stems are held out, and parts forms
    whose stem itself changes or is shorter (robić, robimy), so that a few relatives of held-out words stay.
    """
    prefix = next((one for one in PREFIXES if word.startswith(one) and len(word) >= len(one) + 4), "")
    return word[len(prefix):][:STEM_LETTERS]


def _number(text):
    return int.from_bytes(hashlib.sha256(text.encode()).digest()[:8], "big")


def packed_words(raw):
    """Debian's list of Polish words -> data/polish.xz: those of 5 to 20 Polish letters, no names or abbreviations.

    Each word is written as the number of letters that it shares with the one before, as a letter from A on, and the
    rest (front coding): 3.9 million words in less than a megabyte.
    """
    word, lines, before = re.compile(f"[{POLISH}]{{5,20}}"), [], ""
    for line in filter(word.fullmatch, raw.decode("utf-8").split("\n")):
        shared = len(os.path.commonprefix([before, line]))
        lines.append(chr(ord("A") + shared) + line[shared:])
        before = line
    return lzma.compress("\n".join(lines).encode())


def polish_dictionary(packed):
    """The words of data/polish.xz, a line each, in the list's order."""
    words, before = [], ""
    for line in lzma.decompress(packed).decode("utf-8").split("\n"):
        before = before[: ord(line[0]) - ord("A")] + line[1:]
        words.append(f"{before}\n")
    return "".join(words).encode()


def polish_words(packed):
    """Polish words to train and test language models: a line `part⇥word`, the parts one after another.

    Stems are drawn for testing and for validation, two of a hundred each; "test" and "valid" are words of theirs. There
    are two sets to train: "random" from all other words, forms of the held-out stems among them, and "stem"
    from the words of the other stems alone. What is drawn depends on SHA-256 only: the same on every machine.
    """
    words = sorted(polish_dictionary(packed).decode("utf-8").split(), key=_number)
    draw = functools.cache(lambda stem: _number(f"stem {stem}") % 50)
    drawn = [draw(stem_of(word)) for word in words]
    parts = {part: [word for word, number in zip(words, drawn, strict=True) if number == wanted][-NUM_HELD_OUT_WORDS:]
             for wanted, part in enumerate(("test", "valid"))}
    held_out = {word for part in parts.values() for word in part}
    parts["random"] = [word for word in words if word not in held_out][:NUM_TRAIN_WORDS]
    parts["stem"] = [word for word, number in zip(words, drawn, strict=True) if number > 1][:NUM_TRAIN_WORDS]
    return "".join(f"{part}\t{word}\n" for part in ("random", "stem", "valid", "test") for word in parts[part]).encode()


def pronunciations(raw):
    """A line `word⇥phonemes` for each word of letters alone in CMUdict: its first pronunciation, without stress marks.

    The order is that of the SHA-256 of the words: it looks random.
    """
    lines = (line.partition("#")[0].split() for line in raw.decode("utf-8").splitlines())
    entries = [(word, re.sub(r"\d", "", " ".join(phonemes))) for word, *phonemes in lines
               if re.fullmatch("[a-z]{2,}", word)]
    entries.sort(key=lambda entry: _number(entry[0]))
    return "".join(f"{word}\t{phonemes}\n" for word, phonemes in entries).encode()


DERIVATIONS = {"movie_snippets_in_course_order": movie_snippets_in_course_order,
               "food_photographs": food_photographs, "food_groups": food_groups,
               "polish_dictionary": polish_dictionary, "polish_words": polish_words, "pronunciations": pronunciations}
