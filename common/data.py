"""The course's data, ready to use: `load_*` give arrays and tensors; `fetch` gives the folder of a set's files.

    sentences, ratings = load_movie_snippets()
"""

import csv
from pathlib import Path

import numpy as np

from common.fetching import DataUnavailable, cache_folder, fetch, fetch_all

__all__ = ["DataUnavailable", "cache_folder", "fetch", "fetch_all", "load_kaggle", "load_movie_snippets",
           "movie_snippets_path"]

NUM_TRAIN_SNIPPETS = 7000


def movie_snippets_path():
    """Path of movie_snippets.tsv: UTF-8, a line `id⇥rating⇥sentence` for each of 10,605 sentences, in the course's order.

    The first 7,000 lines are for training, the other 3,605 for testing. `id` is the line in the original file.
    """
    return fetch("movie_snippets") / "movie_snippets.tsv"


def load_movie_snippets():
    """Sentences of movie reviews and how people rated them, in the course's order (split them at 7,000).

    Returns:
        sentences: list of N = 10,605 str.
        ratings: float64 array (N,), the mean of about 20 people's ratings, from -4 (negative) to 4 (positive).
    Source: C. J. Hutto and E. Gilbert, VADER, ICWSM 2014.
    """
    lines = movie_snippets_path().read_text(encoding="utf-8").split("\n")[:-1]
    _, ratings, sentences = zip(*(line.split("\t") for line in lines))
    return list(sentences), np.array(ratings, dtype=np.float64)


def load_kaggle(path):
    """Sentences of Kaggle's "Sentiment Analysis on Movie Reviews", for those who have its train.tsv.

    The file has every phrase of each sentence; the first of a SentenceId is the whole sentence. Sentiment 0…4 becomes
    a rating of -4, -2, 0, 2, 4, so that probability (rating + 4) / 8 is sentiment / 4.

    Args:
        path: str or path of train.tsv (columns PhraseId, SentenceId, Phrase, Sentiment).
    Returns:
        sentences: list of N str (N = 8,529 in Kaggle's file).  ratings: float64 array (N,).
    """
    first = {}
    with Path(path).open(encoding="utf-8", newline="") as file:
        for row in csv.DictReader(file, delimiter="\t", quoting=csv.QUOTE_NONE):
            known = first.setdefault(row["SentenceId"], row)
            if int(row["PhraseId"]) < int(known["PhraseId"]):
                first[row["SentenceId"]] = row
    rows = list(first.values())
    return [row["Phrase"] for row in rows], np.array([2.0 * int(row["Sentiment"]) - 4 for row in rows])


if __name__ == "__main__":
    import sys

    sys.exit(0 if fetch_all(sys.argv[1:]) else 1)
