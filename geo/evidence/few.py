"""A handful of sites as columns of numbers, read without a data frame: what `sites.read` gives, in a tenth of the time.

One proposal is checked while a person waits, and a frame of fifty rows costs what one of five thousand does.
"""

from collections.abc import Hashable, Iterable, Mapping, Sequence
from datetime import date
from functools import lru_cache

import numpy as np
import shapely

from geo import crs, names
from geo.evidence import named
from geo.evidence import sites as columns
from geo.evidence.frequencies import Frequencies, series_keys, spots
from geo.evidence.sites import Sites, activity_number
from geo.schema import CATEGORIES, FUNDS, STAGES

_CATEGORIES, _STAGES, _FUNDS = ({code: place for place, code in enumerate(codes)} for codes in (
    [one.code for one in CATEGORIES], STAGES, FUNDS))


def read(rows: Sequence[Mapping[str, object]], geometry: np.ndarray) -> Sites:
    """Rows of `schema.SITE_COLUMNS` (and `record`; None or NaN: not known) with their geometries [n] in EPSG:4326."""
    chord = np.array([row.get("method") == "chord" for row in rows], bool)
    accuracy_m = np.array([_number(row.get("accuracy_m")) for row in rows], float)
    return Sites(**columns.shaped(geometry, chord, accuracy_m), **_facts(rows), **_names(rows))


def crowded_in(counted: Frequencies | None, reach_m: float, geometry: shapely.Geometry) -> bool:
    """Whether the snapshot knows a crowded coordinate within reach of a geometry (EPSG:4326)."""
    if counted is None or not counted.crowded:
        return False
    west, south, east, north = shapely.bounds(geometry)
    wide, high = crs.degrees_m(min(max(abs(south), abs(north)), 89.0))
    known = _known_spots(counted.crowded)
    first, last = np.searchsorted(known[:, 0], [west - 1.01 * reach_m / wide, east + 1.01 * reach_m / wide])
    lat = known[first:last, 1]
    return bool(((lat >= south - 1.01 * reach_m / high) & (lat <= north + 1.01 * reach_m / high)).any())


def prepare(table: Sites, counted: Frequencies) -> None:
    """Fill in what the snapshot says of each site, as `is_crowded` and `series_counts` do, looking up only these."""
    if counted.crowded:
        known = _known_spots(counted.crowded)
        table.crowded[:] = np.isin(spots(table.lon, table.lat), spots(known[:, 0], known[:, 1]))
    if counted.series:
        table.series[:] = [counted.series.get(key, 1) for key in series_keys(table)]


@lru_cache(maxsize=4)
def _known_spots(crowded: frozenset[tuple[float, float]]) -> np.ndarray:
    return np.array(sorted(crowded))


def _number(value: object) -> float:
    return np.nan if value is None else float(value)  # type: ignore[arg-type]


def _known(value: object) -> bool:
    return value is not None and value == value


def _numbered(values: Iterable[Hashable | None], kind: type = np.int32) -> np.ndarray:
    """Equal values get equal numbers in the order in which they come, None gets -1."""
    seen: dict = {}
    return np.array([-1 if one is None else seen.setdefault(one, len(seen)) for one in values], kind)


def _plain(value: object) -> str | None:
    return (" ".join(str(value).lower().split()) or None) if _known(value) else None


def _day(value: object) -> int:
    return (value - date(1970, 1, 1)).days if isinstance(value, date) else -1


def _facts(rows: Sequence[Mapping[str, object]]) -> dict[str, np.ndarray]:
    year = np.array([_number(row.get("year")) for row in rows], float)
    amount = np.array([_number(row.get("amount")) for row in rows], float)
    mask, total = np.zeros(len(rows), np.int64), np.full(len(rows), np.nan)
    for place, row in enumerate(rows):
        shares = row.get("fund_shares")
        if isinstance(shares, list | tuple) and len(shares) > 1:
            mask[place] = sum({1 << _FUNDS[fund] for fund, _ in shares if fund in _FUNDS})
            parts = [float(part) for _, part in shares if part]
            total[place] = sum(parts) if len(parts) == len(shares) else np.nan

    def codes(name: str, known: Mapping[str, int]) -> np.ndarray:
        return np.array([known.get(row.get(name), -1) for row in rows], np.int8)  # type: ignore[arg-type]

    def texts(name: str) -> np.ndarray:
        return _numbered(_plain(row.get(name)) for row in rows)

    records = [row["record"] if "record" in row else str(row["project"]).split("#")[0] for row in rows]
    return {
        "category": codes("category", _CATEGORIES),
        "activity": np.array([activity_number(row.get("activity_code")) for row in rows], np.int32),
        "year": np.where((year > 1900) & (year < 2200), year, -1).astype(np.int16),
        "stage": codes("stage", _STAGES), "fund": codes("fund", _FUNDS), "shared_funds": mask, "shared_total": total,
        "amount": np.where((amount > 0) & np.isfinite(amount), amount, np.nan),
        "region": texts("region_code"), "contractor": texts("contractor"), "contract": texts("contract"),
        "record": _numbered(map(_plain, records)), "source": texts("source"),
        "start_day": np.array([_day(row.get("start_date")) for row in rows], np.int64),
        "end_day": np.array([_day(row.get("end_date")) for row in rows], np.int64),
        "project": _numbered((row["project"] for row in rows), np.int64)}  # type: ignore[misc]


def _names(rows: Sequence[Mapping[str, object]]) -> dict[str, np.ndarray]:
    both = [(str(row.get("name") or ""), str(row.get("place") or "")) for row in rows]
    at = _numbered(both, np.int64)
    taken = named.parsed([names.read(*one) for one in dict.fromkeys(both)])
    parsed = {name: values[at] for name, values in taken.items() if name not in named.LISTS}
    for name in ("rt", "rw"):
        for place, row in enumerate(rows):
            text = str(row.get(name) or "").strip()
            if text.isdecimal() and 0 < int(text) < 63:
                parsed[name][place] = 1 << int(text)
    parsed["raw"] = _numbered(_plain(names.plain(name)) for name, _ in both)
    parsed["size_m"] = columns.sized(np.array([_number(row.get("volume")) for row in rows], float),
                                     np.array([row.get("unit") == columns.METRES for row in rows], bool),
                                     parsed["size_m"])
    return {**parsed, **{name: taken[name] for name in named.LISTS}}
