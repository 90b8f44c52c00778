"""The patterns of facts in a work's name, over its plain text: lower case, ASCII, one blank between words.

A pattern that begins with another word than it did needs its gate in `geo.name_gates` to open for that word.
"""

import re

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
    r"\b(?:tahap|thp|tahapan|phase|ph|termin)\b\.?\s*(?:ke\s*-?\s*)?(\d{1,2}(?=[a-z]{0,4}\b)|(?:[ivx]{1,5}|[a-d])\b)[a-z]{0,4}"
    r"|\b(\d{1,2})(?:st|nd|rd|th)\s+phase\b"
)
CONTINUED = re.compile(r"\b(?:ke)?lanjutan\b|\blanj\b|\bljtn\b|\bcontinuation\b|\bcont\b\.?\s+of\b|\bcompletion of\b")
MARK = re.compile(
    r"\b(titik|ttk|lampu|tiang|unit|lot|blok|block|gang|gg|ruas|segmen|seg|section|sec|seksi|jalur|paket|package|"
    r"pkg|abutment|abut|kavling|rumah|km|line|barangay|brgy|zone|purok|pk|dusun|dsn|lingkungan|lingk|no|nomor|"
    r"poblacion|district)\b"
    r"\.?\s*(?:no\b\.?\s*|nomor\s*|ke\s*-\s*)?[\"“'-]{0,2}0*(\d{1,4}(?:\.\d+|[a-h])?|[ivx]{1,4}|[a-h])[\"”']{0,2}(?![\w'])"
)
NUMBERED = {
    "ttk": "titik", "block": "blok", "gg": "gang", "segmen": "ruas", "seg": "ruas", "section": "ruas",
    "sec": "ruas", "seksi": "ruas", "pkg": "paket", "package": "paket", "abut": "abutment", "brgy": "barangay",
    "lampu": "titik", "nomor": "no", "dsn": "dusun", "lingk": "lingkungan", "tiang": "titik",
}
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
                   r"\b(?:hulu|upstream)\s*(?:dan|and|&|/)\s*(?:hilir|downstream)\b")
LEFT = re.compile(r"\b(?:sisi\s+|sebelah\s+)?kiri\b|\bleft\s*(?:side|bank|hand)?\b|\((?:ls|lb)\)|\b(?:l/s|l/b|lhs)\b")
RIGHT = re.compile(r"\b(?:sisi\s+|sebelah\s+)?kanan\b|\bright\s*(?:side|bank|hand)?\b|\((?:rs|rb)\)|"
                    r"\b(?:r/s|r/b|rhs)\b")
SPELLED_SIDE = re.compile(r"\b((?:sisi|sebelah)\s+)([a-z]{6,})")
COMPASS = re.compile(r"\b(?:sisi|sebelah)\s+(utara|selatan|timur|barat)\b|"
                      r"\b(north|south|east|west)(?:ern)?\s*(?:side|bank)\b")
UP = re.compile(r"\bhulu\b|\bup\s*-?\s*stream\b|\bu/s\b")
DOWN = re.compile(r"\bhilir\b|\bdow?n?\s*-?\s*stream\b|\bd/s\b")
SAYS = {
    "carried": re.compile(r"\bdpal\b|\bluncuran\b|\bsilpa\b|\bcarry\s*-?\s*over\b|\bmyca\b|\bmulti\s*-?\s*years?\b|"
                          r"\bmultiyears?\b|\btahun jamak\b"),
    "shared": re.compile(r"\bsharing\b|\bpendamping(?:an)?\b|\bgotong\s*-?\s*royong\b|\bcost\s*-?\s*sharing\b|"
                         r"\bdana bersama\b|\bcounterpart\b|\bbersama\s+(?:dana|add|dd)\b|\bpatungan\b"),
    "spread": re.compile(r"\btersebar\b|\bvarious\b"),
}
RECIPIENT = re.compile(
    r"(?<![-'])\b(?:an|a\.n|a/n|atas nama|milik|penerima|kpm|bpk|bapak|ibu|pak|bu|sdr|sdri|alm)\b\.?\s*:?\s*"
    r"(?!(?:desa|warga|umum|masyarakat|pemdes|hamil|pkk|dan|rumah)\b)"
    r"((?:(?!(?:rt|rw|dusun|dsn|di|desa|ds|jl|jln|jalan|gang|gg|lingk|lingkungan|kp|blok|alamat|kec)\b)[a-z']+\.?\s*){1,4})"
)
ROMAN = {"i": 1, "v": 5, "x": 10}
COMPASS_SIDE = {"utara": "north", "selatan": "south", "timur": "east", "barat": "west"}
TOKEN = re.compile(r"[a-z]+|\d+")
DIGIT = re.compile(r"\d")
LONG_WORD = re.compile(r"[a-z]{6,}")
MARKS_OFF = str.maketrans({"“": '"', "”": '"', "’": "'", "‘": "'", "–": "-", "—": "-"})
