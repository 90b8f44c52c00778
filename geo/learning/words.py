"""Words of any text, and how common they are: folded alike on both sides, counted once a record."""

import re
import unicodedata
from collections.abc import Iterable, Mapping
from functools import lru_cache

import numpy as np
from numpy.typing import NDArray

MOST_WORDS = 12
"""Words of a text that are compared; the rest of a longer one only counts in its letters."""
KEPT_WORDS = 20_000
_APOSTROPHES = re.compile(r"(?<=\w)['’`´ʼ](?=\w)")
_WORD = re.compile(r"[^\W_]+")
_SHORT = {
    "street": "st", "saint": "st", "str": "st", "rd": "road", "ave": "avenue", "av": "avenue", "blvd": "boulevard",
    "dr": "drive", "ln": "lane", "pl": "place", "sq": "square", "ter": "terrace", "hwy": "highway", "pkwy": "parkway",
    "ctr": "center", "centre": "center", "ft": "fort", "mt": "mount", "univ": "university", "bldg": "building",
    "jl": "jalan", "jln": "jalan", "gg": "gang", "kec": "kecamatan", "kab": "kabupaten", "ds": "desa", "dsn": "dusun",
    "n": "north", "s": "south", "e": "east", "w": "west", "and": "", "the": "",
}
"""What addresses and names are shortened to, in the languages of the tables met; both sides are read alike."""


@lru_cache(maxsize=200_000)
def folded(text: str) -> str:
    """Lower case without accents; letters inside a word are kept together ("McKee's" -> "mckees").

    >>> folded("Café de l’Été")
    'cafe de lete'
    """
    plain = unicodedata.normalize("NFKD", text.casefold().replace("&", " and "))
    plain = "".join(letter for letter in plain if not unicodedata.combining(letter))
    return " ".join(_WORD.findall(_APOSTROPHES.sub("", plain)))


@lru_cache(maxsize=200_000)
def split(text: str) -> tuple[str, ...]:
    """The words of a folded text, shortened forms in full, articles left out unless nothing else is there.

    >>> split("the meadows and main st")
    ('meadows', 'main', 'st')
    """
    words = text.split()
    full = tuple(long for word in words if (long := _SHORT.get(word, word)))
    return full or tuple(words)


def counted(texts: Iterable[str]) -> dict[str, int]:
    """In how many of the texts each word stands; the commonest KEPT_WORDS that stand in more than one."""
    counts: dict[str, int] = {}
    for text in texts:
        for word in set(split(text)):
            counts[word] = counts.get(word, 0) + 1
    common = sorted((-count, word) for word, count in counts.items() if count > 1)[:KEPT_WORDS]
    return {word: -count for count, word in common}


class Vocabulary:
    """Words of two aligned sides of texts as numbers: `left`, `right` int32[n, k], -1 where there is no word."""

    def __init__(self, left: list[str], right: list[str], counts: Mapping[str, int], records: int) -> None:
        number: dict[str, int] = {}
        self.left, self.right = (self._numbered(side, number) for side in (left, right))
        self.words = np.array([*number, ""], dtype=object)
        seen = np.array([max(counts.get(word, 1), 1) for word in self.words], np.float64)
        self.bits = np.maximum(np.log2((records + 2) / (seen + 1)), 0.1)
        self.bits[-1] = 0.0
        self.is_number = np.array([any(letter.isdigit() for letter in word) for word in self.words], bool)

    @staticmethod
    def _numbered(texts: list[str], number: dict[str, int]) -> NDArray[np.int32]:
        rows = [[number.setdefault(word, len(number)) for word in split(text)[:MOST_WORDS]] for text in texts]
        out = np.full((len(rows), max(map(len, rows), default=0) or 1), -1, np.int32)
        for position, row in enumerate(rows):
            out[position, :len(row)] = row
        return out
