"""The names of a table of sites as columns: what each says, the words of its place, its numbers and marks."""

from collections.abc import Hashable, Iterable
from functools import lru_cache

import numpy as np
import pandas as pd

from geo import name_words, names
from geo.evidence import columns
from geo.schema import FUNDS

TOKENS = 14
"""Words of a place kept per name; longer names keep the rarest in alphabetical order of what remains."""
MARKS = ("titik", "blok", "gang", "ruas", "paket", "abutment", "lot", "no", "unit", "jalur", "rumah", "dusun",
         "lingkungan", "barangay", "zone", "purok", "km", "line", "kavling", "pk", "poblacion", "district", "jalan",
         "lantai", "lembaga")
_SIDES = {"left": 1, "right": 2, "north": 3, "south": 4, "east": 5, "west": 6}
_STREAMS = {"upstream": 1, "downstream": 2}
SAYS_MAINTENANCE, SAYS_CARRIED, SAYS_SHARED, SAYS_SPREAD, SAYS_ADVICE, SAYS_GOODS = (1 << bit for bit in range(6))
_SAYS = {"maintenance": SAYS_MAINTENANCE, "carried": SAYS_CARRIED, "shared": SAYS_SHARED, "spread": SAYS_SPREAD,
         "advice": SAYS_ADVICE, "goods": SAYS_GOODS}
WORK_BIT = {work: 1 << position for position, work in enumerate(sorted(set(name_words.WORK.values())))}
FAMILIES = {family: 1 << position for position, family in enumerate(sorted(set(name_words.OBJECTS.values())))}
LISTS = ("words", "hamlets", "recipients", "marks", "stated_shares")
CACHED = 20_000
"""So many names are read one by one and remembered; of more, the templates are read."""


def read(frame: pd.DataFrame, many: int = CACHED) -> dict[str, np.ndarray]:
    """What the columns `name`, `place`, `rt` and `rw` say, for every row; `LISTS` are what the ids in them mean."""
    typed, texts = columns.encoded(columns.column(frame, "name"))
    placed, places = columns.encoded(columns.column(frame, "place"))
    both, unique = pd.factorize((typed + 1) * (len(places) + 1) + placed + 1)
    name, place = unique // (len(places) + 1) - 1, unique % (len(places) + 1) - 1
    told = _by_templates(texts, name, places, place) if len(unique) > many else None
    if told is None:
        texts, places = ([*map(str, columns.listed(one)), ""] for one in (texts, places))
        # a large table would only turn over the cache that a small one, asked again and again, lives from
        reader = names.read if len(unique) <= CACHED else names.read.__wrapped__
        told = {**parsed([reader(texts[one], places[other]) for one, other in
                          zip(name.tolist(), place.tolist(), strict=True)]),
                "raw": columns.ids(columns.objects([names.plain(one) for one in texts]))[name]}
    rows = {column: values if column in LISTS else values.take(both, axis=0, mode="clip")
            for column, values in told.items()}
    for column in ("rt", "rw"):
        own = columns.measure(frame, column)
        given = (own >= 1) & (own < 63)
        rows[column] = np.where(given, np.int64(1) << np.where(given, own, 0).astype(np.int64), rows[column])
    return rows


def _by_templates(texts: columns.Values, name: np.ndarray, places: columns.Values, place: np.ndarray
                  ) -> dict[str, np.ndarray] | None:
    """What names[name] with places[place] say; None where some are no proper texts."""
    from geo.evidence import templates  # loads numba

    both = [columns.as_texts(one) for one in (texts, places)]
    if both[0] is None or both[1] is None:
        return None
    plain = [columns.lowered(one, names.plain) for one in both]
    raw = np.append(columns.told_apart(plain[0])[0], -1).astype(np.int32)
    return {**templates.parsed(templates.together(plain[0], name, plain[1], place)), "raw": raw[name]}


@lru_cache(maxsize=10_000)
def _mask(numbers: frozenset[int]) -> int:
    return sum(1 << one for one in numbers if one < 63)


def parsed(read: list[names.Name]) -> dict[str, np.ndarray]:
    """What names say, one a row; ids are numbered in the order in which they come."""
    n = len(read)
    token_ids, key_ids, marks_ids, hamlet_ids, recipient_ids, share_ids = (_Ids() for _ in range(6))
    object_bits = _Ids(62)
    tokens = np.full((n, TOKENS), -1, np.int32)
    said: dict[str, list] = {name: [] for name in _NAME_COLUMNS}
    add = {name: values.append for name, values in said.items()}
    for row, name in enumerate(read):
        places = name.places[:TOKENS]
        if places:
            tokens[row, :len(places)] = [token_ids[word] for word in places]
        specific, families = _things(name.objects)
        add["objects"](object_bits.mask(specific))
        add["families"](families)
        add["beyond_hamlet"](len(places) - (name.hamlet in places))
        add["size_m"](name.size_m or np.nan)
        add["marked"](marks_ids[name.marks] if name.marks else -1)
        add["stated"](share_ids[name.shares] if name.shares else -1)
        add["recipient"](recipient_ids[name.recipient] if name.recipient else -1)
        add["work"](sum([WORK_BIT[word] for word in name.work]))
        add["rt"](_mask(name.rt))
        add["rw"](_mask(name.rw))
        add["hamlet"](hamlet_ids[name.hamlet] if name.hamlet else -1)
        add["water"](hamlet_ids[name.water] if name.water else -1)
        low, high = name.sta or (np.nan, np.nan)
        add["sta_from"](low)
        add["sta_to"](high)
        add["phase"](-1 if name.phase is None else name.phase)
        add["continued"](name.continued)
        add["side"](_SIDES.get(name.side or "", -1))
        add["stream"](_STREAMS.get(name.stream or "", -1))
        add["says"](sum(_SAYS[what] for what in name.says) if name.says else 0)
    text = [name.key for name in read]
    key = np.array([key_ids[one] if one else -1 for one in text], np.int32)
    return {**{name: np.array(values, _NAME_COLUMNS[name]) for name, values in said.items()},
            "tokens": tokens, "marks": _marks(marks_ids), "stated_shares": _shares(share_ids),
            "text": columns.objects(text), "key": key,
            "series": np.ones(n, np.int32), "words": np.array(list(token_ids), object),
            "hamlets": np.array(list(hamlet_ids), object), "recipients": columns.objects(list(recipient_ids))}


def _marks(said: Iterable[tuple[tuple[str, str], ...]]) -> np.ndarray:
    """Of everything that is numbered in some name the ids of its numbers, int32 [., len(MARKS)], -1 for none."""
    numbers = _Ids()
    rows = list(said)
    out = np.full((len(rows), len(MARKS)), -1, np.int32)
    for row, marks in enumerate(rows):
        for what, value in marks:
            out[row, MARKS.index(what)] = numbers[value]
    return out


def _shares(said: Iterable[tuple[tuple[str, float], ...]]) -> np.ndarray:
    """The part that each fund is said to give, float64 [., len(FUNDS)]: 0 where it is only named, else NaN."""
    rows = list(said)
    out = np.full((len(rows), len(FUNDS)), np.nan)
    for row, shares in enumerate(rows):
        for fund, part in shares:
            out[row, FUNDS.index(fund)] = part
    return out


_NAME_COLUMNS: dict[str, type] = {
    "objects": np.int64, "families": np.int64, "beyond_hamlet": np.int8, "recipient": np.int32, "size_m": np.float64,
    "marked": np.int32, "stated": np.int32,
    "work": np.int8, "rt": np.int64, "rw": np.int64, "hamlet": np.int32, "water": np.int32, "sta_from": np.float64,
    "sta_to": np.float64, "phase": np.int16, "continued": bool, "side": np.int8, "stream": np.int8, "says": np.int8}


class _Ids(dict):
    """Numbers words in the order in which they come; of more than `most` the rest have no bit in a mask."""

    def __init__(self, most: int = 1 << 31) -> None:
        self.most = most

    def __missing__(self, word: Hashable) -> int:
        self[word] = len(self)
        return len(self) - 1

    def mask(self, words: Iterable[str]) -> int:
        return sum([1 << self[word] for word in words if word in self or len(self) < self.most])


@lru_cache(maxsize=10_000)
def _things(objects: tuple[str, ...]) -> tuple[tuple[str, ...], int]:
    """The specific objects among a name's, and the families (bits) of these, else of all."""
    specific = tuple(word for word in objects if word not in name_words.GENERIC)
    return specific, sum({FAMILIES[name_words.OBJECTS[word]] for word in specific or objects})
