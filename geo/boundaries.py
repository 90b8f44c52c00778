"""A file of boundaries -> regions: codes, names, parents, rings and axes checked, every fault told at once.

What can be repaired is repaired and said; what cannot is a problem with its row. Nothing is dropped in silence.
"""

import re
from collections import Counter
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from pathlib import Path

import geopandas as gpd
import numpy as np
import pandas as pd
import shapely

from geo import borders, formats
from geo.errors import RegionsRefused
from geo.formats.contents import Features
from geo.sentences import Sentence
from geo.tables import LIMITS, Cell, Limits, Problem

COLUMNS = ("code", "name", "level", "parent", "kind", "approximate", "geometry")
CODE_COLUMNS = ("kode", "kode desa", "kd desa", "kode kemendagri", "kdepum", "kode wilayah", "kode wil", "kdcpum",
                "kdpkab", "kode kec", "kode kecamatan", "kode kab", "code", "village code", "region code", "id desa",
                "iddesa", "adm4 pcode", "id")
NAME_COLUMNS = ("nama", "nama desa", "desa", "namobj", "wadmkd", "desa kelurahan", "kelurahan", "nama kelurahan",
                "nm desa", "village", "name", "nama wilayah", "wadmkc", "wadmkk", "adm4 en", "label")
DISTRICT_COLUMNS = ("kecamatan", "nama kecamatan", "wadmkc", "kec", "nm kec", "district", "adm3 en")
REGENCY_COLUMNS = ("kabupaten", "nama kabupaten", "wadmkk", "kab kota", "kabkot", "nm kab", "regency", "adm2 en")
INDONESIA = (94.0, -12.0, 142.0, 7.0)
LEVELS = {4: "regency", 6: "district", 10: "village"}
CHANGED_SHARE = 0.01


@dataclass(frozen=True, slots=True)
class RegionsRead:
    """`frame`: COLUMNS in EPSG:4326, MultiPolygons, parents before children, of the rows without a fault.
    `repairs`: what was mended or derived, one sentence each. `problems`: what was not; any fault among them means
    that the file should not be imported as it is."""

    frame: gpd.GeoDataFrame
    repairs: list[Sentence] = field(default_factory=list)
    problems: list[Problem] = field(default_factory=list)


def read(path: Path, code_column: str | None = None, name_column: str | None = None,
         limits: Limits = LIMITS) -> RegionsRead:
    """Boundaries from GeoJSON, GeoPackage or a zipped Shapefile; the columns recognised, or named by the caller.

    Raises FileRefused and its children where the file cannot be read, RegionsRefused where no column holds codes or
    names, or the file holds no shapes.
    """
    features = formats.read(path, limits).features
    if features is None:
        raise RegionsRefused("regions.not_spatial")
    return understood(features, code_column, name_column)


def understood(features: Features, code_column: str | None = None, name_column: str | None = None) -> RegionsRead:
    """The same for features already read."""
    code_column = _column(features, code_column, CODE_COLUMNS, "code") or _code_by_content(features)
    name_column = _column(features, name_column, NAME_COLUMNS, "name", besides=code_column)
    if code_column is None or name_column is None:
        raise RegionsRefused("regions.no_code_column" if code_column is None else "regions.no_name_column",
                             columns=", ".join(features.columns))
    problems, repairs = list(features.problems), []
    if whole := _whereabouts(features):
        return RegionsRead(_frame([]), [], [*problems, whole])
    unreadable = {problem.row for problem in problems}
    rows = []
    for number, (values, shape) in enumerate(zip(features.properties, features.geometries, strict=True), start=1):
        faults: list[Problem] = []
        code = read_code(values.get(code_column))
        if isinstance(code, Sentence):
            faults.append(Problem(number, code_column, _text(values.get(code_column)), code))
        name = " ".join((_text(values.get(name_column)) or "").split())
        if not name:
            faults.append(Problem(number, name_column, None, Sentence("regions.no_name")))
        shape = None if number in unreadable else _polygons(shape, number, faults, repairs, name)
        problems += faults
        if not faults and shape is not None:
            rows.append((number, code, name, shape, values))
    rows = _once_each(rows, code_column, problems, repairs)
    regions = [_region(code, name, shape) for _, code, name, shape, _ in rows]
    _check_parents(rows, problems)
    regions = _with_parents(regions, _names_above(features, rows), repairs)
    numbers = {code: number for number, code, *_ in rows}
    borders.compare([region for region in regions if region["level"] == "village"], numbers, repairs, problems)
    return RegionsRead(_frame(regions), repairs, sorted(problems, key=lambda problem: problem.row or 0))


def read_code(cell: Cell) -> str | Sentence:
    """The official code with dots, or the sentence that says what is wrong with it.

    >>> read_code("3510012001"), read_code("35.10.01.")
    ('35.10.01.2001', '35.10.01')
    """
    text = _text(cell)
    if text is None:
        return Sentence("regions.no_code")
    text = re.sub(r"\.0$", "", text) if isinstance(cell, float) else text
    digits = re.sub(r"[.\s-]", "", text)
    if not (digits.isascii() and digits.isdecimal()) or len(digits) not in LEVELS:
        return Sentence("regions.code_shape", {"code": text[:40]})
    province, regency, district, village = digits[:2], digits[2:4], digits[4:6], digits[6:]
    if "." in text.strip(".") and text.strip(". ") != _dotted(digits):
        return Sentence("regions.code_shape", {"code": text[:40]})
    if not ("11" <= province <= "97") or regency in ("00", "70"):
        return Sentence("regions.code_regency", {"code": text})
    if district == "00" or (village and village[0] not in "12"):
        return Sentence("regions.code_bps" if village[:1] == "0" else "regions.code_village", {"code": text})
    return _dotted(digits)


def _dotted(digits: str) -> str:
    return ".".join(part for part in (digits[:2], digits[2:4], digits[4:6], digits[6:]) if part)


def _text(cell: Cell) -> str | None:
    if cell is None:
        return None
    text = (f"{cell:.0f}" if isinstance(cell, float) and cell.is_integer() else str(cell)).strip()
    return text or None


def _plain(heading: str) -> str:
    return " ".join(re.sub(r"[^a-z0-9]+", " ", heading.lower()).split())


def _column(features: Features, wanted: str | None, known: Sequence[str], what: str, besides: str | None = None,
            ) -> str | None:
    """The column the caller named, else the first known heading that holds something."""
    if wanted is not None:
        if wanted not in features.columns:
            raise RegionsRefused("regions.column_missing", column=wanted, columns=", ".join(features.columns))
        return wanted
    headings = {_plain(column): column for column in reversed(features.columns) if column != besides}
    found = [headings[heading] for heading in known if heading in headings]
    if what == "code":
        found = [column for column in found if _share_of_codes(features, column) > 0.2]
    return found[0] if found else None


def _share_of_codes(features: Features, column: str) -> float:
    cells = [values.get(column) for values in features.properties]
    return sum(re.sub(r"[.\s-]", "", _text(cell) or "").isdecimal() for cell in cells) / max(1, len(cells))


def _code_by_content(features: Features) -> str | None:
    """A column with an unknown heading whose cells are nearly all official codes."""
    for column in features.columns:
        codes = [read_code(values.get(column)) for values in features.properties]
        if sum(isinstance(code, str) for code in codes) > 0.8 * len(codes):
            return column
    return None


def _whereabouts(features: Features) -> Problem | None:
    """Whether the file as a whole lies elsewhere: axes exchanged, metres taken for degrees, another country."""
    boxes = shapely.bounds(np.array([shape for shape in features.geometries if shape is not None], dtype=object))
    if not len(boxes):
        return None
    x, y = (boxes[:, 0] + boxes[:, 2]) / 2, (boxes[:, 1] + boxes[:, 3]) / 2
    west, south, east, north = INDONESIA
    if np.mean((west < x) & (x < east) & (south < y) & (y < north)) > 0.5:
        return None
    where = {"x": round(float(np.median(x)), 4), "y": round(float(np.median(y)), 4)}
    if np.mean((west < y) & (y < east) & (south < x) & (x < north)) > 0.5:
        return Problem(None, None, None, Sentence("regions.axes_swapped", where))
    if np.mean((np.abs(x) > 180) | (np.abs(y) > 90)) > 0.5:
        return Problem(None, None, None, Sentence("regions.not_degrees", where))
    return Problem(None, None, None, Sentence("regions.elsewhere", where))


def _polygons(shape: shapely.Geometry | None, number: int, faults: list[Problem], repairs: list[Sentence],
              name: str) -> shapely.MultiPolygon | None:
    """A valid MultiPolygon; a ring that crosses itself is mended, and said."""
    if shape is None or shape.is_empty:
        faults.append(Problem(number, None, None, Sentence("regions.no_shape")))
        return None
    parts = shapely.get_parts(shape)
    if shape.geom_type not in ("Polygon", "MultiPolygon"):
        faults.append(Problem(number, None, shape.geom_type, Sentence("regions.not_an_area")))
        return None
    west, south, east, north = shape.bounds
    if not _in_indonesia(west, south, east, north):
        swapped = _in_indonesia(south, west, north, east)
        where = {"x": round(west, 4), "y": round(south, 4)}
        reason = Sentence("regions.row_swapped" if swapped else "regions.row_elsewhere", where)
        faults.append(Problem(number, None, None, reason))
        return None
    if not shape.is_valid:
        why = borders.why_broken(shape)
        mended = shapely.make_valid(shape, method="structure", keep_collapsed=False)
        parts = [part for part in shapely.get_parts(mended) if part.geom_type == "Polygon" and part.area > 0]
        if not parts:
            faults.append(Problem(number, None, None, Sentence("regions.not_mendable", {"why": why})))
            return None
        before = sum(abs(shapely.Polygon(part.exterior).area) for part in shapely.get_parts(shape))
        after = sum(part.area for part in parts)
        big = before > 0 and abs(after - before) > CHANGED_SHARE * before
        repairs.append(Sentence("regions.mended_much" if big else "regions.mended",
                                {"row": number, "name": name, "why": why, "share": after / before if before else 0.0}))
    if not sum(part.area for part in parts) > 0:
        faults.append(Problem(number, None, None, Sentence("regions.no_area")))
        return None
    return shapely.MultiPolygon(list(parts))


def _in_indonesia(west: float, south: float, east: float, north: float) -> bool:
    return INDONESIA[0] < west and INDONESIA[1] < south and east < INDONESIA[2] and north < INDONESIA[3]


def _once_each(rows: list[tuple], column: str, problems: list[Problem], repairs: list[Sentence]) -> list[tuple]:
    """One row a code: parts of one region on several rows are joined, anything else that repeats is a fault."""
    kept: dict[str, tuple] = {}
    faulty: set[str] = set()
    for number, code, name, shape, values in rows:
        if code not in kept:
            kept[code] = (number, code, name, shape, values)
            continue
        first = kept[code]
        apart = shapely.intersection(first[3], shape).area < 1e-3 * min(first[3].area, shape.area)
        if first[2] == name and apart and code not in faulty:
            kept[code] = (*first[:3], borders.joined([first[3], shape]), first[4])
            said = {"code": code, "name": name, "rows": f"{first[0]}, {number}"}
            repairs.append(Sentence("regions.joined_parts", said))
        else:
            faulty.add(code)
            reason = Sentence("regions.code_repeats", {"code": code, "row": first[0]})
            problems.append(Problem(number, column, code, reason))
    return [row for code, row in kept.items() if code not in faulty]


def _region(code: str, name: str, shape: shapely.MultiPolygon) -> dict[str, object]:
    level = LEVELS[len(code.replace(".", ""))]
    kind = None if level != "village" else "kelurahan" if code[9] == "1" else "desa"
    parent = None if level == "regency" else code.rpartition(".")[0]
    return dict(zip(COLUMNS, (code, name, level, parent, kind, False, shape), strict=True))


def _check_parents(rows: Sequence[tuple], problems: list[Problem]) -> None:
    """Where the file brings the region above as well, a region must lie in it for the greater part."""
    shapes = {code: shape for _, code, _, shape, _ in rows}
    for number, code, _, shape, _ in rows:
        parent = code.rpartition(".")[0]
        above = shapes.get(parent)
        if above is not None and shapely.intersection(shape, above).area < 0.5 * shape.area:
            reason = Sentence("regions.not_in_parent", {"code": code, "parent": parent})
            problems.append(Problem(number, None, code, reason))


def _names_above(features: Features, rows: Sequence[tuple]) -> dict[str, str]:
    """Names of kecamatan and kabupaten, where the rows of their villages carry them."""
    votes: dict[str, Counter[str]] = {}
    for columns, digits in ((DISTRICT_COLUMNS, 8), (REGENCY_COLUMNS, 5)):
        column = _column(features, None, columns, "name")
        for _, code, _, _, values in rows:
            if column and len(code) > digits and (name := _text(values.get(column))):
                votes.setdefault(code[:digits], Counter())[name] += 1
    return {code: names.most_common(1)[0][0] for code, names in votes.items()}


def _with_parents(regions: list[dict], names: Mapping[str, str], repairs: list[Sentence]) -> list[dict]:
    """All regions, and the kecamatan and kabupaten above them as unions where the file has none."""
    there = {region["code"] for region in regions}
    for level in ("village", "district"):
        below: dict[str, list] = {}
        for region in regions:
            if region["level"] == level and region["parent"] not in there:
                below.setdefault(region["parent"], []).append(region["geometry"])
        derived = [_region(code, names.get(code, code), borders.joined(shapes))
                   for code, shapes in sorted(below.items())]
        if derived:
            unnamed = sum(region["code"] not in names for region in derived)
            above = derived[0]["level"]
            repairs.append(Sentence(f"regions.derived_{above}", {"count": len(derived)}))
            if unnamed:
                repairs.append(Sentence("regions.unnamed", {"count": unnamed, "level": f"region_level.{above}"}))
        regions = regions + derived
        there |= {region["code"] for region in derived}
    order = {"regency": 0, "district": 1, "village": 2}
    return sorted(regions, key=lambda region: (order[region["level"]], region["code"]))


def _frame(regions: Sequence[Mapping]) -> gpd.GeoDataFrame:
    # object columns: what is missing stays None, where pandas' own text type would make it NaN
    cells = {column: np.array([region[column] for region in regions], dtype=object) for column in COLUMNS[:-2]}
    approximate = np.array([region["approximate"] for region in regions], dtype=bool)
    table = pd.DataFrame({name: pd.Series(column, dtype=object) for name, column in cells.items()})
    shapes = [region["geometry"] for region in regions]
    return gpd.GeoDataFrame(table.assign(approximate=approximate), geometry=shapes, crs=4326)
