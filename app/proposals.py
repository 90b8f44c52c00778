"""Reading a proposal as people type, paste, draw or send it: the place first, then the few facts that help.

What cannot be read is said beside its field; nothing is repaired in silence.
"""

import re
import tempfile
from collections.abc import Mapping
from dataclasses import dataclass, field, replace
from pathlib import Path

import shapely
from flask_babel import gettext as _
from shapely.errors import ShapelyError
from shapely.geometry.base import BaseGeometry
from werkzeug.datastructures import FileStorage

from app import access, looks, past
from app.db import Connection
from app.jobs.checking import Proposal
from app.queries import lands, regions
from geo import coordinates, money, quantities, rows, values
from geo.coordinates import Bounds, Position
from geo.errors import GeoError
from geo.schema import CATEGORY, FUNDS
from geo.sentences import Sentence
from geo.tables import LIMITS

FIELDS = ("at", "name", "year", "fund", "category", "amount", "volume")
MOST_PLACES, WIDEST_DEG = 2_000, 0.3
_CROSSING = re.compile(r"(?:Ring )?Self-intersection\[(\S+) (\S+)\]")
ONE_SHAPE = replace(LIMITS, file_bytes=5_000_000, inflated_bytes=50_000_000, rows=100, child_seconds=20)
"""A file that answers for one proposal is small; whoever sends more is led to the list."""


@dataclass(slots=True)
class Asked:
    """What was typed, what it was read as, and what is wrong with it."""

    typed: dict[str, str]
    position: Position | None = None
    proposal: Proposal | None = None
    faults: dict[str, str] = field(default_factory=dict)


def typed_in(form: Mapping[str, str]) -> dict[str, str]:
    return {name: form.get(name, "").strip() for name in FIELDS}


def read(connection: Connection, typed: dict[str, str]) -> Asked:
    asked = Asked(typed)
    box = lands.bounds(connection)
    asked.position = read_place(typed["at"], None if box is None else Bounds(
        box[0] - WIDEST_DEG, box[1] - WIDEST_DEG, box[2] + WIDEST_DEG, box[3] + WIDEST_DEG))
    if not typed["at"]:
        asked.faults["at"] = _("Ketik koordinat, klik peta, atau gambar ruasnya.")
    elif asked.position.lon is None:
        asked.faults["at"] = place_fault(connection, asked.position)
    shape = asked.position.geometry or (shapely.Point(asked.position.lon, asked.position.lat)
                                        if asked.position.lon is not None else None)
    if shape is not None and (fault := _too_much(shape)):
        asked.faults["at"] = fault
    year = amount = volume = None
    if typed["year"]:
        [reading] = values.read_years([typed["year"]], *LIMITS.years(past.today()))
        year = reading.value
        if reading.fault:
            asked.faults["year"] = looks.sentence(reading.fault)
    if typed["amount"]:
        [reading] = money.read_money([typed["amount"]], access.settings().currency)
        amount = reading.value
        if reading.fault:
            asked.faults["amount"] = looks.sentence(reading.fault)
    if typed["volume"]:
        [reading] = quantities.read_volumes([typed["volume"]], "")
        volume = reading.value
        if volume is None:
            asked.faults["volume"] = looks.sentence(reading.fault) or _(
                "Volume ini tidak terbaca; tulis misalnya 120 m.")
    asked.faults = {name: _whole(fault, may_be_empty=name != "at") for name, fault in asked.faults.items()}
    if not asked.faults:
        asked.proposal = Proposal(shape, typed["name"][:1000], year, typed["fund"] if typed["fund"] in FUNDS else None,
                                  typed["category"] if typed["category"] in CATEGORY else None, amount,
                                  asked.position.accuracy_m, volume=volume.value if volume else None,
                                  unit=volume.unit if volume else None)
    return asked


def _whole(fault: str, may_be_empty: bool) -> str:
    """What is wrong as a sentence of its own, beside its field: in a list of problems it follows row and column."""
    said = fault[:1].upper() + fault[1:] + ("" if fault.endswith((".", "?", "!")) else ".")
    return said + " " + _("Perbaiki, atau kosongkan.") if may_be_empty else said


def read_file(sent: FileStorage) -> tuple[str, str | None]:
    """(the one shape of a file as WKT, what is wrong with it); read in the sandboxed child, as every file is."""
    with tempfile.TemporaryDirectory(dir=_folder()) as folder:
        path = Path(folder) / "shape"
        sent.save(path)
        try:
            table = rows.read(path, file_name=sent.filename, limits=ONE_SHAPE)
        except GeoError as error:
            return "", looks.sentence(error.sentence)
        understood = rows.understand(table, currency=access.settings().currency)
    found = [one.geometry for one in understood if one.geometry is not None]
    if len(found) == 1:
        return shapely.to_wkt(shapely.force_2d(found[0]), rounding_precision=7), None
    if not found:
        told = next((looks.sentence(one.reason) for row in understood for one in row.problems), "")
        return "", _("Tidak ada letak yang terbaca di berkas ini.") + f" {told}".rstrip()
    return "", _("Berkas ini berisi %(n)s letak. Di sini dicek satu usulan; kirim berkas ini sebagai daftar.",
                 n=looks.whole(len(found)))


def _folder() -> Path:
    folder = access.settings().files
    folder.mkdir(parents=True, exist_ok=True)
    return folder


def read_place(text: str, bounds: Bounds | None) -> Position:
    """A point as people type it, WKT, a map link, GeoJSON, or the points of a line, one to a row."""
    if text.startswith("{"):
        return _read_geojson(text, bounds)
    rows = [row for row in text.splitlines() if row.strip()]
    if 2 <= len(rows) <= MOST_PLACES:
        # Before the text as a whole: the four numbers of two rows would pass for one point with height and accuracy.
        points = [coordinates.read(row, bounds) for row in rows]
        wrong = next((one for one in points if one.lon is None), None)
        if wrong is None:
            return coordinates.placed(shapely.LineString([(one.lon, one.lat) for one in points]), "wkt", bounds)
        if any(one.lon is not None for one in points):
            return Position(fault=wrong.fault)
    return coordinates.read(text, bounds)


def _read_geojson(text: str, bounds: Bounds | None) -> Position:
    try:
        shape = shapely.force_2d(shapely.from_geojson(text))
    except (ShapelyError, ValueError):
        return Position(fault=Sentence("geometry.unreadable"))
    parts = list(shapely.get_parts(shape))
    if shape.geom_type == "GeometryCollection":
        kinds = {part.geom_type for part in parts}
        if len(parts) == 1:
            shape = parts[0]
        elif len(kinds) == 1 and kinds <= {"Point", "LineString", "Polygon"}:
            multi = {"Point": shapely.MultiPoint, "LineString": shapely.MultiLineString, "Polygon":
                     shapely.MultiPolygon}[kinds.pop()]
            shape = multi(parts)
        else:
            return Position(fault=Sentence("geometry.unreadable"))
    return coordinates.placed(shape, "wkt", bounds)


def place_fault(connection: Connection, position: Position) -> str:
    """Why a typed place cannot be used, and what to do; a place outside is told outside of what."""
    fault = position.fault
    if fault is None or fault.id != "coordinate.outside":
        return looks.sentence(fault) if fault else _("Letak ini tidak terbaca.")
    return _("Titik %(point)s berada di luar %(territory)s. Periksa urutannya (lintang dahulu, lalu bujur) dan tanda "
             "minusnya, atau pilih desa lain.", point=looks.latlon(fault.values["point"]),
             territory=regions.called(connection) or _("wilayah ini"))


def _misshapen(shape: BaseGeometry) -> str:
    lon, lat = next(iter(shapely.get_coordinates(shape)))
    if shape.geom_type.endswith("LineString") and not shape.length:
        return _("Ruas ini panjangnya nol: semua titiknya sama (bujur %(lon)s, lintang %(lat)s). Betulkan titik "
                 "akhirnya, atau kirim satu titik saja.", lon=f"{lon:.6f}", lat=f"{lat:.6f}")
    if crossing := _CROSSING.match(shapely.is_valid_reason(shape)):
        return _("Garis tepi luasan ini memotong dirinya sendiri di bujur %(lon)s, lintang %(lat)s. Gambar ulang "
                 "sudut-sudutnya berurutan mengelilingi luasan.", lon=f"{float(crossing[1]):.6f}",
                 lat=f"{float(crossing[2]):.6f}")
    return _("Bentuk ini tidak sah atau terlalu pendek. Gambar ulang, atau kirim satu titik saja.")


def _too_much(shape: BaseGeometry) -> str | None:
    west, south, east, north = shape.bounds
    if not shape.is_valid:
        return _misshapen(shape)
    if shapely.get_num_coordinates(shape) > MOST_PLACES:
        return _("Bentuk ini terlalu rinci: paling banyak %(n)s titik.", n=looks.whole(MOST_PLACES))
    if max(east - west, north - south) > WIDEST_DEG:
        return _("Bentuk ini terlalu luas untuk satu usulan.")
    return None
