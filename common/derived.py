"""Files that we derive from a downloaded one: functions from bytes to bytes, named in data/registry.toml."""

import hashlib
import io
import tarfile
import zipfile

# The groups of the food tables that have photographs enough, by the first letters of their codes. (Those of eggs,
# poultry, meat and oils show one picture again and again.)
FOOD_GROUPS = {"A": 0, "B": 0, "C": 1, "D": 2, "E": 3, "F": 4, "G": 5, "H": 6, "P": 7}


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


DERIVATIONS = {"movie_snippets_in_course_order": movie_snippets_in_course_order,
               "food_photographs": food_photographs, "food_groups": food_groups}
