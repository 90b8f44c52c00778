"""The table of sites as columns of numbers, read once; what evidence compares are aligned takings from it."""

from concurrent.futures import ThreadPoolExecutor
from dataclasses import dataclass, fields
from typing import Any

import geopandas as gpd
import numpy as np
import pandas as pd
import shapely

from geo.compiled.segments import Shapes
from geo.evidence import columns, named
from geo.evidence.columns import ids
from geo.schema import CATEGORIES, FUNDS, STAGES

FORM_NONE, FORM_POINT, FORM_LINE, FORM_AREA = range(4)
METRES = "m"
MAX_VERTICES = 400
MOST_CROSSED = 10 * MAX_VERTICES
SLICE = 4_096
"""Geometries asked one question after another while they are still in the processor's cache."""
SHARED = ("shapes", *named.LISTS)


@dataclass(frozen=True, slots=True)
class Sites:
    """n sites as aligned arrays. Numbers that are not known are -1 (codes) or NaN (measures).

    `take` gives one side of n pairs. `words` names what the ids in `tokens` and `objects` mean and is shared by
    both sides of a pair, as are the ids of every text column: only sides of one table may be compared.
    """

    geometry: np.ndarray  # object, EPSG:4326, lon unwrapped over the antimeridian; None where missing or empty
    row: np.ndarray  # position in the table, and so in `shapes`
    form: np.ndarray  # int8
    lon: np.ndarray
    lat: np.ndarray
    length_m: np.ndarray
    chord: np.ndarray
    accuracy_m: np.ndarray
    crowded: np.ndarray
    category: np.ndarray
    activity: np.ndarray  # bidang * 10000 + sub * 100 + activity, -1
    year: np.ndarray
    stage: np.ndarray
    fund: np.ndarray
    shared_funds: np.ndarray  # bit mask of the funds a row says share it
    shared_total: np.ndarray
    amount: np.ndarray
    region: np.ndarray
    contractor: np.ndarray
    contract: np.ndarray
    record: np.ndarray
    source: np.ndarray
    start_day: np.ndarray
    end_day: np.ndarray
    project: np.ndarray
    text: np.ndarray  # object: the name's key
    key: np.ndarray  # id of the key, -1 for a name without words
    raw: np.ndarray  # id of the name as typed, without accents and case
    tokens: np.ndarray  # int32 [n, TOKENS], -1 padded
    objects: np.ndarray  # int64 bit mask of specific object words
    families: np.ndarray  # int64 bit mask of the families those words belong to
    beyond_hamlet: np.ndarray  # words of the place other than the hamlet's own name
    recipient: np.ndarray
    size_m: np.ndarray
    work: np.ndarray  # int8 bit mask of WORK_BIT
    rt: np.ndarray  # int64 bit mask
    rw: np.ndarray
    hamlet: np.ndarray
    water: np.ndarray  # id among the hamlets' words
    sta_from: np.ndarray
    sta_to: np.ndarray
    marked: np.ndarray  # row of `marks`, -1 for a name without any
    stated: np.ndarray  # row of `stated_shares`, -1 for a name that tells of none
    phase: np.ndarray
    continued: np.ndarray
    side: np.ndarray
    stream: np.ndarray
    says: np.ndarray
    series: np.ndarray  # how many works of one place, year and fund carry this very name (1 where not known)
    shapes: Shapes  # the table's geometries, for kernels (shared)
    words: np.ndarray  # object: token id -> word (shared, not taken)
    hamlets: np.ndarray  # object: hamlet id -> word (shared)
    recipients: np.ndarray  # object: recipient id -> tuple of words (shared)
    marks: np.ndarray  # int32 [., len(MARKS)]: ids of the numbers of a point, block, section ..., -1 (shared)
    stated_shares: np.ndarray  # float64 [., len(FUNDS)]: the part each fund is said to give, 0: only named (shared)

    def __len__(self) -> int:
        return len(self.form)

    def take(self, index: np.ndarray) -> "Sites":
        return Sites(**{column.name: getattr(self, column.name) if column.name in SHARED
                        else getattr(self, column.name)[index] for column in fields(self)})


def read(sites: gpd.GeoDataFrame, crowded: np.ndarray | None = None) -> Sites:
    """The columns of a table of sites (EPSG:4326, `schema.SITE_COLUMNS`; a missing column is not known)."""
    shapes = np.asarray(sites.geometry.array if isinstance(sites, gpd.GeoDataFrame) else sites["geometry"], object)
    with ThreadPoolExecutor(1) as threads:
        # of many names most is done in kernels and in Arrow, which leave the interpreter to others
        reading = threads.submit(named.read, sites) if len(sites) > named.CACHED else None
        placed, facts = _shapes(shapes, sites, crowded), _facts(sites)
        said = reading.result() if reading else named.read(sites)
    said["size_m"] = sized(columns.measure(sites, "volume"), np.asarray(columns.column(sites, "unit") == METRES),
                           said["size_m"])
    return Sites(**placed, **facts, **said)


def sized(volume: np.ndarray, metres: np.ndarray, named_m: np.ndarray) -> np.ndarray:
    """The length of each work: its volume where that counts metres, else what its name states."""
    return np.where(metres & (volume > 0), volume, named_m)


def _shapes(shapes: np.ndarray, frame: pd.DataFrame, crowded: np.ndarray | None) -> dict[str, Any]:
    taken = shaped(shapes, np.asarray(columns.column(frame, "method") == "chord"), columns.measure(frame, "accuracy_m"))
    return taken if crowded is None else taken | {"crowded": np.asarray(crowded, bool)}


def shaped(shapes: np.ndarray, chord: np.ndarray, accuracy_m: np.ndarray) -> dict[str, Any]:
    """The columns that geometries give; `chord`: which say that they are the straight line between two ends."""
    shapes = np.array(shapes, dtype=object, copy=True)
    form, bounds = np.empty(len(shapes), np.int8), np.empty((len(shapes), 4))
    for start in range(0, len(shapes), SLICE):
        rows = slice(start, start + SLICE)
        _unwrap(shapes[rows])
        form[rows], bounds[rows] = forms(shapes[rows]), shapely.bounds(shapes[rows])
    return {
        "geometry": shapes, "row": np.arange(len(shapes)), "shapes": Shapes(shapes), "form": form,
        "lon": (bounds[:, 0] + bounds[:, 2]) / 2, "lat": (bounds[:, 1] + bounds[:, 3]) / 2,
        "length_m": np.zeros(len(shapes)), "chord": chord & (form == FORM_LINE), "accuracy_m": accuracy_m,
        "crowded": np.zeros(len(shapes), bool)}


def forms(shapes: np.ndarray) -> np.ndarray:
    """FORM_NONE … FORM_AREA: points and gatherings of points, lines, areas; a mixture counts as its largest."""
    kind = shapely.get_type_id(shapes)
    form = np.array([FORM_NONE, FORM_POINT, FORM_LINE, FORM_LINE, FORM_AREA, FORM_POINT, FORM_LINE,
                     FORM_AREA, FORM_NONE], np.int8)[kind + 1]
    for position in np.flatnonzero(kind == 7):
        form[position] = shapely.get_dimensions(shapes[position]) + 1
    return form


def unwrapped(shapes: np.ndarray) -> np.ndarray:
    """Two-dimensional, valid, bounded in vertices, continuous over the antimeridian; None for nothing."""
    shapes = np.array(shapes, dtype=object, copy=True)
    for start in range(0, len(shapes), SLICE):
        _unwrap(shapes[start:start + SLICE])
    return shapes


def _unwrap(shapes: np.ndarray) -> None:
    """`unwrapped`, in place."""
    if (shapely.get_coordinate_dimension(shapes) > 2).any():
        shapes[:] = shapely.force_2d(shapes)
    bounds = shapely.bounds(shapes)
    nowhere = ~np.isfinite(bounds).all(axis=1)
    shapes[nowhere], bounds[nowhere] = None, np.nan
    for position in np.flatnonzero(bounds[:, 2] - bounds[:, 0] > 180):
        shapes[position] = shapely.transform(
            shapes[position], lambda xy: np.column_stack([np.where(xy[:, 0] < 0, xy[:, 0] + 360, xy[:, 0]), xy[:, 1]]))
    for position in np.flatnonzero(shapely.get_num_coordinates(shapes) > MAX_VERTICES):
        shapes[position] = _simpler(shapes[position])
    areas = np.flatnonzero(shapely.get_dimensions(shapes) == 2)
    broken = areas[~shapely.is_valid(shapes[areas])]
    shapes[broken] = shapely.make_valid(shapes[broken], method="structure", keep_collapsed=True)
    for position in broken[shapely.get_num_coordinates(shapes[broken]) > MOST_CROSSED]:
        shapes[position] = shapely.convex_hull(shapes[position])  # an outline that crosses itself everywhere


def _simpler(shape: shapely.Geometry) -> shapely.Geometry:
    """Fewer vertices: half a metre says nothing about duplicates and 100,000 vertices cost seconds a pair. Where
    smoothing leaves too many (a receiver's noise), only some of the vertices stay."""
    tolerance = 4e-6
    # smoothing an outline that crosses itself would first unravel it, which takes gigabytes
    for _ in range(6 if shapely.get_dimensions(shape) < 2 or shapely.is_valid(shape) else 0):
        shape = shapely.simplify(shape, tolerance, preserve_topology=False) or shape
        if shapely.get_num_coordinates(shape) <= MAX_VERTICES:
            return shape
        tolerance *= 3
    parts = shapely.get_parts(shape)
    if len(parts) > MAX_VERTICES // 4:
        return shapely.convex_hull(shape)
    return shapely.union_all([_thinned(part, MAX_VERTICES // len(parts)) for part in parts]) if len(parts) > 1 else (
        _thinned(parts[0], MAX_VERTICES))


def _thinned(part: shapely.Geometry, most: int) -> shapely.Geometry:
    """Vertices at even steps of a line or of an area's outer ring, the ends kept."""
    line = part.exterior if part.geom_type == "Polygon" else part
    xy = shapely.get_coordinates(line)
    kept = xy[np.unique(np.linspace(0, len(xy) - 1, min(most, len(xy))).astype(np.int64))]
    return shapely.polygons(kept) if part.geom_type == "Polygon" else shapely.linestrings(kept)


def _codes(frame: pd.DataFrame, name: str, codes: tuple[str, ...]) -> np.ndarray:
    numbered: dict[object, int] = {code: position for position, code in enumerate(codes)}
    code, values = columns.encoded(columns.column(frame, name))
    return columns.each(values, lambda value: numbered.get(value, -1), -1, np.int8)[code]


def activity_number(code: object) -> int:
    """'2.3.10', '02.03.10.' -> 20310; anything else -1."""
    parts = [part for part in str(code or "").split(".") if part.isdigit()]
    return int(parts[0]) * 10_000 + int(parts[1]) * 100 + int(parts[2]) if len(parts) == 3 else -1


def _day(frame: pd.DataFrame, name: str) -> np.ndarray:
    days = columns.column(frame, name)
    if days.isna().all():
        return np.full(len(days), -1)
    days = pd.to_datetime(days, errors="coerce").to_numpy("datetime64[D]")
    return np.where(np.isnat(days), -1, days.astype(np.int64))


def _shares(frame: pd.DataFrame) -> dict[str, np.ndarray]:
    """The funds that a row says share it, and what they give together."""
    shares = columns.objects_of(columns.column(frame, "fund_shares"))
    numbered = {fund: position for position, fund in enumerate(FUNDS)}
    mask, total = np.zeros(len(frame), np.int64), np.full(len(frame), np.nan)
    for position in np.flatnonzero(~pd.isna(shares)).tolist():
        share = shares[position]
        if isinstance(share, list | tuple) and len(share) > 1:
            mask[position] = sum({1 << numbered[fund] for fund, _ in share if fund in numbered})
            parts = [float(part) for _, part in share if part]
            total[position] = sum(parts) if len(parts) == len(share) else np.nan
    return {"shared_funds": mask, "shared_total": total}


def _projects(frame: pd.DataFrame) -> dict[str, np.ndarray]:
    """A row's project, and its record: what stands before # in a project where no column tells."""
    code, told = columns.encoded(columns.column(frame, "project"))
    if "record" in frame:
        record = ids(columns.column(frame, "record"))
    else:
        records = columns.before(told, "#")
        record = columns.ids_of(records, distinct=records is told)[code]
    return {"project": code if "project" in frame else np.arange(len(frame)), "record": record}


def _facts(frame: pd.DataFrame) -> dict[str, np.ndarray]:
    year = columns.measure(frame, "year")
    amount = columns.measure(frame, "amount")
    activity, activities = columns.encoded(columns.column(frame, "activity_code"))
    texts = {name: ids(columns.column(frame, name)) for name in ("contractor", "contract", "source")}
    return {
        "category": _codes(frame, "category", tuple(one.code for one in CATEGORIES)),
        "activity": columns.each(activities, activity_number, -1, np.int32)[activity],
        "year": np.where((year > 1900) & (year < 2200), year, -1).astype(np.int16),
        "stage": _codes(frame, "stage", STAGES), "fund": _codes(frame, "fund", FUNDS), **_shares(frame),
        "amount": np.where((amount > 0) & np.isfinite(amount), amount, np.nan),
        "region": ids(columns.column(frame, "region_code")), **texts, **_projects(frame),
        "start_day": _day(frame, "start_date"), "end_day": _day(frame, "end_date"),
    }
