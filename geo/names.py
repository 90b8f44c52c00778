"""A work's name -> words and facts.

People write one work as "Pemb. Rabat Jl. Lingk. Krajan RT.02/01" and as "Betonisasi jalan lingkungan Dusun
Krajan RT 002 RW 001 (lanjutan)". `read` expands the vocabulary of `geo.name_words` and takes out what is a fact rather
than a word: RT and RW, hamlet, stations, numbers of points and sections, phase, side. What is left are words of
the work (a verb), of the object and of the place, kept apart because they do not say the same thing.
"""

import re
import unicodedata
from collections.abc import Iterable, Sequence
from dataclasses import dataclass, field
from functools import lru_cache

from rapidfuzz.distance import OSA
from rapidfuzz.process import extractOne

from geo import name_gates as gates
from geo import name_words as words

UPSTREAM, DOWNSTREAM = "upstream", "downstream"
LEFT, RIGHT = "left", "right"


@dataclass(frozen=True, slots=True)
class Name:
    """What a name says. Every collection is a sorted tuple, so that equal names are equal values."""

    work: tuple[str, ...] = ()
    objects: tuple[str, ...] = ()
    places: tuple[str, ...] = ()
    rt: frozenset[int] = frozenset()
    rw: frozenset[int] = frozenset()
    hamlet: str | None = None
    water: str | None = None  # the river or creek
    sta: tuple[float, float] | None = None  # metres along the line
    marks: tuple[tuple[str, str], ...] = ()  # (what is numbered, its number or letter)
    phase: int | None = None
    continued: bool = False
    side: str | None = None
    stream: str | None = None
    size_m: float | None = None  # the length a name states, else its largest measure
    recipient: tuple[str, ...] = ()
    says: frozenset[str] = field(default_factory=frozenset)  # maintenance, carried, shared, spread

    @property
    def key(self) -> str:
        """The words in a fixed order: two spellings of one name have one key."""
        return " ".join((*self.objects, *self.places))


_NUMBER = r"(?:no\.?\s*)?0*(\d{1,3})"
_RT_RW_SLASH = re.compile(r"\brt\.?\s*0*(\d{1,3})\s*/\s*(?:rw\.?\s*)?0*(\d{1,3})\b")
_RT = re.compile(r"\brt\.?\s*((?:0*\d{1,3})(?:\s*(?:,|&|dan|-|s/d|sd|/)\s*(?:rt\.?\s*)?0*\d{1,3})*)\b")
_RW = re.compile(r"\brw\.?\s*((?:0*\d{1,3})(?:\s*(?:,|&|dan|-|s/d|sd)\s*(?:rw\.?\s*)?0*\d{1,3})*)\b")
_STATION = r"\(?-?\)?\s*(\d{1,4})\s*[+]\s*(\d{1,3}(?:\.\d+)?)"
_STA_RANGE = re.compile(
    rf"(?:\bsta(?:tion)?s?\b\.?\s*:?\s*)?{_STATION}\s*(?:-|–|—|to|s/d|sd|sampai|hingga)+\s*"
    rf"(?:sta(?:tion)?\b\.?\s*)?{_STATION}"
)
_STA_PLAIN = re.compile(r"\bsta\b\.?\s*(\d{1,5})\s*(?:-|–|to|s/d|sd)\s*(?:sta\.?\s*)?(\d{1,5})\b")
_STA_ONE = re.compile(rf"\bsta(?:tion)?\b\.?\s*{_STATION}")
_SIZE = re.compile(
    r"\b(?:p|l|t|pjg|lbr|panjang|lebar|tebal|tinggi|vol|volume)\s*[.=:]?\s*\d+(?:[.,]\d+)?\s*(?:m[23²³']?|cm)?\b"
    r"|\b\d+(?:[.,]\d+)?\s*(?:m[123²³']?|meter|mtr|cm|ha|km|l\.?m\.?|lin\.? ?m)\b(?!\w)"
    r"|\b\d+(?:[.,]\d+)?\s*x\s*\d+(?:[.,]\d+)?(?:\s*x\s*\d+(?:[.,]\d+)?)?(?:\s*m\b)?"
    r"|\b\d+\s*(?:unit|titik|ttk|paket|pkt|buah|rumah|kk|ls)\b"
)
_COUNT = re.compile(r"unit|titik|ttk|paket|pkt|buah|rumah|kk|ls|km|ha")
_PHASE = re.compile(
    r"\b(?:tahap|thp|tahapan|phase|ph|termin)\b\.?\s*(?:ke\s*-?\s*)?(\d{1,2}|[ivx]{1,5}|[a-d])\b"
    r"|\b(\d{1,2})(?:st|nd|rd|th)\s+phase\b"
)
_CONTINUED = re.compile(r"\b(?:ke)?lanjutan\b|\blanj\b|\bljtn\b|\bcontinuation\b|\bcont\b\.?\s+of\b|\bcompletion of\b")
_MARK = re.compile(
    r"\b(titik|ttk|lampu|tiang|unit|lot|blok|block|gang|gg|ruas|segmen|seg|section|sec|seksi|jalur|paket|package|"
    r"pkg|abutment|abut|kavling|rumah|km|line|barangay|brgy|zone|purok|pk|dusun|dsn|lingkungan|lingk|no|nomor|"
    r"poblacion|district)\b"
    r"\.?\s*(?:no\b\.?\s*|nomor\s*|ke\s*-\s*)?[\"“'-]{0,2}0*(\d{1,4}(?:\.\d+|[a-h])?|[ivx]{1,4}|[a-h])[\"”']{0,2}(?![\w'])"
)
_NUMBERED = {
    "ttk": "titik", "block": "blok", "gg": "gang", "segmen": "ruas", "seg": "ruas", "section": "ruas",
    "sec": "ruas", "seksi": "ruas", "pkg": "paket", "package": "paket", "abut": "abutment", "brgy": "barangay",
    "lampu": "titik", "nomor": "no", "dsn": "dusun", "lingk": "lingkungan", "tiang": "titik",
}
_HAMLET = re.compile(
    r"(?<!jl )(?<!jl\. )(?<!jln )(?<!jln\. )(?<!jalan )"
    r"\b(?:dusun|dsn|dukuh|kampung|kp|kamp|lingkungan|lingk|ling|sitio|purok)\b\.?\s+"
    r"(?!(?:rt|rw|desa|dan|di|kec|kecamatan|jalan|menuju|dusun|dsn|dukuh|lingkungan|lingk|ling|kampung|kp|"
    r"gang|panjang|pjg|vol|yang)\b)([a-z]{3,})"
)
_BARANGAY = re.compile(r"\b(?:barangay|brgy|bgy)\b\.?\s+([a-z0-9. ]+?)\s*(?=[,;()/&-]|\bto\b|\band\b|\bsta\b|$)")
_WATER = re.compile(r"\b(?:kali|sungai|estero(?: de| dela?)?)\s+(?!(?:di|rt|rw|dusun|dsn|desa|jl|irigasi)\b)([a-z]{3,})"
                    r"|\b([a-z]{3,})\s+(?:river|creek)\b")
_BOTH = re.compile(r"\b(?:kiri|left)\s*(?:dan|and|&|-|/|\s)\s*(?:kanan|right)\b|\bboth\s+(?:side|bank|stream)s?\b|"
                   r"\bkanan\s*(?:dan|&|-|/)\s*kiri\b|\bright\s*(?:and|&|/)\s*left\b|"
                   r"\b(?:hulu|upstream)\s*(?:dan|and|&|/)\s*(?:hilir|downstream)\b")
_LEFT = re.compile(r"\b(?:sisi\s+|sebelah\s+)?kiri\b|\bleft\s*(?:side|bank|hand)?\b|\((?:ls|lb)\)|\b(?:l/s|l/b|lhs)\b")
_RIGHT = re.compile(r"\b(?:sisi\s+|sebelah\s+)?kanan\b|\bright\s*(?:side|bank|hand)?\b|\((?:rs|rb)\)|"
                    r"\b(?:r/s|r/b|rhs)\b")
_COMPASS = re.compile(r"\b(?:sisi|sebelah)\s+(utara|selatan|timur|barat)\b|"
                      r"\b(north|south|east|west)(?:ern)?\s*(?:side|bank)\b")
_UP = re.compile(r"\bhulu\b|\bup\s*-?\s*stream\b|\bu/s\b")
_DOWN = re.compile(r"\bhilir\b|\bdow?n?\s*-?\s*stream\b|\bd/s\b")
_SAYS = {
    "carried": re.compile(r"\bdpal\b|\bluncuran\b|\bsilpa\b|\bcarry\s*-?\s*over\b|\bmyca\b|\bmulti\s*-?\s*years?\b|"
                          r"\bmultiyears?\b|\btahun jamak\b"),
    "shared": re.compile(r"\bsharing\b|\bpendamping(?:an)?\b|\bgotong\s*-?\s*royong\b|\bcost\s*-?\s*sharing\b|"
                         r"\bdana bersama\b|\bcounterpart\b|\bbersama\s+(?:dana|add|dd)\b|\bpatungan\b"),
    "spread": re.compile(r"\btersebar\b|\bvarious\b"),
}
_RECIPIENT = re.compile(
    r"\b(?:an|a\.n|a/n|atas nama|milik|penerima|kpm|bpk|bapak|ibu|pak|bu|sdr|sdri|alm)\b\.?\s*:?\s*"
    r"(?!(?:desa|warga|umum|masyarakat|pemdes|hamil|pkk|dan|rumah)\b)"
    r"((?:(?!(?:rt|rw|dusun|dsn|di|desa|ds|jl|jln|jalan|gang|gg|lingk|lingkungan|kp|blok|alamat|kec)\b)[a-z']+\.?\s*){1,4})"
)
_ROMAN = {"i": 1, "v": 5, "x": 10}
_COMPASS_SIDE = {"utara": "north", "selatan": "south", "timur": "east", "barat": "west"}
_TOKEN = re.compile(r"[a-z]+|\d+")
_DIGIT = re.compile(r"\d")
_LONG_WORD = re.compile(r"[a-z]{6,}")
_MARKS_OFF = str.maketrans({"“": '"', "”": '"', "’": "'", "‘": "'", "–": "-", "—": "-"})


def plain(text: str) -> str:
    """Lower case, without accents, one blank between words."""
    if text.isascii():
        return " ".join(text.lower().split())
    text = unicodedata.normalize("NFKD", text.translate(_MARKS_OFF)).encode("ascii", "ignore").decode().lower()
    return " ".join(text.split())


def number(text: str) -> int | None:
    """'02' -> 2, 'iv' -> 4, 'b' -> 2 (a lettered phase); None when it is none of these."""
    if text.isdigit():
        return int(text)
    if set(text) <= set("ivx"):
        total, last = 0, 0
        for letter in reversed(text):
            value = _ROMAN[letter]
            total, last = (total - value, last) if value < last else (total + value, value)
        return total
    return ord(text) - 96 if len(text) == 1 and "a" <= text <= "z" else None


@lru_cache(maxsize=200_000)
def read(text: str, place: str = "") -> Name:
    """What a name says, its place column read with it: half the sheets keep the hamlet in the one, half in the other.

    >>> read("Pemb. Rabat Jl. Lingk. Krajan RT.02/01 Thp II").objects
    ('jalan', 'rabat')
    """
    rest = plain(f"{text or ''} ; {place or ''}")
    facts: dict[str, object] = {}
    says: set[str] = set()
    opened = gates.opened_by(rest.split(" "))
    if opened & gates.SAYS:
        says = {what for what, pattern in _SAYS.items() if pattern.search(rest)}
    if opened & gates.STATION or "+" in rest:
        rest = _take_stations(rest, facts)
    if opened & gates.RECIPIENT:
        rest = _take_recipient(rest, facts)
    if opened & gates.RT:
        rest = _take_neighbourhood(rest, facts)
    if opened & gates.PHASE:
        rest = _take_phase(rest, facts)
    if opened & gates.SIDE:
        rest = _take_side(rest, facts)
    if _DIGIT.search(rest):
        rest = _take_size(rest, facts)
    if opened & (gates.HAMLET | gates.BARANGAY):
        facts["hamlet"] = _hamlet(rest)
    if opened & gates.WATER and len(waters := {one or other for one, other in _WATER.findall(rest)}) == 1:
        facts["water"] = waters.pop()
    marks: dict[str, str] = {}
    if opened & gates.MARK:
        rest = _take_marks(rest, marks)
    work, objects, places = _words(rest)
    if "pemeliharaan" in work and len(work) == 1:
        says.add("maintenance")
    return Name(work, objects, places, marks=tuple(sorted(marks.items())), says=frozenset(says), **facts)


def _take_marks(rest: str, marks: dict[str, str]) -> str:
    def keep(match: re.Match) -> str:
        what = _NUMBERED.get(match.group(1), match.group(1))
        marks.setdefault(what, str(number(match.group(2)) or match.group(2)))
        return " gang " if what == "gang" else " "

    return _MARK.sub(keep, rest)


def _take_stations(rest: str, facts: dict) -> str:
    for pattern in (_STA_RANGE, _STA_PLAIN, _STA_ONE):
        if found := pattern.search(rest):
            parts = [float(part) for part in found.groups()]
            if pattern is _STA_RANGE:
                low, high = parts[0] * 1000 + parts[1], parts[2] * 1000 + parts[3]
            elif pattern is _STA_PLAIN:
                low, high = parts
            else:
                low = high = parts[0] * 1000 + parts[1]
            facts["sta"] = (min(low, high), max(low, high))
            return pattern.sub(" ", rest)
    return rest


def _take_recipient(rest: str, facts: dict) -> str:
    """The household a house or a latrine is for: house and household are the unit, not the programme's name."""
    if found := _RECIPIENT.search(rest):
        facts["recipient"] = tuple(sorted(set(re.findall(r"[a-z']+", found.group(1)))))
        return rest[:found.start()] + " " + rest[found.end():]
    return rest


def _take_size(rest: str, facts: dict) -> str:
    """Sizes are no words of a place; the longest is kept, "P 170 x L 0,4 m" and "vol. 170 m'" are both 170."""
    stated = [float(one.replace(",", ".")) for found in _SIZE.finditer(rest) if not _COUNT.search(found.group())
              for one in re.findall(r"\d+(?:[.,]\d+)?(?![\d²³])", re.sub(r"m[123]", "m", found.group()))]
    if stated and max(stated) > 0:
        facts["size_m"] = max(stated)
    return _SIZE.sub(" ", rest)


def _hamlet(rest: str) -> str | None:
    """The hamlet, or the one barangay; a work from one barangay to another names neither."""
    if found := _HAMLET.search(rest):
        return found.group(1)
    barangays = {" ".join(found.group(1).split()) for found in _BARANGAY.finditer(rest)}
    return barangays.pop() if len(barangays) == 1 else None


def _numbers(text: str) -> frozenset[int]:
    """'1, 2' -> {1, 2}; '1-3' -> {1, 2, 3}."""
    found = [int(one) for one in re.findall(r"\d+", text)]
    if len(found) == 2 and found[0] < found[1] <= found[0] + 15 and re.search(r"-|s/d|sd", text):
        return frozenset(range(found[0], found[1] + 1))
    return frozenset(found)


def _take_neighbourhood(rest: str, facts: dict) -> str:
    rt, rw = set(), set()
    for found in _RT_RW_SLASH.finditer(rest):
        rt.add(int(found.group(1)))
        rw.add(int(found.group(2)))
    rest = _RT_RW_SLASH.sub(" ", rest)
    for pattern, kept in ((_RT, rt), (_RW, rw)):
        for found in pattern.finditer(rest):
            kept |= _numbers(found.group(1))
        rest = pattern.sub(" ", rest)
    facts["rt"], facts["rw"] = frozenset(rt), frozenset(rw)
    return rest


def _take_phase(rest: str, facts: dict) -> str:
    if found := _PHASE.search(rest):
        facts["phase"] = number(found.group(1) or found.group(2))
        rest = _PHASE.sub(" ", rest)
    facts["continued"] = bool(_CONTINUED.search(rest))
    return _CONTINUED.sub(" ", rest)


def _take_side(rest: str, facts: dict) -> str:
    rest = _BOTH.sub(" ", rest)
    for fact, value, pattern in (("side", LEFT, _LEFT), ("side", RIGHT, _RIGHT),
                                 ("stream", UPSTREAM, _UP), ("stream", DOWNSTREAM, _DOWN)):
        if pattern.search(rest):
            # a name that says both ends or both sides says neither
            facts[fact] = None if fact in facts else value
            rest = pattern.sub(" ", rest)
    if "side" not in facts and (found := _COMPASS.search(rest)):
        facts["side"] = _COMPASS_SIDE.get(found.group(1) or "", found.group(2))
        rest = _COMPASS.sub(" ", rest)
    return rest


@lru_cache(maxsize=200_000)
def _nearest(token: str) -> str:
    """A long word of the vocabulary for a word that is one typing fault from it; else the word itself."""
    if token in words.KNOWN:
        return token
    near = extractOne(token, words.LONG, scorer=OSA.normalized_similarity, score_cutoff=0.84)
    return near[0] if near else token


@lru_cache(maxsize=200_000)
def _spelled(chunk: str) -> str:
    return _LONG_WORD.sub(lambda found: _nearest(found.group()), chunk)


def _words(rest: str) -> tuple[tuple[str, ...], tuple[str, ...], tuple[str, ...]]:
    chunks = [_spelled(chunk) for chunk in rest.split(" ")]  # two blanks stay two: phrases stop there
    rest, possible = " ".join(chunks), 0
    for chunk in chunks:
        possible |= gates.phrases(chunk)
    number = 0
    while rest_of := possible >> number:
        number += (rest_of & -rest_of).bit_length() - 1
        pattern, replacement = words.PHRASES[number]
        rest, changed = pattern.subn(replacement, rest)
        if changed:
            possible |= gates.phrases(replacement)
        number += 1
    work, objects, places = set(), set(), set()
    token = ""
    for raw in _TOKEN.findall(rest):
        before, token = token, words.EXPANDED.get(raw, raw)
        if before in ("jalan", "gang") and token in words.STREETS:
            places.add(token)  # Jalan Lapangan is a street, not a field
            continue
        if token in words.SILENT or len(token) == 1:
            continue
        if token in words.WORK:
            work.add(words.WORK[token])
        elif token in words.OBJECTS:
            objects.add(token)
        else:
            places.add(token)
    return tuple(sorted(work)), tuple(sorted(objects)), tuple(sorted(places))


def read_all(texts: Sequence[str], places: Iterable[str] | None = None) -> list[Name]:
    """One `Name` a row; equal texts are read once."""
    pairs = zip(texts, places if places is not None else ("",) * len(texts), strict=True)
    return [read(text, place) for text, place in pairs]
