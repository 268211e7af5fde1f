"""pytest tests/common/test_words.py"""

import numpy as np
import pytest
import torch

from common import derived, withholding, words
from common.series import mackey_glass
from common.words import END, PAD, Vocabulary, shifted


def test_sequences_are_encoded_with_their_end_and_padding_and_come_back():
    vocabulary = Vocabulary(["kot", "kotem"])
    Y = vocabulary.encode(["kot", "kotem"])
    assert Y.shape == (2, 6) and Y[0, 3:].tolist() == [END, PAD, PAD] and Y[1, -1] == END
    assert ["".join(word) for word in vocabulary.decode(Y)] == ["kot", "kotem"]
    assert shifted(Y)[:, 0].tolist() == [END, END] and torch.equal(shifted(Y)[:, 1:], Y[:, :-1])


def test_lists_of_symbols_work_as_words_do():
    sounds = [["K", "AE"], ["T"]]
    assert Vocabulary(sounds).decode(Vocabulary(sounds).encode(sounds)) == sounds


def test_an_unknown_symbol_is_named():
    with pytest.raises(ValueError, match="'x' is not one of the 5 symbols"):
        Vocabulary(["kot"]).encode(["kx"])


@pytest.mark.parametrize("word, stem", [("robotnika", "robot"), ("nierobotny", "robot"), ("najnowszy", "nowsz"),
                                        ("nienajnowszy", "nowsz"), ("niebo", "niebo")])
def test_the_stem_is_five_letters_without_what_is_written_together(word, stem):
    assert derived.stem_of(word) == stem


def test_no_stem_of_a_held_out_word_is_in_the_set_to_train_by_stem(monkeypatch):
    monkeypatch.setattr(derived, "NUM_TRAIN_WORDS", 3000)
    monkeypatch.setattr(derived, "NUM_HELD_OUT_WORDS", 40)
    rng = np.random.default_rng(0)
    raw = "".join("".join(rng.choice(list("abcdef"), size=5)) + ending + "\n" for _ in range(1000)
                  for ending in ("a", "em", "owi", "ami")) + "Ala\nxxxxxx\n"
    parts = {}
    for line in derived.polish_words(derived.packed_words(raw.encode())).decode().splitlines():
        part, _, word = line.partition("\t")
        parts.setdefault(part, []).append(word)
    held_out = {part: {derived.stem_of(word) for word in parts[part]} for part in ("valid", "test")}
    assert len(parts["test"]) == len(parts["valid"]) == 40 and len(parts["random"]) == 3000
    assert not held_out["test"] & held_out["valid"]
    assert not {derived.stem_of(word) for word in parts["stem"]} & (held_out["test"] | held_out["valid"])
    assert not set(parts["random"]) & {*parts["test"], *parts["valid"]}
    assert {derived.stem_of(word) for word in parts["random"]} & held_out["test"], "relatives are allowed there"


def test_words_come_out_as_they_were_packed_without_names_and_strange_letters():
    raw = "Ala\nżółty\nżółtym\nżółw\nżółwia\nabcde\nqueue\nabcdefghijklmnopqrstu\n"
    packed = derived.packed_words(raw.encode())
    assert derived.polish_dictionary(packed).decode().split() == ["żółty", "żółtym", "żółwia", "abcde"]


def test_pronunciations_lose_stress_comments_and_further_variants():
    raw = b"'bout B AW1 T\na AH0\nread R EH1 D # past\nread(2) R IY1 D\nidly AY1 D L IY0\n"
    assert sorted(derived.pronunciations(raw).decode().splitlines()) == ["idly\tAY D L IY", "read\tR EH D"]


def test_the_pairs_are_split_at_the_end(tmp_path, monkeypatch):
    (tmp_path / "pronunciations.tsv").write_text("".join(f"w{n}\tA B{n}\n" for n in range(9)))
    monkeypatch.setattr(words, "fetch", lambda name: tmp_path)
    monkeypatch.setattr(words, "NUM_HELD_OUT", 2)
    train, valid, test = words.load_pronunciations()
    assert [len(part) for part in (train, valid, test)] == [5, 2, 2] and test[1] == ("w8", ["A", "B8"])


def test_withheld_letters_are_mixed_up_and_the_rest_stays():
    content = "".join(f"test\tżółwiejący{letter}\n" for letter in "abcdefgh").encode()
    altered = withholding.ALTERATIONS["letters"](content, {"column": 1, "first": 3}, np.random.default_rng(0))
    before, after = (text.decode().splitlines() for text in (content, altered))
    assert len(altered) == len(content) and after[:3] == before[:3]
    assert all(sorted(a) == sorted(b) and a != b for a, b in zip(after[3:], before[3:], strict=True))


def test_the_series_of_mackey_and_glass_repeats_by_seed_and_stays_in_its_range():
    series = mackey_glass(500, seed=3)
    assert series.shape == (500,) and 0.2 < series.min() < 0.6 and 1.1 < series.max() < 1.5
    assert np.array_equal(series, mackey_glass(500, seed=3)) and not np.allclose(series, mackey_glass(500, seed=4))
