"""The vocabulary of works' names: variants, phrases, and which words say what is done and what is built.

Gathered from village budgets (Indonesian) and public works lists (English); two spellings of one thing share one
canonical word. `ds` may be desa or dusun and `t` thickness or height, so both are silent.
"""

import re

_PHRASES = {
    "rehabilitasi": r"(?:pemel(?:iharaan)?|pml|perawatan)\.? (?:berkala|periodik)",
    "rtlh": r"rumah ti?da?k layak huni|rumah tak layak(?: huni)?|"
            r"(?:bedah|rehab(?:ilitasi)?|pugar|bantuan) rumah(?: (?:ti?da?k|tak) layak(?: huni)?)?",
    "pju": r"penerangan jalan(?: umum)?|lampu jalan|lampu penerangan|street ?lights?",
    "talud": r"(?:tembok|talud|dinding) penahan(?: tanah)?|pelapis tebing|retaining wall|slope protection|"
             r"river ?bank protection|bank protection|revetment wall|river wall|flood ?control wall",
    "gorong": r"gorong ?-?gorong|gorong ?2|goronggorong|box culver[tr]?|slab culvert|pipe culvert|"
              r"plat (?:dui?e?|deu?)ker",
    "irigasi": r"sal(?:uran)?\.? ?(?:sawah|irigasi|tersier|sekunder|primer|induk|pembawa)|"
               r"irigasi (?:sawah|desa|tersier)|irgs\.? ?sawah|"
               r"jaringan irigasi(?: desa)?|sudetan(?: saluran)?(?: sawah)?",
    "spal": r"sal(?:uran)?\.? limbah(?: rumah tangga)?|saluran pembuangan air limbah|saluran air limbah",
    "jut": r"jalan usaha tani|jalan pertanian|jalan produksi|farm ?-?to ?-?market roads?",
    "rabat": r"rabat(?:an)? b(?:e?to?n)|cor(?:an)? beton|beton rabat|cor rabat",
    "paving": r"paving (?:block|blok|stone)",
    "lapen": r"lapis penetrasi",
    "sumurbor": r"sumur bor|sumur dalam|sumbor|deep well",
    "air bersih": r"sarana air bersih|\bsab\b|water supply",
    "mck": r"mandi cuci kakus|mck umum",
    "septik": r"septi[ck] ?tanks?|tangki septi[ck]",
    "tps": r"tempat (?:pembuangan|penampungan|pengolahan) sampah|tps ?3r", "banksampah": r"bank sampah",
    "tandon": r"bak (?:penampung(?:an)?|tandon)(?: (?:air bersih|mata air|air))?",
    "rambu": r"rambu(?: ?- ?rambu)?(?: (?:jalan|lalu lintas))?|road signs?",
    "cermin": r"cermin (?:cembung|tikungan|jalan)",
    "jalan balai": r"(?:jalan|jln|jl)\.? balai", "gang balai": r"(?:gang|gg)\.? balai",
    "posyandu": r"pos ?yandu(?: balita)?|gedung posyandu",
    "gsg": r"(?:gedung|gdg) serba ?guna|gedung pertemuan|balai pertemuan|balai dusun|multi ?-?purpose building",
    "poskamling": r"pos kamling|pos keamanan|pos ronda",
    "resapan": r"sumur resapan",
    "uditch": r"u ?- ?ditch",
    "jalan lingkungan": r"jaling\b|jalan lingk?\b\.?|jl\.? ling(?:k|kungan)?\b\.?",
    "jalan": r"jalan desa|jaldes|jalan poros|jalan lingkungan",
    "kantor": r"kantor desa", "balai": r"balai desa", "pasar": r"pasar desa", "lumbung": r"lumbung (?:desa|pangan)",
    "pintuair": r"pintu air", "mataair": r"mata air",
    "banjir": r"flood ?-? ?(?:control|mitigation)(?: and mitigation)?(?: (?:structure|strucurue|strucure|project|"
              r"facilit(?:y|ies)|system|works?|dike|wall)s?)*",
    "drainase": r"drainage (?:structure|system|canal|facilit(?:y|ies)|main|improvement)s?|outfall structure",
    "seawall": r"sea ?wall|shore(?:line)? protection(?: structure)?|coastal protection(?: structure)?",
    "pompa": r"pump(?:ing)? ?stations?",
    "kolamretensi": r"(?:retarding|retention|detention) (?:basin|pond)",
    "bendung": r"sabo dam|check dam|diversion dam|impounding dam",
}
PHRASES = tuple((re.compile(rf"\b(?:{pattern})(?!\w)"), f" {word} ") for word, pattern in _PHRASES.items())

_EXPANDED = {
    "pembangunan": "pemb pembang pbgn pembgn pmbgn pembngn bangun pembangunn construct const",
    "rehabilitasi": "rehab rehap rehabilitation rehabilation rehabilitate reconstruction restoration",
    "peningkatan": "penk pngktn peningk improvement upgrading enhancement",
    "pemeliharaan": "pemel pml pemeliharan perawatan maintenance",
    "perbaikan": "perb perbaik repair",
    "pengadaan": "pengad", "pemasangan": "pasang pemas installation",
    "gang": "gg", "jalan": "jl jln jalanan road rd roads",
    "rabat": "rabatan cor coran betonisasi btnisasi rabbat concreting",
    "paving": "pavingisasi pavingnisasi paveing pafing",
    "aspal": "pengaspalan hotmix hotmik latasir lataston asphalt asphalting overlay",
    "makadam": "macadam onderlagh onderlag makadamisasi",
    "sirtu": "urugan timbunan penimbunan pengurugan",
    "talud": "tpt talut tallud dpt plengsengan plengseng senderan turap siring revetment dike dikes embankment "
             "levee tanggul",
    "bronjong": "gabion gabions",
    "drainase": "drainasi drainage saluran sal selokan slokan got parit canal ditch drain drains outfall",
    "gorong": "culvert duiker deuker deker dueker",
    "irigasi": "irgs irrigation jitut", "tersier": "kuarter",
    "jembatan": "jbt jemb jbtn bridge titian",
    "pju": "pjuts lpju lampu", "sumur": "well",
    "bersih": "spam pamsimas hippam", "pipanisasi": "perpipaan pipa pipeline",
    "jamban": "jambanisasi wc toilet", "rtlh": "rutilahu bsps bsrtlh bsrtl gakin pugar",
    "balai": "balaidesa pendopo", "kantor": "kantordesa",
    "tpq": "tpa", "madin": "madrasah diniyah", "paud": "tk",
    "gapura": "gapuro", "poskamling": "kamling ronda", "lapangan": "lap sportshall",
    "makam": "kuburan pemakaman", "embung": "waduk cekdam", "taman": "rth", "kios": "los",
    "sungai": "kali sungei river riv creek estero",
    "normalisasi": "pengerukan dredging desilting normalization", "spillway": "spilway",
}
EXPANDED = {variant: word for word, variants in _EXPANDED.items() for variant in variants.split()}

WORK = {
    "pembangunan": "pembangunan", "pembuatan": "pembangunan", "construction": "pembangunan",
    "pengadaan": "pembangunan", "pemasangan": "pembangunan", "pengerasan": "peningkatan", "peningkatan": "peningkatan",
    "penataan": "peningkatan", "rehabilitasi": "rehabilitasi", "perbaikan": "rehabilitasi",
    "renovasi": "rehabilitasi", "pemeliharaan": "pemeliharaan", "normalisasi": "rehabilitasi",
    "pengecatan": "pemeliharaan", "pembersihan": "pemeliharaan", "pengurasan": "pemeliharaan",
}

OBJECTS = {
    "jalan": "road", "jut": "road", "rabat": "road", "paving": "road", "lapen": "road", "aspal": "road",
    "makadam": "road", "telford": "road", "sirtu": "road",
    "talud": "wall", "bronjong": "wall", "seawall": "wall", "banjir": "river", "sungai": "river",
    "bendung": "river", "kolamretensi": "reservoir", "pompa": "pump", "spillway": "river",
    "drainase": "drain", "gorong": "drain", "uditch": "drain", "spal": "drain", "resapan": "drain",
    "irigasi": "irrigation", "tersier": "irrigation", "sudetan": "irrigation", "pintuair": "irrigation",
    "jembatan": "bridge", "pju": "lamp", "sumurbor": "water", "sumur": "water", "bersih": "water", "tandon": "water",
    "pipanisasi": "water", "mataair": "water",
    "mck": "sanitation", "jamban": "sanitation", "ipal": "sanitation", "septik": "sanitation", "tps": "waste",
    "banksampah": "waste",
    "rtlh": "house",
    "balai": "hall", "kantor": "office", "posyandu": "posyandu", "polindes": "polindes", "pkd": "polindes",
    "paud": "school", "tpq": "tpq", "madin": "madin", "gsg": "hall", "gapura": "gate", "poskamling": "post",
    "rambu": "sign", "cermin": "sign", "kolam": "reservoir",
    "lapangan": "field", "makam": "cemetery", "embung": "reservoir", "pasar": "market", "kios": "market",
    "lumbung": "store", "taman": "park", "masjid": "mosque", "musholla": "mosque", "mushola": "mosque",
    "perpustakaan": "library",
}
"""Canonical object word -> the family of things it belongs to."""

GENERIC = frozenset({"jalan", "sungai", "banjir", "air", "bersih"})
"""Object words that stand in the names of many different works and so do not tell two apart."""

_SILENT = (
    "di ke dan dari untuk pada yang dengan sd s d menuju sampai antara desa ds kelurahan kel kecamatan kec "
    "kabupaten kab kota dusun dsn dukuh kampung kp kamp lingkungan lingk ling rt rw blok t p l m air dlm dalam "
    "wilayah lokasi sepanjang sekitar depan belakang samping timur barat utara selatan tahun ta anggaran "
    "desa nomor no jenis konstruksi fisik kegiatan pekerjaan sarana prasarana milik umum warga "
    "of the at in to along and including from near sta barangay brgy bgy city municipality mun province sitio so "
    "purok structure structures section side bank phase package area system project works work facilities facility "
    "penampung hujan batas masuk papan nama informasi tugu "
    "jaringan sawah gedung ruang sehat keluarga rumah tangga p3a balita btn air penghubung pak bu an "
    "left right part portion both component within st sto sta improvement beton paket titik unit "
    "dana dd add pbh bkk pokir silpa dpal luncuran sharing pendampingan pendamping gotong royong swadaya apbd apbn "
    "banprov csr gabungan bagian sebagian porsi persen rutin tahunan sisi sebelah sblh tepi pinggir tersebar tenaga "
    "surya existing lanjutan tempat bantuan komunal pelayanan bermain olahraga"
)
SILENT = frozenset(_SILENT.split())

STREETS = frozenset(("lapangan", "makam", "masjid", "musholla", "pasar", "balai", "embung", "sungai", "kantor",
                     "posyandu", "taman"))
"""Words that name a street after jalan or gang, though they are things elsewhere."""

_IN_PHRASES = re.findall(r"[a-z]{6,}", " ".join(_PHRASES.values()))
KNOWN = frozenset((*EXPANDED, *EXPANDED.values(), *WORK, *OBJECTS, *SILENT, *_IN_PHRASES))
LONG = tuple(sorted(word for word in KNOWN if len(word) >= 6 and word.isalpha()))
"""Words long enough that a typing fault in them can be told from another word."""
