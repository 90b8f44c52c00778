"""The table of sites as columns of numbers, read once; what evidence compares are aligned takings from it."""

from collections.abc import Hashable, Iterable
from dataclasses import dataclass, fields
from functools import lru_cache
from typing import Any

import geopandas as gpd
import numpy as np
import pandas as pd
import shapely

from geo import name_words, names
from geo.compiled.segments import Shapes
from geo.schema import CATEGORIES, FUNDS, STAGES

FORM_NONE, FORM_POINT, FORM_LINE, FORM_AREA = range(4)
TOKENS = 14
"""Words of a place kept per name; longer names keep the rarest in alphabetical order of what remains."""
MARKS = ("titik", "blok", "gang", "ruas", "paket", "abutment", "lot", "no", "unit", "jalur", "rumah", "dusun",
         "lingkungan", "barangay", "zone", "purok", "km", "line", "kavling", "pk", "poblacion", "district")
_SIDES = {"left": 1, "right": 2, "north": 3, "south": 4, "east": 5, "west": 6}
_STREAMS = {"upstream": 1, "downstream": 2}
SAYS_MAINTENANCE, SAYS_CARRIED, SAYS_SHARED, SAYS_SPREAD = 1, 2, 4, 8
_SAYS = {"maintenance": 1, "carried": 2, "shared": 4, "spread": 8}
WORK_BIT = {work: 1 << position for position, work in enumerate(sorted(set(name_words.WORK.values())))}
METRES = "m"
MAX_VERTICES = 400
CACHED = 20_000
_LISTS = ("words", "hamlets", "recipients")
_SHARED = ("shapes", *_LISTS)
FAMILIES = {family: 1 << position for position, family in enumerate(sorted(set(name_words.OBJECTS.values())))}


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
    marks: np.ndarray  # int32 [n, len(MARKS)]
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

    def __len__(self) -> int:
        return len(self.form)

    def take(self, index: np.ndarray) -> "Sites":
        return Sites(**{column.name: getattr(self, column.name) if column.name in _SHARED
                        else getattr(self, column.name)[index] for column in fields(self)})


def read(sites: gpd.GeoDataFrame, crowded: np.ndarray | None = None) -> Sites:
    """The columns of a table of sites (EPSG:4326, `schema.SITE_COLUMNS`; a missing column is not known)."""
    frame = pd.DataFrame(sites.drop(columns=sites.geometry.name)) if isinstance(sites, gpd.GeoDataFrame) else sites
    shapes = np.asarray(sites.geometry.array if isinstance(sites, gpd.GeoDataFrame) else sites["geometry"], object)
    said = _names(frame)
    said["size_m"] = sized(_measure(frame, "volume"), np.asarray(_column(frame, "unit") == METRES), said["size_m"])
    return Sites(**_shapes(shapes, frame, crowded), **_facts(frame), **said)


def sized(volume: np.ndarray, metres: np.ndarray, named_m: np.ndarray) -> np.ndarray:
    """The length of each work: its volume where that counts metres, else what its name states."""
    return np.where(metres & (volume > 0), volume, named_m)


def _column(frame: pd.DataFrame, name: str) -> pd.Series:
    return frame[name] if name in frame else pd.Series([None] * len(frame), index=frame.index, dtype=object)


def _shapes(shapes: np.ndarray, frame: pd.DataFrame, crowded: np.ndarray | None) -> dict[str, Any]:
    shapes = unwrapped(shapes)
    form = forms(shapes)
    bounds = shapely.bounds(shapes)
    lon, lat = (bounds[:, 0] + bounds[:, 2]) / 2, (bounds[:, 1] + bounds[:, 3]) / 2
    return {
        "geometry": shapes, "row": np.arange(len(shapes)), "shapes": Shapes(shapes), "form": form,
        "lon": lon, "lat": lat,
        "length_m": np.zeros(len(shapes)),
        "chord": np.asarray(_column(frame, "method") == "chord") & (form == FORM_LINE),
        "accuracy_m": _measure(frame, "accuracy_m"),
        "crowded": np.zeros(len(shapes), bool) if crowded is None else np.asarray(crowded, bool),
    }


def forms(shapes: np.ndarray) -> np.ndarray:
    """FORM_NONE … FORM_AREA: points and gatherings of points, lines, areas; a mixture counts as its largest."""
    form = np.array([FORM_NONE, FORM_POINT, FORM_LINE, FORM_LINE, FORM_AREA, FORM_POINT, FORM_LINE,
                     FORM_AREA, FORM_NONE], np.int8)[shapely.get_type_id(shapes) + 1]
    for position in np.flatnonzero(shapely.get_type_id(shapes) == 7):
        form[position] = shapely.get_dimensions(shapes[position]) + 1
    return form


def unwrapped(shapes: np.ndarray) -> np.ndarray:
    """Two-dimensional, valid, bounded in vertices, continuous over the antimeridian; None for nothing."""
    shapes = np.array(shapes, dtype=object, copy=True)
    if (shapely.get_coordinate_dimension(shapes) > 2).any():
        shapes = shapely.force_2d(shapes)
    shapes[shapely.is_empty(shapes) | shapely.is_missing(shapes)] = None
    shapes[~np.isfinite(shapely.bounds(shapes)).all(axis=1)] = None
    bounds = shapely.bounds(shapes)
    for position in np.flatnonzero(bounds[:, 2] - bounds[:, 0] > 180):
        shapes[position] = shapely.transform(
            shapes[position], lambda xy: np.column_stack([np.where(xy[:, 0] < 0, xy[:, 0] + 360, xy[:, 0]), xy[:, 1]]))
    for position in np.flatnonzero(shapely.get_num_coordinates(shapes) > MAX_VERTICES):
        shapes[position] = _simpler(shapes[position])
    broken = (shapely.get_dimensions(shapes) == 2) & ~shapely.is_valid(shapes)
    shapes[broken] = shapely.make_valid(shapes[broken])
    return shapes


def _simpler(shape: shapely.Geometry) -> shapely.Geometry:
    """Fewer vertices: half a metre says nothing about duplicates and 100,000 vertices cost seconds a pair."""
    tolerance = 4e-6
    for _ in range(6):
        shape = shapely.simplify(shape, tolerance, preserve_topology=False) or shape
        if shapely.get_num_coordinates(shape) <= MAX_VERTICES:
            break
        tolerance *= 3
    return shape


def ids(values: pd.Series | np.ndarray) -> np.ndarray:
    """Equal texts -> equal ids, blank or missing -> -1."""
    code, texts = pd.factorize(_objects_of(values))
    spelled = [" ".join(str(one).lower().split()) for one in texts]
    number = pd.factorize(_objects([one or None for one in spelled]))[0]
    return np.append(number, -1)[code].astype(np.int32)


def _objects_of(values: pd.Series | np.ndarray) -> np.ndarray:
    return values.to_numpy(object, na_value=None) if isinstance(values, pd.Series) else values


def _measure(frame: pd.DataFrame, name: str) -> np.ndarray:
    return pd.to_numeric(_column(frame, name), errors="coerce").to_numpy(np.float64, na_value=np.nan)


def _codes(frame: pd.DataFrame, name: str, codes: tuple[str, ...]) -> np.ndarray:
    numbered = {code: position for position, code in enumerate(codes)}
    code, values = pd.factorize(_objects_of(_column(frame, name)))
    return np.array([*(numbered.get(value, -1) for value in values), -1], np.int8)[code]


def activity_number(code: object) -> int:
    """'2.3.10', '02.03.10.' -> 20310; anything else -1."""
    parts = [part for part in str(code or "").split(".") if part.isdigit()]
    return int(parts[0]) * 10_000 + int(parts[1]) * 100 + int(parts[2]) if len(parts) == 3 else -1


def _day(frame: pd.DataFrame, name: str) -> np.ndarray:
    days = pd.to_datetime(_column(frame, name), errors="coerce").to_numpy("datetime64[D]")
    return np.where(np.isnat(days), -1, days.astype(np.int64))


def _facts(frame: pd.DataFrame) -> dict[str, np.ndarray]:
    year = _measure(frame, "year")
    amount = _measure(frame, "amount")
    shares = _column(frame, "fund_shares").tolist()
    numbered = {fund: position for position, fund in enumerate(FUNDS)}
    mask, total = np.zeros(len(frame), np.int64), np.full(len(frame), np.nan)
    for position, share in enumerate(shares):
        if isinstance(share, list | tuple) and len(share) > 1:
            mask[position] = sum({1 << numbered[fund] for fund, _ in share if fund in numbered})
            parts = [float(part) for _, part in share if part]
            total[position] = sum(parts) if len(parts) == len(share) else np.nan
    activities = _column(frame, "activity_code")
    unique = {code: activity_number(code) for code in activities.dropna().unique()}
    projects = _objects_of(_column(frame, "project"))
    record = _column(frame, "record") if "record" in frame else _objects(
        [None if pd.isna(one) else str(one).partition("#")[0] for one in projects.tolist()])
    return {
        "category": _codes(frame, "category", tuple(one.code for one in CATEGORIES)),
        "activity": activities.map(unique).fillna(-1).to_numpy(np.int32),
        "year": np.where((year > 1900) & (year < 2200), year, -1).astype(np.int16),
        "stage": _codes(frame, "stage", STAGES), "fund": _codes(frame, "fund", FUNDS),
        "shared_funds": mask, "shared_total": total,
        "amount": np.where((amount > 0) & np.isfinite(amount), amount, np.nan),
        "region": ids(_column(frame, "region_code")), "contractor": ids(_column(frame, "contractor")),
        "contract": ids(_column(frame, "contract")), "record": ids(record), "source": ids(_column(frame, "source")),
        "start_day": _day(frame, "start_date"), "end_day": _day(frame, "end_date"),
        "project": pd.factorize(projects)[0] if "project" in frame else np.arange(len(frame)),
    }


@lru_cache(maxsize=10_000)
def _mask(numbers: frozenset[int]) -> int:
    return sum(1 << one for one in numbers if one < 63)


def _names(frame: pd.DataFrame) -> dict[str, np.ndarray]:
    typed, names_typed = pd.factorize(_objects(_texts(frame, "name")))
    placed, places = pd.factorize(_objects(_texts(frame, "place")))
    both, unique = pd.factorize(typed * max(len(places), 1) + placed)
    # a large table would only turn over the cache that a small one, asked again and again, lives from
    reader = names.read if len(unique) <= CACHED else names.read.__wrapped__
    read = [reader(names_typed[one // len(places)], places[one % len(places)]) for one in unique.tolist()]
    taken = _parsed(read)
    rows = {name: values[both] for name, values in taken.items() if name not in _LISTS}
    for name, extra in (("rt", _column(frame, "rt")), ("rw", _column(frame, "rw"))):
        own = pd.to_numeric(extra, errors="coerce").fillna(-1).to_numpy(np.int64)
        given = (own > 0) & (own < 63)
        rows[name] = np.where(given, np.int64(1) << np.where(given, own, 0), rows[name])
    rows["raw"] = ids(_objects([names.plain(name) for name in names_typed]))[typed]
    return {**rows, **{name: taken[name] for name in _LISTS}}


def _texts(frame: pd.DataFrame, name: str) -> list[str]:
    return ["" if pd.isna(one) else str(one) for one in _objects_of(_column(frame, name)).tolist()]


def _objects(values: list) -> np.ndarray:
    """A one-dimensional array even of tuples."""
    out = np.empty(len(values), object)
    out[:] = values
    return out


def _parsed(read: list[names.Name]) -> dict[str, np.ndarray]:
    n = len(read)
    token_ids, mark_ids, hamlet_ids, recipient_ids = (_Ids() for _ in range(4))
    object_bits = _Ids(62)
    tokens = np.full((n, TOKENS), -1, np.int32)
    marks = np.full((n, len(MARKS)), -1, np.int32)
    columns: dict[str, list] = {name: [] for name in _NAME_COLUMNS}
    add = {name: values.append for name, values in columns.items()}
    for row, name in enumerate(read):
        places = name.places[:TOKENS]
        if places:
            tokens[row, :len(places)] = [token_ids[word] for word in places]
        for what, value in name.marks:
            marks[row, MARKS.index(what)] = mark_ids[value]
        specific, families = _things(name.objects)
        add["objects"](object_bits.mask(specific))
        add["families"](families)
        add["beyond_hamlet"](len(places) - (name.hamlet in places))
        add["size_m"](name.size_m or np.nan)
        add["recipient"](recipient_ids[name.recipient] if name.recipient else -1)
        add["work"](sum([WORK_BIT[word] for word in name.work]))
        add["rt"](_mask(name.rt))
        add["rw"](_mask(name.rw))
        add["hamlet"](hamlet_ids[name.hamlet] if name.hamlet else -1)
        add["water"](hamlet_ids[name.water] if name.water else -1)
        low, high = name.sta or (np.nan, np.nan)
        add["sta_from"](low)
        add["sta_to"](high)
        add["phase"](-1 if name.phase is None else name.phase)
        add["continued"](name.continued)
        add["side"](_SIDES.get(name.side, -1))
        add["stream"](_STREAMS.get(name.stream, -1))
        add["says"](sum(_SAYS[what] for what in name.says) if name.says else 0)
    text = _objects([name.key for name in read])
    key = pd.factorize(pd.Series(text, dtype=object).where(text != "", None))[0]
    return {**{name: np.array(values, _NAME_COLUMNS[name]) for name, values in columns.items()},
            "tokens": tokens, "marks": marks, "text": text, "key": key.astype(np.int32),
            "series": np.ones(n, np.int32), "words": np.array(list(token_ids), object),
            "hamlets": np.array(list(hamlet_ids), object), "recipients": _objects(list(recipient_ids))}


_NAME_COLUMNS: dict[str, type] = {
    "objects": np.int64, "families": np.int64, "beyond_hamlet": np.int8, "recipient": np.int32, "size_m": np.float64,
    "work": np.int8, "rt": np.int64, "rw": np.int64, "hamlet": np.int32, "water": np.int32, "sta_from": np.float64,
    "sta_to": np.float64, "phase": np.int16, "continued": bool, "side": np.int8, "stream": np.int8, "says": np.int8}


class _Ids(dict):
    """Numbers words in the order in which they come; of more than `most` the rest have no bit in a mask."""

    def __init__(self, most: int = 1 << 31) -> None:
        self.most = most

    def __missing__(self, word: Hashable) -> int:
        self[word] = len(self)
        return len(self) - 1

    def mask(self, words: Iterable[str]) -> int:
        return sum([1 << self[word] for word in words if word in self or len(self) < self.most])


@lru_cache(maxsize=10_000)
def _things(objects: tuple[str, ...]) -> tuple[tuple[str, ...], int]:
    """The specific objects among a name's, and the families (bits) of these, else of all."""
    specific = tuple(word for word in objects if word not in name_words.GENERIC)
    return specific, sum({FAMILIES[name_words.OBJECTS[word]] for word in specific or objects})
