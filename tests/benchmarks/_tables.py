"""Seeded tables for measuring speed: 60 % points, 30 % lines, 10 % areas, clustered in villages of equal density.

Every twentieth work is a second payment of the one before it (same name and kind, a few metres off, another fund);
`planted` lists them. Tolerances come to `TOLERANCE_M`, except beside areas, which reach a little farther.
"""

from collections.abc import Iterator
from dataclasses import dataclass

import geopandas as gpd
import numpy as np
import pandas as pd
import shapely

from geo import crs
from geo.schema import SITE_COLUMNS

TOLERANCE_M = 50.0
VILLAGE = 500
"""Works of one village."""
SPREAD_M, APART_M = 600.0, 3_600.0
ORIGIN = (111.0, -8.6)
NAMES_PER_WORK = 0.41
"""Names to choose from: a million works have some 430,000 different ones."""
COPY_EVERY = 20
DENSE, CROWD = 5_000, 20_000
"""Works of the dense town, and works on one coordinate."""

_WHAT = (
    "Pembangunan Rabat Beton Jalan|road", "Rabat Jl.|road", "Pemb. Rabat Jalan Lingkungan|road",
    "Pavingisasi Jalan|road", "Pengaspalan Jalan|road", "Pembangunan Drainase|drainage",
    "Saluran Drainase Jl.|drainage", "Drainase U-Ditch|drainage", "Pembangunan Talud|retaining_wall",
    "Tembok Penahan Tanah|retaining_wall", "Pemb. TPT|retaining_wall",
    "Rehabilitasi Saluran Irigasi|irrigation", "Pipanisasi Air Bersih|pipe", "Pemasangan PJU|lighting",
    "Lampu Penerangan Jalan|lighting",
)
_AREAS = ("Pembangunan Lapangan|field", "Penataan Taman|field", "Penataan Makam|field")
_KINDS = ("road", "drainage", "retaining_wall", "irrigation", "pipe", "lighting", "field")
_FUNDS = ("DDS", "ADD", "PBK", "PBP")
_SYLLABLES = ("su", "ka", "wa", "ri", "mo", "ja", "ta", "ban", "ker", "tu", "gi", "lo", "ngan", "pa", "se", "du")


@dataclass(frozen=True, slots=True)
class Made:
    """A table of sites and the positions [m, 2] of its planted copies."""

    sites: gpd.GeoDataFrame
    planted: np.ndarray


def uniform(n: int, seed: int = 2026) -> Made:
    """n works in villages of `VILLAGE` works, all of one density."""
    rng = np.random.default_rng(seed)
    return _made(rng, np.arange(n) // VILLAGE, np.full(n, SPREAD_M))


def pieces(n: int, rows: int = 100_000, seed: int = 2026) -> Iterator[Made]:
    """Like `uniform`, made piece by piece of whole villages, for tables that nobody wants to hold; projects and
    planted positions count through all pieces."""
    side = int(np.ceil(np.sqrt(-(-n // VILLAGE))))
    for start in range(0, n, rows):
        village = np.arange(start, min(start + rows, n)) // VILLAGE
        made = _made(np.random.default_rng([seed, start]), village - village[0], np.full(len(village), SPREAD_M),
                     int(village[0]), side)
        sites = made.sites.assign(project=np.arange(start, start + len(village)).astype(str))
        yield Made(sites, made.planted + start)


def town(n: int, dense: int = DENSE, times: float = 100.0, seed: int = 2026) -> Made:
    """Like `uniform`, but the first `dense` works stand in one town of so many times the density."""
    rng = np.random.default_rng(seed)
    village = np.where(np.arange(n) < dense, 0, np.arange(n) // VILLAGE + 1)
    spread_m = np.where(np.arange(n) < dense, SPREAD_M * np.sqrt(dense / VILLAGE / times), SPREAD_M)
    return _made(rng, village, spread_m)


def one_spot(n: int, crowd: int = CROWD, seed: int = 2026) -> Made:
    """Like `uniform`, but the first `crowd` works are points on one coordinate: the village office."""
    rng = np.random.default_rng(seed)
    village = np.where(np.arange(n) < crowd, 0, np.arange(n) // VILLAGE + 1)
    made = _made(rng, village, np.full(n, SPREAD_M))
    shapes = np.array(made.sites.geometry.array, dtype=object)
    shapes[:crowd] = shapely.Point(*ORIGIN)
    return Made(made.sites.set_geometry(gpd.GeoSeries(shapes, crs=4326)), made.planted)


def _made(rng: np.random.Generator, village: np.ndarray, spread_m: np.ndarray, first: int = 0,
          side: int | None = None) -> Made:
    """Villages count from 0 here, from `first` on a ground of `side` villages each way."""
    n = len(village)
    side = side or (int(np.ceil(np.sqrt(village.max() + 1))) if n else 1)
    x_m = ((village + first) % side) * APART_M + rng.normal(0, 1, n) * spread_m
    y_m = ((village + first) // side) * APART_M + rng.normal(0, 1, n) * spread_m
    form = rng.choice(3, n, p=(0.6, 0.3, 0.1))
    copy = np.flatnonzero(np.arange(n) % COPY_EVERY == COPY_EVERY - 1)
    copy = copy[village[copy] == village[copy - 1]]
    form[copy] = form[copy - 1]
    frame, kind = _facts(rng, village, form, copy, first)
    geometry = _shapes(rng, x_m, y_m, form, copy)
    accuracy_m = np.where(kind == _KINDS.index("field"), 5.0, 15.0)
    frame = frame.assign(accuracy_m=accuracy_m, geometry=geometry)
    return Made(gpd.GeoDataFrame(frame, geometry="geometry", crs=4326), np.column_stack([copy - 1, copy]))


def _facts(rng: np.random.Generator, village: np.ndarray, form: np.ndarray, copy: np.ndarray, before: int
           ) -> tuple[pd.DataFrame, np.ndarray]:
    n = len(village)
    names, kinds = _names(rng, village, form)
    year, amount = rng.integers(2019, 2026, n), np.round(rng.gamma(2.0, 60e6, n) + 5e6, -3)
    amount = np.where(rng.random(n) < 0.3, np.round(amount, -6), amount)
    fund = rng.integers(0, len(_FUNDS), n)
    names[copy], kinds[copy], year[copy] = names[copy - 1], kinds[copy - 1], year[copy - 1]
    amount[copy] = np.round(amount[copy - 1] * rng.uniform(0.97, 1.03, len(copy)), -3)
    fund[copy] = (fund[copy - 1] + 1) % len(_FUNDS)
    codes = np.array([f"35.{one // 2000 % 90 + 10}.{one // 20 % 99 + 1:02}.{2001 + one % 20}"
                      for one in range(before, before + village.max() + 1 if n else 0)], dtype=object)
    frame = pd.DataFrame({column: pd.Series([None] * n, dtype=object) for column in SITE_COLUMNS})
    return frame.assign(
        project=np.arange(n).astype(str), source="bench", name=names, category=np.array(_KINDS, object)[kinds],
        year=pd.array(year, dtype="Int16"), stage="done", fund=np.array(_FUNDS, object)[fund], amount=amount,
        region_code=codes[village], role="claimed", method="gps"), kinds


def _names(rng: np.random.Generator, village: np.ndarray, form: np.ndarray) -> tuple[np.ndarray, np.ndarray]:
    """Names from each village's own stock: some are used again and again, most stand once."""
    n = len(village)
    lanes = np.array(["".join(rng.choice(_SYLLABLES, rng.integers(2, 4))).capitalize() for _ in range(3_000)], object)
    size = np.bincount(village, minlength=1)
    stock = np.maximum((size * NAMES_PER_WORK).astype(np.int64), 1)
    first = np.concatenate([[0], np.cumsum(stock)])
    total = int(first[-1])
    owner = np.repeat(np.arange(len(size)), stock)
    hamlet = lanes[(owner * 7 + rng.integers(0, 4, total)) % len(lanes)]
    lane = lanes[(owner * 31 + rng.integers(0, 40, total)) % len(lanes)]
    rt, rw, metres = rng.integers(1, 13, total), rng.integers(1, 7, total), rng.integers(4, 60, total) * 10
    shape = rng.integers(0, 4, total)
    tails = [f" Gang {a} RT {b:02} RW {c:02} Dusun {d}" if s == 0 else f" {a} RT.{b:02}/{c:02} Dsn {d}" if s == 1
             else f" {a} Dusun {d} ({m} m)" if s == 2 else f" {a} Rt {b} Dusun {d}"
             for s, a, b, c, d, m in zip(shape.tolist(), lane, rt.tolist(), rw.tolist(), hamlet, metres.tolist(),
                                         strict=True)]
    works = [one.split("|") for one in _WHAT + _AREAS]
    kind_of = np.array([_KINDS.index(kind) for _, kind in works])
    head = np.array([words for words, _ in works], object)
    plain, areas = rng.integers(0, len(_WHAT), total), rng.integers(len(_WHAT), len(works), total)
    chosen = first[village] + (rng.random(n) * stock[village]).astype(np.int64)
    what = np.where(form == 2, areas[chosen], plain[chosen])
    told = pd.Series(head[what]) + pd.Series(np.array(tails, object)[chosen])
    return told.to_numpy(object), kind_of[what]


def _shapes(rng: np.random.Generator, x_m: np.ndarray, y_m: np.ndarray, form: np.ndarray, copy: np.ndarray
            ) -> np.ndarray:
    """Points, lines of 3 to 8 vertices and some 200 m, areas of 5 to 9 corners; copies shifted by some metres."""
    east_m, north_m = (float(one) for one in crs.degrees_m(ORIGIN[1] + 1.0))
    shift = np.zeros((len(x_m), 2))
    shift[copy] = rng.normal(0, 3.0, (len(copy), 2))
    origin = np.arange(len(x_m))
    origin[copy] = copy - 1
    place = np.column_stack([x_m, y_m])
    shapes = np.empty(len(x_m), object)
    vertices, width_m = rng.integers(3, 9, len(x_m)), rng.uniform(10, 40, len(x_m))
    heading = rng.uniform(0, 2 * np.pi, len(x_m))

    def degrees(xy_m: np.ndarray) -> np.ndarray:
        return xy_m / (east_m, north_m) + ORIGIN

    points = np.flatnonzero(form == 0)
    shapes[points] = shapely.points(degrees(place[origin[points]] + shift[points]))
    for which, make in ((1, shapely.linestrings), (2, shapely.polygons)):
        rows = np.flatnonzero(form == which)
        count = vertices[origin[rows]] + (which == 2)
        owner = np.repeat(np.arange(len(rows)), count)
        step = np.arange(len(owner)) - np.repeat(np.cumsum(count) - count, count)
        source = origin[rows][owner]
        if which == 1:
            bend = np.sin(step * 1.3 + heading[source]) * 0.35
            way_m = 40.0 * step + width_m[source] * 0.2
            xy = np.column_stack([np.cos(heading[source] + bend), np.sin(heading[source] + bend)]) * way_m[:, None]
        else:
            turn = heading[source] + 2 * np.pi * step / count[owner]
            xy = np.column_stack([np.cos(turn), np.sin(turn)]) * width_m[source][:, None]
        xy = degrees(place[source] + shift[rows][owner] + xy)
        if len(rows):
            shapes[rows] = make(shapely.linearrings(xy, indices=owner)) if which == 2 else make(xy, indices=owner)
    return shapes
