"""Which patterns a name can match at all, told by how its words begin: most names need few of the forty patterns.

A gate only ever lets too much through: every match of a pattern begins with, or holds, one of the words that open
its gate. What `geo.names` reads is the same without it.
"""

import re
from collections.abc import Iterable
from functools import lru_cache

from geo import name_words as words

SAYS, RECIPIENT, RT, PHASE, SIDE, HAMLET, BARANGAY, WATER, MARK, STATION, SHARED, NAMED, ROMAN, COMPASS = (
    1 << bit for bit in range(14))

_WHOLE = {
    SAYS: "dpal luncuran silpa myca tahun tersebar various konsultan konsultansi konsultasi pengawasan supervisi "
          "perencanaan ded supervision consultancy consulting meja kursi mebel mebeler mebelair meubelair meubeler "
          "furnitur furniture komputer laptop printer",
    SHARED: "sharing royong bersama counterpart patungan pendamping pendampingan gabungan bagian sebagian porsi persen",
    RECIPIENT: "an a atas milik penerima kpm bpk bapak ibu pak bu sdr sdri alm",
    RT: "rt rw",
    PHASE: "tahap thp tahapan phase ph termin lanjutan kelanjutan lanj ljtn continuation cont completion jilid lnjtn "
           "lnjt lnj penyelesaian",
    SIDE: "kiri kanan ki ka kr kn kika ls lb l lhs rs rb r rhs sisi sebelah utara selatan timur barat hulu hilir u d "
          "both",
    HAMLET: "dusun dsn dukuh kampung kp kamp lingkungan lingk ling sitio purok",
    BARANGAY: "barangay brgy bgy",
    WATER: "kali sungai estero river creek",
    MARK: "titik ttk lampu tiang unit lot blok block gang gg ruas segmen seg section sec seksi jalur paket package "
          "pkg abutment abut kavling rumah km line barangay brgy zone purok pk dusun dsn lingkungan lingk no nomor "
          "poblacion district lantai lt",
    NAMED: "dusun dsn dukuh kampung kp lingkungan lingk gang gg jalan jl jln posyandu paud tk tpq sdn smpn madin",
    ROMAN: "i ii iii iv v vi vii viii ix xi xii xiii xiv xv",
    COMPASS: "utara selatan timur barat sisi sebelah",
}
_BEGIN = {
    SAYS: "carry multi",
    SHARED: "gotong",
    SIDE: "left right north south east west up do",
    STATION: "sta",
    COMPASS: "north south east west",
}
_OPENED = {word: sum(gate for gate, all_words in _WHOLE.items() if word in all_words.split())
           for word in {word for all_words in _WHOLE.values() for word in all_words.split()}}
_BEGUN = tuple((begin, gate) for gate, begins in _BEGIN.items() for begin in begins.split())
_RUN = re.compile(r"[a-z]+")


@lru_cache(maxsize=200_000)
def gates(chunk: str) -> int:
    """The gates of facts that a piece of a name (without blanks) opens."""
    opened = 0
    for run in _RUN.findall(chunk):
        opened |= _OPENED.get(run, 0)
        for begin, gate in _BEGUN:
            if run.startswith(begin):
                opened |= gate
    return opened


def _beginnings(pattern: str) -> set[str]:
    """The letters with which matches of a pattern begin; '' where that cannot be told from its text."""
    found = set()
    for branch in _branches(pattern):
        branch = branch.removeprefix(r"\b")
        if branch.startswith("(?:"):
            end = _closing(branch)
            found |= {""} if branch[end + 1:end + 2] in ("?", "*", "{") else _beginnings(branch[3:end])
            continue
        letters = re.match(r"[a-z]*", branch).group()  # type: ignore[union-attr]
        optional = branch[len(letters):len(letters) + 1] in ("?", "*", "{")
        found.add(letters[:-1] if optional else letters)
    return found


def _branches(pattern: str) -> list[str]:
    depth, branches = 0, [""]
    for before, sign in zip(" " + pattern, pattern, strict=False):
        depth += (sign == "(" and before != "\\") - (sign == ")" and before != "\\")
        if sign == "|" and not depth:
            branches.append("")
        else:
            branches[-1] += sign
    return branches


def _closing(branch: str) -> int:
    depth = 0
    for place, sign in enumerate(branch):
        depth += (sign == "(") - (sign == ")")
        if not depth and sign == ")":
            return place
    raise ValueError(branch)


_PHRASES: dict[str, int] = {}
"""How a phrase begins -> the phrases (bits) that do."""
for _bit, (_pattern, _) in enumerate(words.PHRASES):
    for _begin in _beginnings(_pattern.pattern.removeprefix(r"\b(?:").removesuffix(r")(?!\w)")):
        _PHRASES[_begin] = _PHRASES.get(_begin, 0) | 1 << _bit
_LONGEST = max(map(len, _PHRASES))


@lru_cache(maxsize=200_000)
def phrases(chunk: str) -> int:
    """The phrases of the vocabulary (bits, in their order) that can begin in a piece of a name."""
    begun = 0
    for run in _RUN.findall(chunk):
        for length in range(min(len(run), _LONGEST) + 1):
            begun |= _PHRASES.get(run[:length], 0)
    return begun


def opened_by(chunks: Iterable[str]) -> int:
    """`gates` of a whole name."""
    opened = 0
    for chunk in chunks:
        opened |= gates(chunk)
    return opened
