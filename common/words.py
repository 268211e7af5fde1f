"""Words as sequences: the sets of words, and a vocabulary that turns them into tensors of numbers and back.

    words = load_polish_words()                    # {"random": […], "stem": […], "valid": […], "test": […]}
    letters = Vocabulary(words["random"])
    Y = letters.encode(["kot", "kotem"])           # (2, 6): letters, the end, padding
"""

import torch

from common.fetching import fetch

PAD, END = 0, 1  # padding; the end of a sequence, and by convention what stands before its beginning
NUM_HELD_OUT = 5000


def load_polish_words():
    """Polish words of 5 to 20 letters for language models.

    Returns:
        dict of lists of str. "test" and "valid" (5,000 each) are words of stems held out. "random" and "stem" (200,000
        each) are two sets to train: "random" may hold other forms of the held-out words, "stem" holds none
        (`common.derived.stem_of` says what counts as a stem).
    Source: Słownik SJP, the list of Debian's wpolish.
    """
    parts = {}
    for line in (fetch("polish_words") / "words.tsv").read_text(encoding="utf-8").splitlines():
        part, _, word = line.partition("\t")
        parts.setdefault(part, []).append(word)
    return parts


def load_polish_dictionary():
    """All 3.9 million Polish word forms of 5 to 20 letters, a frozenset of str (two seconds, half a gigabyte)."""
    return frozenset((fetch("polish_dictionary") / "words.txt").read_text(encoding="utf-8").split())


def load_pronunciations():
    """English words and how they are pronounced: lists of pairs (word, list of phonemes) to train, validate and test.

    107,467 pairs to train, 5,000 for each of the others. A word has letters a to z alone and one pronunciation, the
    first of CMUdict, in its 39 phonemes without stress: ("idly", ["AY", "D", "L", "IY"]).
    Source: The CMU Pronouncing Dictionary, Carnegie Mellon University.
    """
    lines = (fetch("pronunciations") / "pronunciations.tsv").read_text(encoding="utf-8").splitlines()
    pairs = [(word, phonemes.split(" ")) for word, phonemes in (line.split("\t") for line in lines)]
    return pairs[:-2 * NUM_HELD_OUT], pairs[-2 * NUM_HELD_OUT:-NUM_HELD_OUT], pairs[-NUM_HELD_OUT:]


class Vocabulary:
    """Symbols and their numbers: 0 is padding, 1 the end, the others follow in sorted order.

    Args:
        sequences: words, or lists of symbols; every symbol in them gets a number.
    """

    def __init__(self, sequences):
        self.symbols = ["", "."] + sorted(set().union(*sequences))  # as we print them
        self.numbers = {symbol: number for number, symbol in enumerate(self.symbols) if number > END}

    def __len__(self):
        return len(self.symbols)

    def encode(self, sequences):
        """N sequences -> int64 (N, T): each one's numbers, END, padding; the longest one has T - 1 symbols.

        Raises ValueError when a symbol is unknown.
        """
        try:
            rows = [[self.numbers[symbol] for symbol in sequence] + [END] for sequence in sequences]
        except KeyError as error:
            raise ValueError(f"{error.args[0]!r} is not one of the {len(self)} symbols of this vocabulary") from None
        longest = max(map(len, rows))
        return torch.tensor([row + [PAD] * (longest - len(row)) for row in rows])

    def decode(self, Y):
        """Int tensor or nested list (N, T) -> N lists of symbols, each up to the first END or padding."""
        found = []
        for row in torch.as_tensor(Y).tolist():
            stops = [place for place, number in enumerate(row) if number in (PAD, END)]
            found.append([self.symbols[number] for number in row[:stops[0] if stops else None]])
        return found


def shifted(Y):
    """What a model reads when it is to say Y (N, T): END, then Y without its last column."""
    return torch.cat([torch.full_like(Y[:, :1], END), Y[:, :-1]], dim=1)
