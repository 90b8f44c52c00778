"""Words people use for kinds of works, funds and stages, and the codes of `geo.schema` they stand for.

From village budgets and public works lists (Indonesian, some English). A word that says little ("jalan" beside
"drainase") is weak: it decides only where no stronger word stands in the same name.
"""

import re
from functools import cache, lru_cache

from geo.schema import CATEGORY, FUNDS, STAGES
from geo.sentences import LANGUAGES, words

CATEGORY_WORDS: dict[str, str] = {
    "road": "rabat beton, rabat, rabatan, cor jalan, betonisasi, paving, pavingisasi, pavingnisasi, lapen, "
            "lapis penetrasi, hotmix, aspal, pengaspalan, latasir, lataston, makadam, macadam, onderlagh, telford, "
            "sirtu, urugan jalan, pengerasan jalan, perkerasan jalan, jalan usaha tani, jut, jalan poros, "
            "jalan lingkungan, jaling, jaldes, bahu jalan, concreting, asphalt, road, roads, gang, beton",
    "drainage": "drainase, drainasi, selokan, got, parit, gorong gorong, gorong2, goronggorong, box culvert, "
                "box culver, culvert, u ditch, uditch, deuker, duiker, deker, saluran air, saluran drainase, "
                "drainage, drain, canal, outfall, waterway, slab culvert, plat deker",
    "retaining_wall": "tpt, tembok penahan, dinding penahan, talud, talut, tallud, plengsengan, senderan, turap, "
                      "bronjong, siring, pelapis tebing, dpt, retaining wall, revetment, revetments, "
                      "slope protection, gabion, bank protection, river wall",
    "irrigation": "irigasi, jaringan irigasi, saluran irigasi, saluran tersier, saluran sekunder, saluran primer, "
                  "saluran induk, tersier, sudetan, pintu air, dam, p3a, jitut, saluran cacing, irrigation",
    "pipe": "pipanisasi, perpipaan, jaringan pipa, saluran air bersih, sambungan rumah, pipa air bersih, pipeline",
    "river": "normalisasi sungai, tanggul, tanggul sungai, dike, dikes, levee, embankment, seawall, sea wall, "
             "flood control, flood mitigation, groundsill, spur dike, cutoff channel, river, desilting, dredging, "
             "pemecah ombak, breakwater, sabo dam",
    "bridge": "jembatan, jbt, jemb, jbtn, titian, jembatan gantung, bridge",
    "lighting": "pju, penerangan jalan umum, penerangan jalan, lampu jalan, pjuts, pju tenaga surya, lpju, "
                "lampu penerangan, street light, streetlight",
    "water": "sumur bor, sumbor, sumur dalam, sumur gali, sab, sarana air bersih, air bersih, tandon, tandon air, "
             "pamsimas, hippam, spam, mata air, sumur resapan, water supply, deep well",
    "sanitation": "mck, mandi cuci kakus, jamban, jambanisasi, ipal, septik tank, septic tank, septictank, tps, "
                  "tps3r, bank sampah, spal, saluran pembuangan air limbah, air limbah, wc umum, toilet, sanitasi",
    "housing": "rtlh, rumah tidak layak huni, rumah tak layak huni, rutilahu, bedah rumah, bsps, bsrtlh, bsrtl, "
               "rehab rumah, rumah layak huni, gakin, pugar rumah, rumah khusus, housing",
    "building": "balai desa, kantor desa, balai dusun, posyandu, polindes, pkd, poskesdes, paud, tk, tpq, madin, "
                "madrasah, gedung serba guna, gsg, gedung, perpustakaan, sanggar, ruang kelas, aula, pendopo, "
                "masjid, musholla, mushola, rumah susun, sekolah, pustu, building, school, evacuation center, "
                "pump station, pumping station",
    "small_structure": "gapura, pos kamling, poskamling, pos ronda, rambu, batas desa, patok, papan nama, tugu, "
                       "monumen, pagar, bedah warung",
    "field": "lapangan, lapangan desa, taman, taman bermain, makam, tpu, pemakaman, sarana olahraga, rth, "
             "cemetery, park",
    "reservoir": "embung, kolam, waduk, situ, bendungan, kolam retensi, retarding basin, detention pond, "
                 "retention pond, catchment basin",
    "market": "pasar desa, pasar, kios, lapak, los pasar, market",
}
WEAK_WORDS: dict[str, str] = {
    "road": "jalan, jl, jln, ruas",
    "drainage": "saluran, sal, channel",
    "irrigation": "sawah",
    "river": "sungai, kali, flood, creek",
    "water": "sumur, air",
    "housing": "rumah",
    "lighting": "lampu",
}

FUND_PATTERNS: tuple[tuple[str, str], ...] = (
    ("ADD", r"add|alokasi dana desa"),
    ("DDS", r"dds?|dana desa|dropping apbn|dd(?:apbn|reguler|earmark)"),
    ("BSPS", r"bsps"),
    ("DAK", r"dak|dana alokasi khusus"),
    ("POKMAS", r"pokmas|kelompok masyarakat|hibah"),
    ("POKIR", r"pokir|pokok pikiran|aspirasi|jasmas"),
    ("BAZNAS", r"baznas"),
    ("CSR", r"csr|tjsl"),
    ("PBP", r"pbp|(?:bantuan keuangan|bankeu|bk|ban|bantuan) ?prov(?:insi)?|banprov"),
    ("PBK", r"pbk|(?:bantuan keuangan|bankeu|bk|bantuan) ?kab(?:upaten)?|bkk|bkkd|bk desa|bkd|"
            r"bantuan keuangan(?: khusus)?"),
    ("PBH", r"pbh|bhp|bhpr|bhprd|bagi hasil(?: pajak)?"),
    ("PAD", r"pad|pades|pendapatan asli(?: desa)?"),
    ("SWD", r"swd|swadaya|gotong royong"),
    ("APBDP", r"apbd ?(?:prov(?:insi)?|i|1)"),
    ("APBD", r"dau|dana kelurahan|apbd(?: ?(?:kab(?:upaten)?|ii|2|kota))?"),
    ("APBN", r"apbn|tmmd|pamsimas|pisew|sanimas|p3tgai"),
    ("DLL", r"dll|pdl|lain lain|lainnya|lain"),
)
STATE_BUDGETS = frozenset({"APBN", "APBD", "APBDP"})
"""Funds that also feed others: "DD (APBN)" is Dana Desa, not two funds."""

STAGE_PATTERNS: tuple[tuple[str, str], ...] = (
    ("cancelled", r"batal|dibatalkan|tidak jadi|cancell?ed|terminated|dihapus"),
    ("proposed", r"usul(?:an)?|diusulkan|pengusulan|proposed|proposal|du ?rkp"),
    ("planned", r"rencana|direncanakan|perencanaan|planned|rkp|belum(?: \w+)?|persiapan|not yet started"),
    ("done", r"selesai|sudah selesai|rampung|done|completed?|finished|phd|fho|serah terima|realisasi|terealisasi"),
    ("running", r"berjalan|sedang(?: \w+)?|dilaksanakan|pelaksanaan|proses|dalam proses|dikerjakan|pengerjaan|"
                r"on ?going|running|in progress|progress"),
)

_NOT_WORD = re.compile(r"[^a-z0-9]+")


def plain(text: str) -> str:
    """Lower case, letters and digits only, single blanks.

    >>> plain(" Gorong-Gorong  (RT.02)")
    'gorong gorong rt 02'
    """
    return _NOT_WORD.sub(" ", text.lower()).strip()


def _compiled(words: dict[str, str]) -> tuple[re.Pattern[str], dict[str, str]]:
    code_of = {word.strip(): code for code, listed in words.items() for word in listed.split(",")}
    longest_first = sorted(code_of, key=len, reverse=True)
    return re.compile(rf"\b(?:{'|'.join(map(re.escape, longest_first))})\b"), code_of


_STRONG, _WEAK = _compiled(CATEGORY_WORDS), _compiled(WEAK_WORDS)
_FUNDS = tuple((code, re.compile(rf"\b(?:{pattern})\b")) for code, pattern in FUND_PATTERNS)
_STAGES = tuple((code, re.compile(rf"\b(?:{pattern})\b")) for code, pattern in STAGE_PATTERNS)


@lru_cache(maxsize=100_000)
def category_of(text: str) -> str | None:
    """The category a name or a kind of work speaks of: the first strong word, else the first weak one.

    >>> category_of("Pembangunan drainase jalan desa"), category_of("Peningkatan jalan dusun")
    ('drainage', 'road')
    """
    said = plain(text)
    for pattern, code_of in (_STRONG, _WEAK):
        if found := pattern.search(said):
            return code_of[found[0]]
    return None


def strong_category_of(text: str) -> str | None:
    """The category of a title, which must say it with a strong word and speak of no other.

    >>> strong_category_of("Daftar penerima RTLH 2024"), strong_category_of("Data jalan desa, drainase dan PJU")
    ('housing', None)
    """
    found = {_STRONG[1][word] for word in _STRONG[0].findall(plain(text))}
    return found.pop() if len(found) == 1 else None


@cache
def _codes(column: str) -> dict[str, str]:
    """What the codes of one column are called in any language -> the code."""
    codes = {"category": tuple(CATEGORY), "fund": FUNDS, "stage": STAGES}[column]
    return {plain(name): code for code in codes
            for name in (code, *(words(language)[f"{column}.{code}"] for language in LANGUAGES))}


def code_called(text: str, column: str) -> str | None:
    """The code of `category`, `fund` or `stage` that is called exactly so in some language.

    >>> code_called("Talud / TPT", "category"), code_called("Selesai", "stage"), code_called("Tabungan", "fund")
    ('retaining_wall', 'done', None)
    """
    return _codes(column).get(plain(text))


@lru_cache(maxsize=10_000)
def category_by_word(text: str) -> str | None:
    """A category column's value: a code, a code's words in either language, else what the words speak of."""
    return code_called(text, "category") or category_of(text)


@lru_cache(maxsize=10_000)
def funds_of(text: str) -> tuple[str, ...]:
    """The funds a text names, in its order; a state budget beside the fund it feeds is left out.

    >>> funds_of("DD (APBN)"), funds_of("ADD + Swadaya"), funds_of("Tabungan")
    (('DDS',), ('ADD', 'SWD'), ())
    """
    said = plain(text)
    found: dict[str, int] = {}
    for code, pattern in _FUNDS:
        if match := pattern.search(said):
            found[code] = match.start()
            said = pattern.sub(lambda gone: "#" * len(gone[0]), said)
    ordered = sorted(found, key=found.__getitem__)
    fed = [code for code in ordered if code not in STATE_BUDGETS]
    return tuple(fed or ordered)


@lru_cache(maxsize=10_000)
def fund_called(text: str) -> str | None:
    """The fund that a text is the name of, with nothing beside it.

    >>> fund_called("Dana Desa"), fund_called("ADD"), fund_called("Dana Desa 2024"), fund_called("PAD Desa Lain")
    ('DDS', 'ADD', None, None)
    """
    said = plain(text)
    return code_called(text, "fund") or next((code for code, pattern in _FUNDS if pattern.fullmatch(said)), None)


@lru_cache(maxsize=10_000)
def stage_of(text: str) -> str | None:
    """The stage a word or a share of progress tells; 0 % is planned, 100 % done, all between running.

    >>> stage_of("Sudah selesai 100%"), stage_of("40 %"), stage_of("Tahap II")
    ('done', 'running', None)
    """
    said = plain(text)
    for code, pattern in _STAGES:
        if pattern.search(said):
            return code
    share = re.fullmatch(r"\s*(\d{1,3})(?:[.,]\d+)?\s*%?\s*", text)
    if share and int(share[1]) <= 100:
        return {0: "planned", 100: "done"}.get(int(share[1]), "running")
    return None
