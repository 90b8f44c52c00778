"""The file behind *Coba berkas contoh*: a village's list with five faults to mend and two pairs to find.

One row is a work that the demonstration already holds under another fund, two rows are one work typed twice; five
rows are wrong, each in its own way; the others are honest and stand where nothing else does.
"""

import datetime
import io
from functools import cache
from random import Random

import geopandas as gpd
import shapely
import xlsxwriter

from app.demonstration import villages
from app.demonstration.generate import Generated, generate
from geo import crs

HEADINGS = (
    "No",
    "Nama Kegiatan",
    "Jenis",
    "Tahun",
    "Sumber Dana",
    "Anggaran (Rp)",
    "Kode Desa",
    "Desa",
    "Lokasi",
    "RT",
    "RW",
    "Volume",
    "Satuan",
    "Lintang",
    "Bujur",
    "Akurasi (m)",
    "Pelaksana",
)
TITLE = "DATA CONTOH, bukan kegiatan nyata"
APART_M = 220.0
BUSY = 90
_DUSUN = ("Sumberwaras", "Karangpule")  # names the generator never gives
_YEAR = 2026
_HONEST = (
    ("Pembangunan gapura batas dusun", "gapura", "PAD", 18_500_000, 1, "unit"),
    ("Pemb. pos kamling", "pos kamling", "ADD", 9_750_000, 1, "unit"),
    ("Rehab gedung posyandu balita", "gedung", "DDS", 46_000_000, 1, "unit"),
    ("Pembangunan sumur resapan", "sumur resapan", "DDS", 4_200_000, 1, "titik"),
    ("Pembangunan jembatan penghubung sawah", "jembatan", "DAK", 163_000_000, 1, "unit"),
    ("Bedah rumah an. Contoh Supeno K.", "RTLH", "BSPS", 20_000_000, 1, "unit"),
    ("Pembuatan MCK umum", "sanitasi", "DDS", 38_400_000, 1, "unit"),
    ("Lampu PJU tenaga surya", "PJU", "PBK", 11_900_000, 1, "titik"),
    ("Pembangunan tandon hippam", "air bersih", "DDS", 27_250_000, 1, "unit"),
    ("Pembangunan gedung PAUD", "gedung", "PBP", 118_000_000, 1, "unit"),
    ("Pemasangan box culvert", "drainase", "POKIR", 24_600_000, 1, "unit"),
    ("Rehab RTLH an. Contoh Legiyem W.", "RTLH", "DDS", 15_000_000, 1, "unit"),
    ("Pembangunan bank sampah", "sanitasi", "DDS", 52_300_000, 1, "unit"),
    ("Pembangunan kios pasar desa", "pasar", "PBK", 141_000_000, 1, "unit"),
    ("Pemb. gedung TPQ", "gedung", "ADD", 61_800_000, 1, "unit"),
    ("Pembuatan taman bermain", "taman", "CSR", 33_000_000, 1, "unit"),
)
_FAULTY = (
    ("Pembangunan cermin tikungan", "rambu", "DDS", 3_100_000, 1, "unit"),
    ("Pembangunan kolam ikan desa", "kolam", "DDS", 29_000_000, 1, "unit"),
    ("Rehab lapangan voli", "lapangan", "DDS", 44_000_000, 1, "unit"),
    ("Pemb. gedung serba guna", "gedung", "ADD", 187_000_000, 1, "unit"),
    ("", "gedung", "DDS", 21_000_000, 1, "unit"),
)


@cache
def workbook() -> bytes:
    """The sample as XLSX, made from the demonstration of the real villages: always the same bytes."""
    frame = villages.read()
    return written(rows(generate(villages=frame), frame))


def home_village(generated: Generated) -> str:
    """Code of a desa of usual size with many planted duplicates: where the demonstration's village people live."""
    works = generated.works.drop_duplicates("project").set_index("project")["region_code"]
    planted = generated.truth.loc[generated.truth["duplicate"], "left"].map(works).value_counts()
    sizes = works.value_counts()
    fitting = [code for code in planted.index if sizes[code] <= BUSY and code[9] == "2"]
    return max(fitting, key=lambda code: (planted[code], code))


def rows(generated: Generated, frame: gpd.GeoDataFrame) -> list[dict[str, object]]:
    """The 24 rows by heading, in the order of the sheet."""
    code, rng = home_village(generated), Random("berkas contoh")
    region = frame.set_index("code").loc[code]
    spots = _free_spots(generated.works, code, region.geometry, len(_HONEST) + len(_FAULTY) + 1, rng)
    lines = [
        _row(work, spot, region, code, number)
        for number, (work, spot) in enumerate(zip((*_HONEST, *_FAULTY), spots, strict=False))
    ]
    faulty = lines[len(_HONEST) :]
    _spoil(faulty)
    twice = _row(("Pembangunan sumur bor", "air bersih", "DDS", 68_500_000, 1, "unit"), spots[-1], region, code, 40)
    again = {
        **twice,
        "Nama Kegiatan": f"Sumur bor dalam RT {twice['RT']}/RW {twice['RW']} Dsn. {_DUSUN[0]}",
        "Lintang": round(twice["Lintang"] + 0.00004, 6),
        "Bujur": round(twice["Bujur"] - 0.00003, 6),
    }
    lines = [*lines, _known_work(generated, code, region, rng), twice, again]
    rng.shuffle(lines)
    return [{"No": number, **line} for number, line in enumerate(lines, 1)]


def written(lines: list[dict[str, object]]) -> bytes:
    """The rows as a workbook, its title above the headings as people type it."""
    held = io.BytesIO()
    with xlsxwriter.Workbook(held, {"in_memory": True}) as book:
        book.set_properties({"title": TITLE, "created": datetime.datetime(2026, 1, 1, tzinfo=datetime.UTC)})
        sheet = book.add_worksheet("Data contoh")
        bold = book.add_format({"bold": True, "bg_color": "#F2E6C9", "text_wrap": True})
        sheet.write(0, 0, TITLE, book.add_format({"bold": True}))
        for place, heading in enumerate(HEADINGS):
            sheet.write(2, place, heading, bold)
        for number, line in enumerate(lines, 3):
            for place, heading in enumerate(HEADINGS):
                if (cell := line.get(heading)) not in (None, ""):
                    sheet.write(number, place, cell)
        sheet.set_column(1, 1, 58)
        sheet.set_column(2, len(HEADINGS) - 1, 14)
        sheet.freeze_panes(3, 2)
    return held.getvalue()


def _row(work: tuple, spot: shapely.Point, region: object, code: str, number: int) -> dict[str, object]:
    name, kind, fund, amount, volume, unit = work
    dusun, rt, rw = _DUSUN[number % 2], f"{31 + number % 17:02d}", f"{31 + number // 4:02d}"
    where = f"Dusun {dusun} RT {rt} RW {rw}"
    return {
        "Nama Kegiatan": f"{name} {where}" if name else "",
        "Jenis": kind,
        "Tahun": _YEAR,
        "Sumber Dana": fund,
        "Anggaran (Rp)": amount,
        "Kode Desa": code,
        "Desa": region["name"],
        "Lokasi": where,
        "RT": rt,
        "RW": rw,
        "Volume": volume,
        "Satuan": unit,
        "Lintang": round(spot.y, 6),
        "Bujur": round(spot.x, 6),
        "Akurasi (m)": 4 + number % 5,
        "Pelaksana": f"TPK Desa {region['name']} (contoh)",
    }


def _spoil(faulty: list[dict[str, object]]) -> None:
    """One fault each: a lost minus, exchanged axes, money in words, a year out of this world, no name."""
    north, swapped, words, year, _ = faulty
    north["Lintang"] = -north["Lintang"]
    swapped["Lintang"], swapped["Bujur"] = swapped["Bujur"], swapped["Lintang"]
    words["Anggaran (Rp)"] = "seratus juta lebih sedikit"
    year["Tahun"] = 2206


def _known_work(generated: Generated, code: str, region: object, rng: Random) -> dict[str, object]:
    """A work of the village that the demonstration holds, as another office would report it: the same building in the
    same year, out of another purse and some metres away."""
    works, truth = generated.works, generated.truth
    planted = set(truth["left"]) | set(truth["right"])
    fit = works[
        (works["region_code"] == code)
        & works["category"].isin(["building", "water", "sanitation", "bridge", "small_structure"])
        & works["method"].isin(["gps", "exif"])
        & ~works["project"].isin(planted)
        & ~works["project"].duplicated(keep=False)
        & works["name"].str.contains(r"\brt", case=False)
    ]
    work = fit.sort_values(["accuracy_m", "project"]).iloc[0]
    point = work.geometry
    east_m, north_m = (float(metres) for metres in crs.degrees_m(point.y))
    fund = "PBK" if work["fund"] != "PBK" else "POKIR"
    return {
        "Nama Kegiatan": work["name"].title(),
        "Jenis": work["category"],
        "Tahun": int(work["year"]),
        "Sumber Dana": fund,
        "Anggaran (Rp)": int(work["amount"]),
        "Kode Desa": code,
        "Desa": region["name"],
        "Lokasi": work["place"],
        "RT": work["rt"],
        "RW": work["rw"],
        "Volume": 1,
        "Satuan": work["unit"],
        "Lintang": round(point.y + 3 / north_m, 6),
        "Bujur": round(point.x + 4 / east_m, 6),
        "Akurasi (m)": 5,
        "Pelaksana": rng.choice(("CV Contoh Sentosa", "CV Contoh Mandiri")),
    }


def _free_spots(
    works: gpd.GeoDataFrame, code: str, cell: shapely.Geometry, count: int, rng: Random
) -> list[shapely.Point]:
    """Places of the village where nothing stands for APART_M, the demonstration's works and each other included."""
    west, south, east, north = cell.bounds
    lon, lat = (west + east) / 2, (south + north) / 2
    near = works.geometry[
        works.geometry.notna() & works.intersects(shapely.box(west - 0.01, south - 0.01, east + 0.01, north + 0.01))
    ]
    taken = list(crs.to_metres(near.to_numpy(), lon, lat))
    inner = cell.buffer(-0.0005)
    spots: list[shapely.Point] = []
    apart_m = APART_M
    while len(spots) < count:
        spot = shapely.Point(rng.uniform(west, east), rng.uniform(south, north))
        [there] = crs.to_metres([spot], lon, lat)
        if inner.contains(spot) and shapely.distance(there, taken).min() > apart_m:
            spots.append(spot)
            taken.append(there)
        apart_m = max(60.0, apart_m * 0.9995)
    return spots
