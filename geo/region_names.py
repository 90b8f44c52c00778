"""Names of regions for comparing: titles, blanks, marks, numerals and typing mistakes set aside.

Which names are meant is decided by `geo.regions`; a name alone is no key, as villages share names.
"""

import re
from collections.abc import Collection
from typing import NamedTuple

from rapidfuzz import process
from rapidfuzz.distance import DamerauLevenshtein

_TITLES = re.compile(
    r"^(?:(?:pemerintah|pemdes|pemkab|pemkot|desa|ds|dsa|kelurahan|kel|kecamatan|kec|kabupaten|kab|kota|lurah|village|"
    r"district|regency)\b\.?\s*)+")
_ROMAN = {"i": "1", "ii": "2", "iii": "3", "iv": "4", "v": "5", "vi": "6", "vii": "7", "viii": "8", "ix": "9",
          "x": "10"}
_DISTRICT = re.compile(r"^(.*?)[\s,;/(\-]+(?:kecamatan|kec)\b\.?\s*([^,;/()]+)(?:[,;/()].*)?$", re.IGNORECASE)
_REGENCY = re.compile(r"[\s,;/(\-]+(?:kabupaten|kab)\b\.?\s*[^,;/()]+\)?\s*$", re.IGNORECASE)
_NUMBERED = re.compile(r"^\W*\d[\d.\s]{3,}\W*(?=[a-z])", re.IGNORECASE)
ONE_MISTAKE, TWO_MISTAKES = 5, 9
"""Letters a name must have before one, and before two, of them may be wrong."""


class Named(NamedTuple):
    """A village's name and the district that the same cell names, None where it names none."""

    village: str
    district: str | None


def plain_name(name: str) -> str:
    """A region's name for comparing: lower case, without title, blanks and marks, numerals as digits.

    >>> plain_name("Ds. Sumber Agung"), plain_name("SUMBERAGUNG"), plain_name("Kel. Kebalenan II")
    ('sumberagung', 'sumberagung', 'kebalenan2')
    """
    text = " ".join(re.sub(r"[^a-z0-9.]+", " ", name.lower()).split())
    short = _TITLES.sub("", text)
    words = (short or text).replace(".", " ").split()
    if len(words) > 1:
        words[1:] = [_ROMAN.get(word, word.lstrip("0") if word.isdigit() else word) for word in words[1:]]
    return "".join(words)


def parted(text: str) -> Named:
    """The village and the district that one cell names, without a code before them.

    >>> parted("35.10.01.2001 Sarongan, Kec. Pesanggaran")
    Named(village='Sarongan', district='Pesanggaran')
    """
    text = _REGENCY.sub("", _NUMBERED.sub("", text.strip()))
    found = _DISTRICT.match(text)
    return Named(found[1].strip(), found[2].strip()) if found and found[1].strip() else Named(text.strip(), None)


_HAMLET = re.compile(r"^\W*(?:dusun|dsn|dukuh|dkh|lingkungan|lingk?|kampung|kp|rt\b[\s./\drw]*)\b\W*", re.IGNORECASE)
_PARTS = re.compile(r"\s*[,;/()\[\]|\n]\s*|\s+[-–—]\s+|\s+(?:dan|&)\s+", re.IGNORECASE)


def pieces(text: str) -> list[str]:
    """What a cell names one after the other, without a code and the regency: a village, its district, another village.

    >>> pieces("Kemiren, Glagah"), pieces("DESA KEMIREN (GLAGAH)"), pieces("Kemiren/Tapanrejo")
    (['Kemiren', 'Glagah'], ['DESA KEMIREN', 'GLAGAH'], ['Kemiren', 'Tapanrejo'])
    """
    text = _REGENCY.sub("", _NUMBERED.sub("", text.strip()))
    return [piece for piece in _PARTS.split(text) if plain_name(piece)]


def names_several(text: str) -> bool:
    """Whether names are listed side by side, not one after what holds it: "Kemiren/Tapanrejo"."""
    return bool(re.search(r"[/&|]|\bdan\b", text, re.IGNORECASE))


def endings(text: str) -> list[str]:
    """What a village may be called that stands behind its hamlet, the longest first; [] where no hamlet is named.

    >>> endings("Dsn Krajan Kemiren")
    ['Krajan Kemiren', 'Kemiren']
    """
    found = _HAMLET.match(text)
    if not found:
        return []
    words = text[found.end():].split()
    return [" ".join(words[place:]) for place in range(len(words))]


def mistakes_allowed(name: str) -> int:
    """How many letters of a plain name may be wrong: none in a short one, two in a long one."""
    return 0 if len(name) < ONE_MISTAKE else 1 if len(name) < TWO_MISTAKES else 2


def nearest(wanted: str, names: Collection[str]) -> list[str]:
    """The names with the fewest wrong letters, within what the length allows; [] where none is near."""
    allowed = mistakes_allowed(wanted)
    if not allowed:
        return []
    near = process.extract(wanted, list(names), scorer=DamerauLevenshtein.distance, score_cutoff=allowed,
                           limit=None)
    fewest = min((distance for _, distance, _ in near), default=0)
    return sorted(name for name, distance, _ in near if distance == fewest)


def alike(left: str, right: str) -> bool:
    """Whether two plain names are one, allowing what a hurried hand gets wrong."""
    return left == right or (
        DamerauLevenshtein.distance(left, right) <= min(mistakes_allowed(left), mistakes_allowed(right)))
