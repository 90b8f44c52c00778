"""What village works build, how operators word it, and what it costs: the demonstration's own habits of naming.

Written apart from the matcher's vocabulary on purpose (domain.md, section 5, is their only common source), so that the
demonstration cannot be found merely because both sides share one table of words.
"""

from dataclasses import dataclass


@dataclass(frozen=True, slots=True)
class Object:
    """One kind of thing: wordings from most to least formal, activity codes, rupiah per unit, usual size.

    `build` are the codes it is booked under when built, `care` when maintained; `cost` is rupiah per `unit`,
    `size` the usual number of units, `width_m` the breadth that a volume like `P 120 x L 3 m` names.
    """

    key: str
    category: str
    wordings: tuple[str, ...]
    build: tuple[str, ...]
    care: str | None
    cost: tuple[int, int]
    unit: str
    size: tuple[float, float]
    share: float
    width_m: tuple[float, ...] = ()
    set_piece: str | None = None


def _line(key, category, wordings, build, care, cost, size, share, width_m=()):
    return Object(key, category, wordings, build, care, cost, "m", size, share, width_m)


def _unit(key, category, wordings, build, care, cost, share, set_piece=None, unit="unit"):
    return Object(key, category, wordings, build, care, cost, unit, (1, 1), share, set_piece=set_piece)


# fmt: off: a table reads as a table
OBJECTS = (
    _line("rabat", "road", ("rabat beton jalan lingkungan", "rabat beton jaling",
          "cor beton jl. lingkungan", "rabat jalan",
                            "betonisasi jalan lingkungan", "jalan rabat beton"),
          ("2.3.11", "2.3.10"), "2.3.2", (420_000, 620_000), (50, 380), 12, (1.5, 2, 2.5, 3)),
    _line("paving", "road", ("paving jalan lingkungan", "pavingisasi jalan lingkungan",
          "paving block jl. lingkungan",
                             "paving stone jaling", "pavingisasi jln"),
          ("2.3.11",), "2.3.2", (310_000, 480_000), (50, 320), 9, (1.5, 2, 2.5, 3)),
    _line("aspal", "road", ("pengaspalan jalan desa", "jalan desa aspal lapen", "hotmix jalan desa",
          "lapen jl. desa",
                            "aspal jaldes"),
          ("2.3.10",), "2.3.1", (380_000, 700_000), (150, 900), 6, (2.5, 3, 3.5)),
    _line("jut", "road", ("jalan usaha tani", "JUT", "jalan pertanian", "rabat beton JUT",
          "jalan usaha tani makadam"),
          ("2.3.12",), "2.3.3", (220_000, 450_000), (150, 800), 5, (2, 2.5, 3)),
    _line("makadam", "road", ("makadam jalan desa", "jalan makadam", "pengerasan jalan telford",
          "sirtu jalan desa"),
          ("2.3.10",), "2.3.1", (150_000, 280_000), (150, 700), 2, (2.5, 3)),
    _line("drainase", "drainage", ("drainase lingkungan", "saluran drainase", "saluran air", "drainase",
          "selokan"),
          ("2.3.14", "2.4.13"), "2.3.5", (350_000, 650_000), (50, 260), 9, (0.3, 0.4, 0.5, 0.6)),
    _line("uditch", "drainage", ("saluran U-Ditch", "pemasangan uditch", "drainase u ditch"),
          ("2.3.14", "2.4.13"), "2.3.5", (750_000, 1_200_000), (50, 200), 2, (0.4, 0.5, 0.6)),
    _line("spal", "drainage", ("SPAL", "saluran pembuangan air limbah", "saluran limbah rumah tangga"),
          ("2.4.16", "2.4.13"), "2.4.8", (280_000, 450_000), (50, 180), 2, (0.3, 0.4)),
    _line("tpt", "retaining_wall", ("tembok penahan tanah (TPT)", "TPT jalan", "tembok penahan jalan", "TPT"),
          ("2.3.14",), "2.3.5", (900_000, 1_700_000), (50, 190), 5, (0.3, 0.4)),
    _line("plengsengan", "retaining_wall", ("plengsengan", "plengsengan sungai", "senderan",
          "plengsengan jalan"),
          ("2.3.14",), "2.3.5", (850_000, 1_500_000), (50, 180), 4, (0.3, 0.4)),
    _line("talud", "retaining_wall", ("talud jalan", "talut jalan", "talud penahan tanah", "bronjong tebing"),
          ("2.3.14",), "2.3.5", (700_000, 1_300_000), (50, 160), 2, (0.3, 0.4)),
    _line("irigasi", "irrigation", ("saluran irigasi tersier", "irigasi tersier", "saluran tersier P3A",
          "jaringan irigasi desa"),
          ("4.2.90",), "4.2.4", (450_000, 800_000), (60, 420), 6, (0.4, 0.5, 0.6)),
    _line("sudetan", "irrigation", ("sudetan saluran sawah", "saluran sawah", "irgs sawah"),
          ("4.2.90", "2.3.14"), "4.2.4", (300_000, 500_000), (60, 300), 1.5, (0.4, 0.6)),
    _line("pipa", "pipe", ("pipanisasi air bersih", "jaringan perpipaan air bersih", "pipanisasi hippam",
          "pipa SAB"),
          ("2.4.12",), "2.4.4", (90_000, 190_000), (150, 900), 2.5),
    _line("sungai", "river", ("normalisasi sungai", "normalisasi kali", "pengerukan sungai"),
          ("2.5.90",), None, (110_000, 260_000), (100, 700), 0.8),
    _unit("gorong", "drainage", ("gorong-gorong", "gorong2 jalan", "box culvert", "plat deuker", "duiker"),
          ("2.3.14",), "2.3.5", (8_000_000, 32_000_000), 2),
    _unit("jembatan", "bridge", ("jembatan desa", "jembatan", "jbt. penghubung", "jembatan beton"),
          ("2.3.13",), "2.3.4", (60_000_000, 280_000_000), 2.5),
    _unit("pju", "lighting", ("penerangan jalan umum (PJU)", "lampu PJU", "PJU tenaga surya", "lampu jalan"),
          ("2.7.2", "2.4.90"), "2.3.5", (2_500_000, 16_000_000), 3.5, "titik", "titik"),
    _unit("sumur", "water", ("sumur bor", "sumbor", "sumur dalam", "sumur bor dan tandon"),
          ("2.4.11",), "2.4.3", (25_000_000, 95_000_000), 2.5, "titik"),
    _unit("tandon", "water", ("tandon air bersih", "bak penampung mata air", "tandon hippam"),
          ("2.4.11",), "2.4.3", (12_000_000, 60_000_000), 1.3),
    _unit("mck", "sanitation", ("MCK umum", "MCK", "mandi cuci kakus umum"), ("2.4.14",), "2.4.6",
          (25_000_000, 70_000_000), 1.3),
    _unit("jamban", "sanitation", ("jamban keluarga", "jambanisasi", "jamban sehat", "septic tank komunal"),
          ("2.4.14",), "2.4.6", (2_500_000, 9_000_000), 1.6, "an."),
    _unit("resapan", "sanitation", ("sumur resapan", "sumur resapan air hujan"), ("2.4.10",), "2.4.2",
          (1_500_000, 6_000_000), 0.7, "titik"),
    _unit("tps", "sanitation", ("TPS3R", "tempat pembuangan sampah", "bank sampah"), ("2.4.15",), "2.4.7",
          (40_000_000, 180_000_000), 0.6),
    _unit("rtlh", "housing", ("rehab rumah tidak layak huni", "rehab RTLH", "bedah rumah", "bantuan RTLH",
          "pugar rumah GAKIN"),
          ("2.4.1",), None, (7_500_000, 20_000_000), 7, "an."),
    _unit("balai", "building", ("balai desa", "pendopo balai desa"), ("2.3.15",), "2.3.6", (60_000_000,
          350_000_000), 0.8),
    _unit("kantor", "building", ("kantor desa", "gedung kantor desa", "ruang pelayanan kantor desa"),
          ("1.2.3",), "1.2.2",
          (80_000_000, 380_000_000), 0.7),
    _unit("posyandu", "building", ("gedung posyandu", "posyandu", "pos yandu balita"), ("2.2.9",), "2.2.8",
          (45_000_000, 130_000_000), 1.5),
    _unit("paud", "building", ("gedung PAUD", "PAUD", "gedung TK/PAUD"), ("2.1.6",), "2.1.4",
          (50_000_000, 160_000_000), 1),
    _unit("tpq", "building", ("gedung TPQ", "TPQ", "madin/TPQ"), ("2.1.6", "3.2.5"), "2.1.4",
          (30_000_000, 90_000_000), 1),
    _unit("gsg", "building", ("gedung serba guna", "GSG", "gedung pertemuan dusun"), ("2.3.15",), "2.3.6",
          (80_000_000, 300_000_000), 0.6),
    _unit("gapura", "small_structure", ("gapura", "gapura batas dusun", "gapuro jalan masuk"), ("2.3.20",),
          "2.3.9",
          (8_000_000, 35_000_000), 1.4),
    _unit("poskamling", "small_structure", ("pos kamling", "poskamling", "pos ronda"), ("3.1.1",), "3.1.1",
          (5_000_000, 20_000_000), 1.4),
    _unit("rambu", "small_structure", ("rambu jalan", "cermin tikungan", "rambu-rambu jalan desa"),
          ("2.6.1",), None,
          (1_500_000, 7_500_000), 0.5, "titik"),
    Object("lapangan", "field", ("lapangan olahraga", "lapangan desa", "lapangan voli", "lap. sepak bola"),
          ("3.3.5",), "3.3.5",
           (40_000_000, 200_000_000), "unit", (1, 1), 1),
    Object("makam", "field", ("pagar makam", "tempat pemakaman umum", "makam desa"), ("2.3.16",), "2.3.7",
           (20_000_000, 90_000_000), "unit", (1, 1), 0.8),
    Object("taman", "field", ("taman bermain", "taman desa", "RTH taman bermain"), ("2.4.17",), "2.4.9",
           (20_000_000, 120_000_000), "unit", (1, 1), 0.5),
    Object("embung", "reservoir", ("embung desa", "embung", "embung penampung air"), ("2.3.19",), "2.3.8",
           (90_000_000, 420_000_000), "unit", (1, 1), 0.6),
    Object("kolam", "reservoir", ("kolam ikan desa", "kolam perikanan"), ("4.1.4",), "4.1.3",
           (15_000_000, 80_000_000), "unit", (1, 1), 0.4),
    _unit("pasar", "market", ("kios pasar desa", "pasar desa", "los pasar desa"), ("4.7.2",), "4.7.2",
          (60_000_000, 300_000_000), 0.8),
    _unit("papan", "other", ("papan nama jalan dan dusun", "papan informasi desa", "tugu batas"),
          ("2.3.20", "1.5.7"), None,
          (1_000_000, 8_000_000), 0.8),
)
# fmt: on
OBJECT = {thing.key: thing for thing in OBJECTS}
LINES = tuple(thing for thing in OBJECTS if thing.unit == "m")
SETS = tuple(thing for thing in OBJECTS if thing.set_piece)
