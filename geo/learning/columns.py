"""What the columns of a table of pairs are: name, place, other texts, categories and numbers."""

import re
from collections.abc import Mapping, Sequence
from dataclasses import dataclass

import numpy as np
import pandas as pd
import shapely
from numpy.typing import NDArray

from geo.errors import ColumnsUnknown

NAME, PLACE, TEXT, CATEGORY, NUMBER = "name", "place", "text", "category", "number"
KINDS = (NAME, PLACE, TEXT, CATEGORY, NUMBER)
NAMES = ("name", "nama", "title", "judul")
LONS = ("lon", "long", "lng", "longitude", "bujur", "x")
LATS = ("lat", "latitude", "lintang", "y")
WKTS = ("wkt", "geometry", "geom")
UNKNOWN = frozenset({"", "null", "none", "nan", "n/a", "na", "-"})
"""What stands for "not known"."""
MOST_CATEGORIES = 60
NUMERIC_FROM = 0.98
_NUMBER = re.compile(r"[+-]?(\d{1,15}(\.\d*)?|\.\d+)([eE][+-]?\d{1,2})?")


@dataclass(frozen=True, slots=True)
class Column:
    """One thing that both records may say: `name` as it stands before `_1` and `_2`, and its kind."""

    name: str
    kind: str


@dataclass(frozen=True, slots=True)
class Side:
    """One record of each of n pairs: texts as typed ('' not known) by column, and where (NaN not known)."""

    texts: Mapping[str, list[str]]
    lon: NDArray[np.float64]
    lat: NDArray[np.float64]


@dataclass(frozen=True, slots=True)
class Pairs:
    """n pairs: two aligned sides."""

    left: Side
    right: Side

    def __len__(self) -> int:
        return len(self.left.lon)

    def placed(self) -> bool:
        """Whether any pair has both places."""
        return bool((~np.isnan(self.left.lon + self.right.lon)).any())

    def swapped(self) -> "Pairs":
        return Pairs(self.right, self.left)


def shared(headings: Sequence[str]) -> list[str]:
    """What stands before `_1` and `_2`, in order; ids left out."""
    there = set(headings)
    stems = [heading[:-2] for heading in headings if heading.endswith("_1")]
    return [stem for stem in stems if stem and f"{stem}_2" in there and not _is_id(stem)]


def _is_id(stem: str) -> bool:
    return stem.casefold() == "id" or stem.casefold().startswith("id_")


def sides(table: pd.DataFrame) -> Pairs:
    """The two sides of a table of pairs, all of whose cells are text. Raises ColumnsUnknown when nothing is shared."""
    stems = shared(list(table.columns))
    if not stems:
        raise ColumnsUnknown("pairs.nothing_shared", names=", ".join(map(str, table.columns[:12])))
    role = {part: next((stem for stem in stems if stem.casefold() in names), "")
            for part, names in ((NAME, NAMES), ("lon", LONS), ("lat", LATS), ("wkt", WKTS))}
    if not (role["lon"] and role["lat"]):
        role["lon"] = role["lat"] = ""
    left, right = (_side(table, stems, role, number) for number in (1, 2))
    return Pairs(left, right)


def joined(several: Sequence[Pairs]) -> Pairs:
    """Pairs of several tables under each other; what a table does not have is not known there."""
    def one(parts: Sequence[Side]) -> Side:
        names = dict.fromkeys(name for part in parts for name in part.texts)
        texts = {name: [text for part in parts for text in part.texts.get(name, [""] * len(part.lon))]
                 for name in names}
        return Side(texts, np.concatenate([part.lon for part in parts]), np.concatenate([part.lat for part in parts]))
    return Pairs(one([pairs.left for pairs in several]), one([pairs.right for pairs in several]))


def _side(table: pd.DataFrame, stems: list[str], role: Mapping[str, str], number: int) -> Side:
    def cells(stem: str) -> list[str]:
        return cleaned(table[f"{stem}_{number}"])
    placing = {role["lon"], role["lat"], role["wkt"]}
    texts = {NAME if stem == role[NAME] else stem: cells(stem)
             for stem in stems if stem not in placing and (stem != NAME or role[NAME] == NAME)}
    lon, lat = (numbers(cells(role[one])) if role[one] else np.full(len(table), np.nan) for one in ("lon", "lat"))
    if role["wkt"]:
        centre = shapely.centroid(shapely.from_wkt(np.array(cells(role["wkt"]), object), on_invalid="ignore"))
        lon, lat = (np.where(np.isnan(there), read(centre), there)
                    for there, read in ((lon, shapely.get_x), (lat, shapely.get_y)))
    known = (np.abs(lon) <= 180) & (np.abs(lat) <= 90)
    return Side(texts, np.where(known, lon, np.nan), np.where(known, lat, np.nan))


def cleaned(cells: pd.Series) -> list[str]:
    """Texts without blanks around them; what stands for "not known" becomes ''."""
    texts = (str(cell).strip() for cell in cells.fillna(""))
    return ["" if text.casefold() in UNKNOWN else text for text in texts]


def numbers(texts: Sequence[str]) -> NDArray[np.float64]:
    """Plain decimal numbers; NaN for anything else."""
    return np.array([float(text) if _NUMBER.fullmatch(text) else np.nan for text in texts], np.float64)


def understood(pairs: Pairs) -> tuple[Column, ...]:
    """The kind of each column, judged by what stands in it."""
    found = []
    if pairs.placed():
        found.append(Column(PLACE, PLACE))
    for name, left in pairs.left.texts.items():
        known = [text for text in (*left, *pairs.right.texts[name]) if text]
        if known:
            found.append(Column(name, _kind(name, known)))
    return tuple(found)


def _kind(name: str, known: list[str]) -> str:
    if name == NAME:
        return NAME
    if np.mean(~np.isnan(numbers(known))) >= NUMERIC_FROM:
        return NUMBER
    different = len({text.casefold() for text in known})
    return CATEGORY if different <= min(MOST_CATEGORIES, len(known) / 10) else TEXT
