"""The patterns of facts in a work's name, over its plain text: lower case, ASCII, one blank between words.

A pattern that begins with another word than it did needs its gate in `geo.name_gates` to open for that word.
"""

import re

from geo.vocabulary import FUND_PATTERNS

NUMBER = r"(?:no\.?\s*)?0*(\d{1,3})"
RT_RW_SLASH = re.compile(r"\brt\.?\s*0*(\d{1,3})\s*/\s*(?:rw\.?\s*)?0*(\d{1,3})\b")
RT = re.compile(r"\brt\.?\s*((?:0*\d{1,3})(?:\s*(?:,|&|dan|-|s/d|sd|/)\s*(?:rt\.?\s*)?0*\d{1,3})*)\b")
RW = re.compile(r"\brw\.?\s*((?:0*\d{1,3})(?:\s*(?:,|&|dan|-|s/d|sd)\s*(?:rw\.?\s*)?0*\d{1,3})*)\b")
STATION = r"\(?-?\)?\s*k?(\d{1,4})\s*[+]\s*(\d{1,3}(?:\.\d+)?)"
STA_RANGE = re.compile(
    rf"(?:\bsta(?:tion)?s?\b\.?\s*:?\s*)?{STATION}\s*(?:-|–|—|to|s/d|sd|sampai|hingga)+\s*"
    rf"(?:sta(?:tion)?\b\.?\s*)?{STATION}"
)
STA_PLAIN = re.compile(r"\bsta\b\.?\s*(\d{1,5})\s*(?:-|–|to|s/d|sd)\s*(?:sta\.?\s*)?(\d{1,5})\b")
STA_ONE = re.compile(rf"\bsta(?:tion)?\b\.?\s*{STATION}")
SIZE = re.compile(
    r"\b(?:p|l|t|pjg|lbr|panjang|lebar|tebal|tinggi|vol|volume)\s*[.=:]?\s*\d+(?:[.,]\d+)?\s*(?:m[23²³']?|cm)?\b"
    r"|\b\d+(?:[.,]\d+)?\s*(?:m[123²³']?|meter|mtr|cm|ha|km|l\.?m\.?|lin\.? ?m)\b(?!\w)"
    r"|\b\d+(?:[.,]\d+)?\s*x\s*\d+(?:[.,]\d+)?(?:\s*x\s*\d+(?:[.,]\d+)?)?(?:\s*m\b)?"
    r"|\b\d+\s*(?:unit|titik|ttk|paket|pkt|buah|rumah|kk|ls)\b"
)
COUNT = re.compile(r"unit|titik|ttk|paket|pkt|buah|rumah|kk|ls|km|ha")
MEASURE, UNIT = re.compile(r"\d+(?:[.,]\d+)?(?![\d²³])"), re.compile(r"m[123]")
PHASE = re.compile(
    r"\b(?:tahap|thp|tahapan|phase|ph|termin|jilid)\b\.?\s*(?:ke\s*-?\s*)?"
    r"(\d{1,2}(?=[a-z]{0,4}\b)|(?:[ivx]{1,5}|[a-d]|satu|dua|tiga|empat|pertama)\b)[a-z]{0,4}"
    r"|\b(\d{1,2})(?:st|nd|rd|th)\s+phase\b"
)
CONTINUED = re.compile(r"\b(?:ke)?lanjutan\b|\b(?:lanj|ljtn|lnjtn|lnjt|lnj)\b|\bpenyelesaian\b|"
                       r"\bcontinuation\b|\bcont\b\.?\s+of\b|\bcompletion of\b")
MARK = re.compile(
    r"\b(titik|ttk|lampu|tiang|unit|lot|blok|block|gang|gg|ruas|segmen|seg|section|sec|seksi|jalur|paket|package|"
    r"pkg|abutment|abut|kavling|rumah|km|line|barangay|brgy|zone|purok|pk|dusun|dsn|lingkungan|lingk|no|nomor|"
    r"poblacion|district|lantai|lt)\b"
    r"\.?\s*(?:no\b\.?\s*|nomor\s*|ke\s*-\s*)?[\"“'-]{0,2}0*(\d{1,4}(?:\.\d+|[a-h])?|[ivx]{1,4}|[a-h])[\"”']{0,2}(?![\w'])"
)
NUMBERED = {
    "ttk": "titik", "block": "blok", "gg": "gang", "segmen": "ruas", "seg": "ruas", "section": "ruas",
    "sec": "ruas", "seksi": "ruas", "pkg": "paket", "package": "paket", "abut": "abutment", "brgy": "barangay",
    "lampu": "titik", "nomor": "no", "dsn": "dusun", "lingk": "lingkungan", "tiang": "titik", "lt": "lantai",
    "dukuh": "dusun", "kampung": "dusun", "kp": "dusun", "jl": "jalan", "jln": "jalan", "posyandu": "lembaga",
    "paud": "lembaga", "tk": "lembaga", "tpq": "lembaga", "sdn": "lembaga", "smpn": "lembaga", "madin": "lembaga",
}
_NAMED = "dusun|dsn|dukuh|kampung|kp|lingkungan|lingk|gang|gg|jalan|jl|jln|posyandu|paud|tk|tpq|sdn|smpn|madin"
NAMED_NUMBER = re.compile(
    rf"\b({_NAMED})\b(\.?\s+(?:(?!(?:{_NAMED}|ling|desa|menuju|no|nomor)\b)[a-z]{{3,}}\s+){{0,2}}?)"
    r"(?:no\b\.?\s*)?0*(\d{1,2}|[iv][ivx]{0,3}|x[iv]{1,3})(?![\w'+,./%])"
)
"""Dusun Krajan II, Gang Mawar 2, SDN 3: the number belongs to the name before it."""
HAMLET = re.compile(
    r"(?<!jl )(?<!jl\. )(?<!jln )(?<!jln\. )(?<!jalan )"
    r"\b(?:dusun|dsn|dukuh|kampung|kp|kamp|lingkungan|lingk|ling|sitio|purok)\b\.?\s+"
    r"(?!(?:rt|rw|desa|dan|di|kec|kecamatan|jalan|menuju|dusun|dsn|dukuh|lingkungan|lingk|ling|kampung|kp|"
    r"gang|panjang|pjg|vol|yang)\b)([a-z]{3,})"
)
BARANGAY = re.compile(r"\b(?:barangay|brgy|bgy)\b\.?\s+([a-z0-9. ]+?)\s*(?=[,;()/&-]|\bto\b|\band\b|\bsta\b|$)")
WATER = re.compile(r"\b(?:kali|sungai|estero(?: de| dela?)?)\s+(?!(?:di|rt|rw|dusun|dsn|desa|jl|irigasi)\b)([a-z]{3,})"
                    r"|\b([a-z]{3,})\s+(?:river|creek)\b")
BOTH = re.compile(r"\b(?:kiri|left)\s*(?:dan|and|&|-|/|\s)\s*(?:kanan|right)\b|\bboth\s+(?:side|bank|stream)s?\b|"
                   r"\bkanan\s*(?:dan|&|-|/)\s*kiri\b|\bright\s*(?:and|&|/)\s*left\b|"
                   r"\b(?:hulu|upstream)\s*(?:dan|and|&|/)\s*(?:hilir|downstream)\b|\bkika\b|"
                   r"\b(?:ki|kr|l)\b\.?\)?\s*(?:dan|&|-|/|\+)\s*\(?(?:ka|kn|r)\b|\b(?:ki|kr)\s+(?:ka|kn)\b|"
                   r"\b(?:ka|kn|r)\b\.?\)?\s*(?:dan|&|-|/|\+)\s*\(?(?:ki|kr|l)\b")
LEFT = re.compile(r"\b(?:sisi\s+|sebelah\s+)?kiri\b|\bleft\s*(?:side|bank|hand)?\b|\((?:ls|lb)\)|\b(?:l/s|l/b|lhs)\b")
RIGHT = re.compile(r"\b(?:sisi\s+|sebelah\s+)?kanan\b|\bright\s*(?:side|bank|hand)?\b|\((?:rs|rb)\)|"
                    r"\b(?:r/s|r/b|rhs)\b")
SHORT_SIDE = re.compile(r"\b(k[ianr]|[lr])\b\.?")
BESIDE = re.compile(r"\b(?:sisi|sebelah|sblh|sbl|seb|sb|bagian|bag|bgn|tepi|pinggir|ujung|arah)\.?\s+$")
CHANNEL = re.compile(r"\b(?:drainase|saluran|sal|selokan|got|irigasi|talud|talut|tpt|plengsengan|senderan|trotoar|ruas)"
                     r"\.?\s+$")
RAILWAY = re.compile(r"\b(?:rel|kereta|api|stasiun|st|lintasan|perlintasan|pintu|jalur|pt)\.?\s+$")
LETTERED = re.compile(r"\b(?:blok|block|gang|gg|no|unit|lot|tipe|type|kelas|zona|rumah|jalan|jl|jln|x)\.?\s+$")
ENDED = re.compile(r"\s*(?:$|[;,])")
ADDRESS = re.compile(r"\s+(?:rt|rw|jl|jln|jalan|gang|gg|sta|ruas|segmen|tahap|thp|panjang|pjg|vol|lingk|lingkungan)\b")
OF_HAMLET = re.compile(r"\s+(?:dusun|dsn)\b")
"""What stands before and behind a ki or ka that is a side."""
SPELLED_SIDE = re.compile(r"\b((?:sisi|sebelah)\s+)([a-z]{6,})")
_COMPASS = "(utara|selatan|timur|barat)"
COMPASS = re.compile(rf"\b(?:sisi|sebelah|sblh|bagian|tepi|ujung|arah)\s+{_COMPASS}\b|\(\s*{_COMPASS}\s*\)|"
                      rf"\b{_COMPASS}\s+(?:jalan|jln|jl)\b\.?\s*(?=$|[;,)])|"
                      r"\b(north|south|east|west)(?:ern)?\s*(?:side|bank)\b")
UP = re.compile(r"\bhulu\b|\bup\s*-?\s*stream\b|\bu/s\b")
DOWN = re.compile(r"\bhilir\b|\bdow?n?\s*-?\s*stream\b|\bd/s\b")
SAYS = {
    "carried": re.compile(r"\bdpal\b|\bluncuran\b|\bsilpa\b|\bcarry\s*-?\s*over\b|\bmyca\b|\bmulti\s*-?\s*years?\b|"
                          r"\bmultiyears?\b|\btahun jamak\b"),
    "spread": re.compile(r"\btersebar\b|\bvarious\b"),
    "advice": re.compile(r"\bkonsultan\b|\bkonsultansi\b|\bkonsultasi\b|\bpengawasan\b|\bsupervisi\b|\bperencanaan\b|"
                          r"\bded\b|\bsupervision\b|\bconsultancy\b|\bconsulting\b"),
    "goods": re.compile(r"\bmeja\b|\bkursi\b|\bmebel\b|\bmebeler\b|\bmebelair\b|\bmeubelair\b|\bmeubeler\b|"
                        r"\bfurnitur\b|\bfurniture\b|\bkomputer\b|\blaptop\b|\bprinter\b"),
}
_FUND = "|".join(rf"(?P<{code}>{pattern})" for code, pattern in FUND_PATTERNS if code != "DLL")
_ANY_FUND = "|".join(pattern for code, pattern in FUND_PATTERNS if code != "DLL")
_OF_FUND = rf"(?:dari\s+)?(?:dana\s+)?(?:{_ANY_FUND})\b"
_PERCENT = r"\d{1,2}(?:[.,]\d+)?\s*(?:%|persen\b)"
FUND = re.compile(rf"\b(?:{_FUND})\b")
SHARED = re.compile(
    r"\bsharing\b|\bgotong\s*-?\s*royong\b|\bdana bersama\b|\bcounterpart\b|\bpatungan\b|\bdana pendamping(?:an)?\b|"
    rf"\b(?:bersama|gabungan|pendamping|pendampingan|bagian|sebagian|porsi)\s+{_OF_FUND}|"
    rf"\b(?:{_ANY_FUND})\s*[:=(]?\s*(?:sebagian\b|pendamping|{_PERCENT})|{_PERCENT}\s*{_OF_FUND}")
"""What says that another purse pays a part; whose part, and how much, stands beside it."""
PERCENT = re.compile(r"\b(\d{1,2}(?:[.,]\d+)?)\s*(?:%|persen\b)")
BETWEEN_PART = re.compile(r"[\s(:=]*(?:dari\s+)?(?:dana\s+)?")
HALVES = re.compile(r"\b(\d{2})\s*[:/]\s*(\d{2})\b")
RECIPIENT = re.compile(
    r"(?<![-'])\b(?:an|a\.n|a/n|atas nama|milik|penerima|kpm|bpk|bapak|ibu|pak|bu|sdr|sdri|alm)\b\.?\s*:?\s*"
    r"(?!(?:desa|warga|umum|masyarakat|pemdes|hamil|pkk|dan|rumah)\b)"
    r"((?:(?!(?:rt|rw|dusun|dsn|di|desa|ds|jl|jln|jalan|gang|gg|lingk|lingkungan|kp|blok|alamat|kec)\b)[a-z']+\.?\s*){1,4})"
)
ROMAN = {"i": 1, "v": 5, "x": 10}
SPELLED_NUMBER = {"satu": 1, "pertama": 1, "dua": 2, "tiga": 3, "empat": 4}
COMPASS_SIDE = {"utara": "north", "selatan": "south", "timur": "east", "barat": "west"}
TOKEN = re.compile(r"[a-z]+|\d+")
DIGIT = re.compile(r"\d")
LONG_WORD = re.compile(r"[a-z]{6,}")
MARKS_OFF = str.maketrans({"“": '"', "”": '"', "’": "'", "‘": "'", "–": "-", "—": "-"})
