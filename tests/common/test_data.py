"""pytest tests/common/test_data.py"""

import re

import numpy as np
import pytest
import torch

from common import data
from common.derived import DERIVATIONS, movie_snippets_in_course_order
from common.fetching import registry
from common.sources import CLIENTS
from common.withholding import ALTERATIONS


def idx(array):
    """An array of uint8 as a file of the IDX format."""
    return bytes([0, 0, 8, array.ndim]) + np.array(array.shape, dtype=">i4").tobytes() + array.tobytes()


@pytest.mark.parametrize("name", registry())
def test_an_entry_of_the_registry_is_complete(name):
    entry = registry()[name]
    assert entry["title"] and entry["licence"] and entry["citation"]
    for file, facts in entry["files"].items():
        assert facts["size"] > 0 and re.fullmatch("[0-9a-f]{64}", facts["sha256"]), file
        assert facts.get("derivation") in {None, *DERIVATIONS}
    for source in entry["sources"]:
        assert source["kind"] in {"torchvision", *CLIENTS}
        if source["kind"] != "torchvision":
            assert source["members"].keys() == entry["files"].keys()
            assert source["archive"]["size"] > 0
        if source["kind"] == "pypi":
            assert re.fullmatch("[0-9a-f]{64}", source["archive"]["sha256"]), "pip needs the archive's SHA-256"
    if withheld := entry.get("withheld"):
        assert withheld["file"] in entry["files"] and withheld["kind"] in ALTERATIONS


def test_the_courses_order_keeps_every_line_and_does_not_depend_on_the_given_order():
    lines = [f"{i}\t{i / 7:.3f}\tsentence number {i // 2} " for i in range(60)]
    ordered = movie_snippets_in_course_order("\r\n".join(lines).encode()).decode()
    again = movie_snippets_in_course_order("\n".join(reversed(lines)).encode()).decode()
    assert ordered == again
    found = ordered.splitlines()
    assert sorted(found) == sorted(line.strip() for line in lines)
    assert found != [line.strip() for line in lines]
    sentences = [line.split("\t")[2] for line in found]
    assert sentences[::2] == sentences[1::2], "repeated sentences stay together"


def test_the_snippets_come_as_sentences_and_ratings(tmp_path, monkeypatch):
    path = tmp_path / "movie_snippets.tsv"
    path.write_text("2\t-3.5\tDull, even by Möbius's standards.\n1\t4\tA treat!\n", encoding="utf-8")
    monkeypatch.setattr(data, "movie_snippets_path", lambda: path)
    sentences, ratings = data.load_movie_snippets()
    assert sentences == ["Dull, even by Möbius's standards.", "A treat!"]
    assert ratings.dtype == np.float64 and ratings.tolist() == [-3.5, 4.0]


def test_kaggles_file_gives_the_first_phrase_of_each_sentence(tmp_path):
    path = tmp_path / "train.tsv"
    path.write_text('PhraseId\tSentenceId\tPhrase\tSentiment\n1\t1\tA "quoted film .\t1\n2\t1\tquoted\t2\n'
                    "4\t2\tof all\t2\n3\t2\tThe best of all\t4\n", encoding="utf-8")
    sentences, ratings = data.load_kaggle(path)
    assert sentences == ['A "quoted film .', "The best of all"]
    assert ratings.tolist() == [-2.0, 4.0]


def test_images_are_split_into_train_valid_and_test(tmp_path, monkeypatch):
    rng = np.random.default_rng(0)
    counts = {"train": 30, "t10k": 5}
    images = {part: rng.integers(256, size=(count, 28, 28), dtype=np.uint8) for part, count in counts.items()}
    labels = {part: rng.integers(10, size=len(values), dtype=np.uint8) for part, values in images.items()}
    for part in images:
        (tmp_path / f"{part}-images-idx3-ubyte").write_bytes(idx(images[part]))
        (tmp_path / f"{part}-labels-idx1-ubyte").write_bytes(idx(labels[part]))
    monkeypatch.setattr(data, "fetch", lambda name: tmp_path)
    monkeypatch.setattr(data, "NUM_VALID_IMAGES", 10)
    (X, Y), (X_valid, Y_valid), (X_test, Y_test) = data.load_mnist()
    assert X.shape == (20, 1, 28, 28) and X.dtype == torch.uint8 and Y.dtype == torch.int64
    assert np.array_equal(torch.cat([X, X_valid])[:, 0], images["train"])
    assert np.array_equal(torch.cat([Y, Y_valid]), labels["train"])
    assert np.array_equal(X_test[:, 0], images["t10k"]) and np.array_equal(Y_test, labels["t10k"])


def test_a_file_of_another_format_is_refused(tmp_path):
    (tmp_path / "file").write_bytes(b"\0\0\x0d\x01\0\0\0\0")
    with pytest.raises(ValueError, match="not an IDX file of unsigned bytes"):
        data.read_idx(tmp_path / "file")


def test_normalized_images_have_the_given_mean_and_deviation_taken_out():
    images = torch.tensor([[0, 255, 51]], dtype=torch.uint8)
    expected = (torch.tensor([[0.0, 1.0, 0.2]]) - 0.1307) / 0.3081
    torch.testing.assert_close(data.normalize(images), expected)
    assert images.tolist() == [[0, 255, 51]], "the argument is left as it was"
