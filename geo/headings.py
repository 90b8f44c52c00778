"""What a heading says by its words alone: synonyms of `geo.schema`, misspellings, units in brackets."""

import re
from decimal import Decimal
from functools import cache, lru_cache
from typing import NamedTuple

from rapidfuzz import fuzz, process

from geo.schema import COLUMNS
from geo.sentences import LANGUAGES, words

EXACT, CUT, SPELLING, WITHIN = 100.0, 92.0, 84.0, 66.0
ENOUGH = 60.0
DBF_LENGTH = 10
ALONE = frozenset({
    "jumlah", "nilai", "harga", "dana", "sumber", "nama", "paket", "kode", "status", "type", "unit", "gps",
    "titik", "kota", "region", "region code", "project", "work", "name", "title", "mulai", "selesai",
    "start", "tahap", "tahapan", "volume", "amount", "stage", "place", "contract", "location",
    "village", "district", "code", "fund", "category", "usulan", "satuan", "panjang", "length", "dukuh",
    "kegiatan",
})
"""Words that name a column only when nothing else stands in the heading: "jumlah lubang" is no money."""
LEAST_ALIKE = 88  # below it, "lebar" begins to pass for "lembar"


class Claim(NamedTuple):
    """How well a heading names a column of the schema: `how` is name | spelling."""

    meaning: str
    score: float
    how: str


@lru_cache(maxsize=10_000)
def plain(heading: str) -> str:
    """A heading in lower case without marks, brackets and doubled blanks.

    >>> plain("NAMA_KEGIATAN (Rp)"), plain("NamaKegiatan"), plain("Desa/Kelurahan")
    ('nama kegiatan', 'nama kegiatan', 'desa kelurahan')
    """
    text = re.sub(r"(?<=[a-z])(?=[A-Z])", " ", heading)
    text = re.sub(r"\([^)]*\)|\[[^\]]*\]", " ", text) if re.search(r"[A-Za-z].*[(\[]", text) else text
    text = re.sub(r"[^a-z0-9]+", " ", text.lower()).strip()
    return re.sub(r"^(?:no|nomor) urut$", "no", text)


@cache
def _synonyms() -> dict[str, list[tuple[str, int]]]:
    """Synonym -> the columns it may mean, each with its place in that column's list."""
    meanings: dict[str, list[tuple[str, int]]] = {}
    for column in COLUMNS:
        labels = [words(language)[f"column.{column.name}"] for language in LANGUAGES]
        for place, synonym in enumerate((column.name.replace("_", " "), *labels, *column.synonyms)):
            named = meanings.setdefault(plain(synonym), [])
            if column.name not in (name for name, _ in named):
                named.append((column.name, place))
    return meanings


@lru_cache(maxsize=10_000)
def claims(heading: str) -> tuple[Claim, ...]:
    """Every column a heading may name, best first; () where it names none."""
    text = plain(heading)
    if not text:
        return ()
    found: dict[str, Claim] = {}

    def claim(synonym: str, score: float, how: str) -> None:
        for name, place in _synonyms()[synonym]:
            made = Claim(name, score - min(place, 20) * 0.2, how)
            if name not in found or found[name].score < made.score:
                found[name] = made

    if text in _synonyms():
        claim(text, EXACT, "name")
    elif len(heading.strip()) == DBF_LENGTH:  # Shapefiles cut headings after ten characters
        for synonym in _synonyms():
            if synonym.startswith(text):
                claim(synonym, CUT, "name")
    for synonym in _synonyms():
        if synonym != text and len(synonym) > 3 and synonym not in ALONE and re.search(rf"\b{synonym}\b", text):
            claim(synonym, WITHIN + min(len(synonym), 20) * 0.5, "name")
        elif synonym != text and len(synonym) <= 3 and text.startswith(f"{synonym} ") and synonym in ("lat", "lng"):
            claim(synonym, WITHIN, "name")
    if len(text) >= 5 and not any(one.score >= SPELLING for one in found.values()):
        near = process.extract(text, _synonyms().keys(), scorer=fuzz.ratio, score_cutoff=LEAST_ALIKE, limit=3)
        for synonym, alike, _ in near:
            if synonym[0] == text[0] and len(synonym) >= 5:
                claim(synonym, SPELLING - (100 - alike) / 2, "spelling")
    return tuple(sorted(found.values(), key=lambda one: -one.score))


def unit(heading: str) -> Decimal:
    """The factor that a heading of money states: "(Rp juta)" and "dalam jutaan" are 1,000,000; else 1."""
    text = heading.lower()
    for scale, factor in ((r"juta(?:an)?|000[.,]000", 1_000_000), (r"ribu(?:an)?|[.,x(\s]1?[.,]?000\b", 1_000),
                          (r"mil[iy]ar", 1_000_000_000)):
        if re.search(rf"(?:[(\[/]|\bdalam\b|\brp\.?\b).*?(?:{scale})", text):
            return Decimal(factor)
    return Decimal(1)
