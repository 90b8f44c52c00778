"""What a heading says by its words alone: synonyms of `geo.schema`, misspellings, axes, units in brackets."""

import re
from decimal import Decimal
from functools import cache, lru_cache
from typing import NamedTuple

from rapidfuzz import fuzz, process

from geo.schema import COLUMNS
from geo.sentences import LANGUAGES, words

EXACT, AXIS, CUT, SPELLING, WITHIN = 100.0, 96.0, 92.0, 84.0, 66.0
ENOUGH = 60.0
DBF_LENGTH = 10
ALONE = frozenset({
    "jumlah", "nilai", "harga", "dana", "sumber", "nama", "paket", "kode", "status", "type", "unit", "gps",
    "titik", "kota", "region", "region code", "project", "work", "name", "title", "mulai", "selesai",
    "start", "tahap", "tahapan", "volume", "amount", "stage", "place", "contract", "location",
    "village", "district", "code", "fund", "category", "usulan", "satuan", "panjang", "length", "dukuh",
    "kegiatan", "judul", "city", "kampung", "blok", "tempat", "luas", "ukuran", "shape", "posisi", "maps", "street",
    "sector", "donor", "funding", "besaran", "perusahaan", "pemenang", "persentase", "beneficiary", "lingkungan",
    "infrastruktur", "vendor", "supplier", "quantity", "kuantitas", "dimensi", "pembiayaan", "progress", "progres",
    "setelah perubahan", "desa", "kelurahan", "coordinate", "coordinates", "koordinat", "kordinat",
})
"""Words that name a column only when nothing else stands in the heading: "jumlah lubang" is no money."""
LEAST_ALIKE = 88  # below it, "lebar" begins to pass for "lembar"
LONGEST_SYNONYM = 5  # words

LAT_WORDS = frozenset({
    "lat", "latitude", "lattitude", "latitud", "lintang", "lintng", "ls", "y", "ycoord", "northing", "northings",
})
LON_WORDS = frozenset({
    "lon", "long", "lng", "longitude", "longtitude", "longitud", "bujur", "bjur", "bt", "x", "xcoord", "easting",
    "eastings",
})
METRE_WORDS = frozenset({"utm", "m", "meter", "metre", "metres", "meters", "tm", "proyeksi", "mercator", "zona",
                         "zone"})
"""Beside a lone x, y, e, n, timur or utara these say that it is an axis in metres; "batas utara" is none."""
METRE_LAT, METRE_LON = frozenset({"utara", "n", "mn", "mu", "y"}), frozenset({"timur", "e", "me", "mt", "x"})
START_WORDS = frozenset({
    "awal", "mulai", "start", "pangkal", "from", "begin", "dari", "pertama", "sta1", "titik1", "1",
})
END_WORDS = frozenset({
    "akhir", "ujung", "end", "finish", "selesai", "to", "sampai", "terakhir", "kedua", "2",
})
HEIGHT_WORDS = frozenset({
    "altitude", "alt", "elevasi", "elevation", "ketinggian", "tinggi", "z",
})
BESIDE_AXES = frozenset({
    "koordinat", "kordinat", "kordinate", "koord", "coord", "coordinate", "coordinates", "titik", "gps",
    "lokasi", "location", "garis", "derajat", "desimal", "decimal", "degree", "degrees", "deg", "dd", "dms",
    "wgs", "84", "wgs84", "timur", "selatan", "geo", "posisi", "point", "geopoint", "peta", "map", "pusat",
    "center", "centre", "centroid", "google", "maps", "kegiatan", "pekerjaan", "proyek", "project", "site",
    "jalan", "ruas", "dan", "and", "of", "s", "e", "n", "format",
})
NUMBERED = re.compile(r"(?:kode|kd|id|no|nomor|nik|nip|code)\b.*|.*\b(?:id|no|nomor|number|code|kode)")
"""Headings of numbers and codes, whatever they number: never the name of a work."""
FORM_COLUMNS = frozenset({
    "start", "end", "today", "deviceid", "device id", "simserial", "phonenumber", "username", "starttime", "endtime",
    "submission date", "submission time", "audit", "version", "index", "start time", "end time",
})
"""What a phone's form keeps about itself: when it was filled in is not when a road was built."""


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
    if not text or len(text) > 300:
        return ()
    if re.search(r"\bbps\b", text):
        return ()  # codes of the statistics office are other codes
    found: dict[str, Claim] = {}

    def claim(synonym: str, score: float, how: str) -> None:
        for name, place in _synonyms()[synonym]:
            made = Claim(name, score - min(place, 20) * 0.2, how)
            if name not in found or found[name].score < made.score:
                found[name] = made

    axis = axis_of(heading)
    if axis:
        found[axis[0]] = Claim(axis[0], axis[1], "name")
    if text in _synonyms() and not (axis and axis[1] >= AXIS):
        claim(text, EXACT, "name")
    elif len(heading.strip()) == DBF_LENGTH:  # Shapefiles cut headings after ten characters
        for synonym in _synonyms():
            if synonym.startswith(text):
                claim(synonym, CUT, "name")
    if axis is None:
        for synonym in _within(text):
            claim(synonym, WITHIN + min(len(synonym), 20) * 0.5, "name")
    if len(text) >= 5 and not any(one.score >= SPELLING for one in found.values()):
        near = process.extract(text, _synonyms().keys(), scorer=fuzz.ratio, score_cutoff=LEAST_ALIKE, limit=3)
        for synonym, alike, _ in near:
            if synonym[0] == text[0] and len(synonym) >= 5:
                claim(synonym, SPELLING - (100 - alike) / 2, "spelling")
    if not any(one.score >= SPELLING for one in found.values()):
        for name, one in ((one.meaning, one) for one in _of_question(heading)):
            if name not in found or found[name].score < one.score:
                found[name] = one
    if "name" in found and found["name"].score < SPELLING and NUMBERED.fullmatch(text):
        del found["name"]
    return tuple(sorted(found.values(), key=lambda one: -one.score))


def _within(text: str) -> list[str]:
    """The synonyms among the words of a heading; one that is part of a longer one ("biaya" of "sumber biaya") and
    one that means something only when it stands alone are left out."""
    said = text.split()[:30]
    runs = sorted((first - last, first, last) for first in range(len(said))
                  for last in range(first + 1, min(len(said), first + LONGEST_SYNONYM) + 1))
    covered: set[int] = set()
    found = []
    for _, first, last in runs:
        synonym = " ".join(said[first:last])
        if synonym == text or synonym not in _synonyms() or covered >= set(range(first, last)):
            continue
        covered |= set(range(first, last))
        if len(synonym) > 3 and synonym not in ALONE:
            found.append(synonym)
    return found


def _of_question(heading: str) -> tuple[Claim, ...]:
    """`group/village` of a phone's form is headed by its last word; `fund/DD` beside `fund` is one of its choices."""
    found = re.fullmatch(r"[\w\-.]+(?:[/:][\w\-.]+)*[/:]([a-z][\w\-.]*)", heading.strip())
    if not found:
        return ()
    return tuple(Claim(one.meaning, one.score - 4, one.how) for one in claims(found[1]) if one.score > WITHIN + 5)


@lru_cache(maxsize=10_000)
def axis_of(heading: str) -> tuple[str, float] | None:
    """The column of coordinates a heading names, and how surely: both ends of a road in any order of words.

    >>> axis_of("Koordinat Awal - X"), axis_of("titik_akhir (Lintang)"), axis_of("lat2"), axis_of("location-Latitude")
    (('lon', 96.0), ('end_lat', 96.0), ('end_lat', 96.0), ('lat', 96.0))
    """
    text = re.sub(r"(?<=[a-z])(?=[A-Z])", " ", heading[:200]).lower()
    said = re.findall(r"[a-z]+|\d+", text)
    if metres := _axis_in_metres(said):
        return metres
    lat, lon = bool(LAT_WORDS & set(said)), bool(LON_WORDS & set(said))
    if lat == lon or HEIGHT_WORDS & set(said):
        return None
    axes = LAT_WORDS if lat else LON_WORDS
    ends = set(said) & END_WORDS
    starts = set(said) & START_WORDS
    name = ("end_" if ends and not starts else "") + ("lat" if lat else "lon")
    others = [word for word in said if word not in axes | BESIDE_AXES | START_WORDS | END_WORDS]
    if not others and not (ends and starts):
        return name, AXIS
    # an unknown word is a question's or a group's name; before a lone letter it may mean anything
    if (len(said[-1]) >= 3 and said[-1] in axes) or said[0] in (
            "lat", "lng", "latitude", "longitude", "lintang", "bujur"):
        return name, WITHIN + 8
    return None


def _axis_in_metres(said: list[str]) -> tuple[str, float] | None:
    """The axis of "UTM X", "X (m)", "Timur (m)", "utara meter", "Northing UTM 50S"."""
    words = {word for word in said if not word.isdigit()}
    axes = (METRE_LAT | METRE_LON | {"easting", "northing"}) & words
    others = words - axes - METRE_WORDS - BESIDE_AXES - START_WORDS - END_WORDS
    if len(axes) != 1 or others or not METRE_WORDS & words:
        return None
    name = "lat" if axes & METRE_LAT or "northing" in axes else "lon"
    return ("end_" if words & END_WORDS and not words & START_WORDS else "") + name, AXIS


def unit(heading: str) -> Decimal:
    """The factor that a heading of money states: "(Rp juta)" and "dalam jutaan" are 1,000,000; else 1."""
    text = heading.lower()
    for scale, factor in ((r"juta(?:an)?|millions?|000[.,]000", 1_000_000),
                          (r"ribu(?:an)?|thousands?|[.,x(\s]1?[.,]?000\b", 1_000),
                          (r"mil[iy]ar(?:an)?|billions?", 1_000_000_000)):
        if re.search(rf"(?:[(\[/]|\b(?:dalam|in)\b|\b(?:rp|idr)\.?(?![a-z])).*?(?:{scale})", text):
            return Decimal(factor)
    return Decimal(1)
