"""A regency of believable works with planted duplicates and look-alikes, and the truth beside it.

Nothing here knows the matcher (an import contract keeps it so): what it plants is what people do, and whether the
matcher finds it is the matcher's affair. The truth is written to a file and never enters the database.
"""

from collections import defaultdict
from dataclasses import dataclass
from itertools import combinations
from pathlib import Path
from random import Random

import geopandas as gpd
import numpy as np
import pandas as pd
import shapely

from app.demonstration import copies, lookalikes
from app.demonstration import villages as village_cells
from app.demonstration.copies import Planted, pick
from app.demonstration.ground import Ground
from app.demonstration.objects import OBJECTS
from app.demonstration.recording import CELLS, record, sites
from app.demonstration.wording import Manner, draw_manner
from app.demonstration.works import Work, draw, spread
from geo.schema import SITE_COLUMNS

DUPLICATE_SHARE = 0.02
LOOK_ALIKES_EACH = 2.1
NO_POINT_SHARE = 0.10
SEVERAL_SITES_SHARE = 0.25
PER_OFFICE = 18


@dataclass(frozen=True, slots=True)
class Generated:
    """`works`: GeoDataFrame (EPSG:4326) of SITE_COLUMNS and `number, volume, unit`, one site a row, `number` from 1.
    `truth`: DataFrame `left, right, kind, duplicate`, ids of `project`, left < right; no other pair is a duplicate.
    """

    works: gpd.GeoDataFrame
    truth: pd.DataFrame

    def write_truth(self, path: Path) -> None:
        self.truth.to_csv(path, index=False)


def generate(
    seed: int = 2026, size: int = 12_000, duplicates: bool = True, villages: gpd.GeoDataFrame | None = None
) -> Generated:
    """About `size` works over the villages; the same arguments always give the same table.

    `villages` is a frame of regions (`code, name, level, parent, kind, geometry`); only its villages are used. Without
    one, 217 invented villages take their place. `duplicates=False` leaves only the look-alikes and the background.
    """
    rng = Random(f"pantaudesa {seed} {size} {duplicates}")
    grounds, shares = _grounds(village_cells.invented() if villages is None else villages, size, rng)
    planted = _planted(grounds, shares, size, duplicates, rng)
    background = max(0, size - sum(len(one.works) for one in planted))
    works = _background(rng.choices(grounds, shares, k=background), rng)
    _crowd_some_offices(works, rng)
    groups = [[work] for work in works] + [one.works for one in planted]
    rng.shuffle(groups)
    return _tables(groups, planted, rng)


def _grounds(frame: gpd.GeoDataFrame, size: int, rng: Random) -> tuple[list[Ground], list[float]]:
    """The villages, and how busy each is: most alike, a few several times as dense."""
    cells = frame[frame["level"] == "village"].sort_values("code")
    shares = [rng.lognormvariate(0, 0.35) * (3.5 if rng.random() < 0.05 else 1) for _ in range(len(cells))]
    each = size / sum(shares)
    districts = dict(zip(frame["code"], frame["name"], strict=True))
    return [
        Ground(
            row.code, row.name_, districts.get(row.parent, ""), row.kind == "desa", row.geometry, int(share * each), rng
        )
        for row, share in zip(cells.rename(columns={"name": "name_"}).itertuples(), shares, strict=True)
    ], shares


def _planted(grounds: list[Ground], shares: list[float], size: int, duplicates: bool, rng: Random) -> list[Planted]:
    pairs = round(DUPLICATE_SHARE * size)
    planted: list[Planted] = []
    if duplicates:
        for make in copies.PLANT.values():
            done = 0
            while done < pairs / len(copies.PLANT):
                one = make(rng.choices(grounds, shares)[0], rng)
                planted.append(one)
                done += len(one.works) * (len(one.works) - 1) // 2
    for make in lookalikes.PLANT.values():
        for _ in range(-(-round(LOOK_ALIKES_EACH * pairs) // len(lookalikes.PLANT))):
            one = make(rng.choices(grounds, shares)[0], rng)
            if rng.random() < 0.05:
                one.works[-1].point = False
                for work in one.works:
                    work.careful = True
            planted.append(one)
    return planted


def _background(grounds: list[Ground], rng: Random) -> list[Work]:
    works = []
    for ground in grounds:
        work = draw(ground, pick(OBJECTS, rng), rng)
        if work.thing.set_piece == "titik" and rng.random() < SEVERAL_SITES_SHARE:
            spread(work, rng.randint(2, 8), rng)
        if rng.random() < NO_POINT_SHARE:
            work.point, work.careful = False, True
        works.append(work)
    return works


def _crowd_some_offices(works: list[Work], rng: Random) -> None:
    """In a few villages somebody gave every work the office's coordinate: there a point says nothing."""
    by_ground: dict[str, list[Work]] = defaultdict(list)
    for work in works:
        if work.point and not work.parts:
            by_ground[work.ground.code].append(work)
    for code in rng.sample(sorted(by_ground), max(1, len(by_ground) // 50)):
        for work in rng.sample(by_ground[code], min(PER_OFFICE, len(by_ground[code]) // 2)):
            work.at_office, work.careful = True, True


def _tables(groups: list[list[Work]], planted: list[Planted], rng: Random) -> Generated:
    """Word and measure every work in a shuffled order, so that a number says nothing about who is whose copy."""
    order = [work for group in groups for work in group]
    rng.shuffle(order)
    project = {id(work): f"C{number:06d}" for number, work in enumerate(order, 1)}
    first = {id(work): one.works[0] for one in planted if one.duplicate for work in one.works[1:]}
    manners: dict[tuple[str, str], Manner] = {}
    named: dict[int, str] = {}
    rows: list[dict[str, object]] = []
    shapes, grounds = [], []
    for work in order:
        # a village's clerk writes alike all year; a dinas has a clerk of its own
        desk = (work.ground.code, work.source)
        manner = manners.get(desk) or manners.setdefault(desk, draw_manner(rng))
        original = first.get(id(work))
        cells = record(work, manner, rng, named.get(id(original)) if original else None)
        named[id(work)] = cells["name"]
        for method, accuracy_m, shape in sites(work, rng):
            rows.append({"project": project[id(work)], **cells, "method": method, "accuracy_m": accuracy_m})
            shapes.append(shape)
            grounds.append(work.ground)
    works = _frame(rows, shapes, grounds)
    return Generated(works, _truth(planted, project))


def _frame(rows: list[dict[str, object]], shapes: list, grounds: list[Ground]) -> gpd.GeoDataFrame:
    table = pd.DataFrame(rows, columns=["project", *CELLS, "method", "accuracy_m"])
    table["year"] = table["year"].astype("Int16")
    for column in ("start_date", "end_date"):
        table[column] = pd.to_datetime(table[column]).astype("datetime64[ns]")
    for column in ("category", "activity_code", "place", "rt", "rw", "contractor", "contract", "method"):
        table[column] = table[column].astype(object).where(table[column].notna(), None)
    table.insert(0, "number", np.arange(1, len(table) + 1))
    frame = gpd.GeoDataFrame(table, geometry=_geometries(shapes, grounds), crs=4326)
    return frame[["number", *SITE_COLUMNS[:-1], "volume", "unit", "geometry"]]


def _geometries(shapes: list, grounds: list[Ground]) -> np.ndarray:
    """Shapes in metres of their village to geometries in degrees: all vertices at once, then by type."""
    out = np.full(len(shapes), None, dtype=object)
    placed = [k for k, shape in enumerate(shapes) if shape]
    sizes = np.array([len(shapes[k]) for k in placed])
    flat = np.array([vertex for k in placed for vertex in shapes[k]])
    of = np.repeat(np.arange(len(placed)), sizes)
    origin = np.array([(grounds[k].lon, grounds[k].lat, grounds[k].metres_lon, grounds[k].metres_lat) for k in placed])[
        of
    ]
    flat = np.round(origin[:, :2] + flat / origin[:, 2:], 7)
    ring = np.array([len(shapes[k]) > 3 and shapes[k][0] == shapes[k][-1] for k in placed])
    row = np.array(placed)
    for chosen, build in ((sizes == 1, None), ((sizes > 1) & ~ring, shapely.linestrings), (ring, shapely.linearrings)):
        if not chosen.any():
            continue
        mine = chosen[of]
        numbers = (np.cumsum(chosen) - 1)[of][mine]
        made = shapely.points(flat[mine]) if build is None else build(flat[mine], indices=numbers)
        out[row[chosen]] = shapely.polygons(made) if build is shapely.linearrings else made
    return out


def _truth(planted: list[Planted], project: dict[int, str]) -> pd.DataFrame:
    """Every two works of one planted set, with their kind: the closure is in it by construction."""
    pairs = [
        (
            *sorted((project[id(one.works[i])], project[id(one.works[j])])),
            one.kinds.get((i, j), one.kind),
            one.duplicate,
        )
        for one in planted
        for i, j in combinations(range(len(one.works)), 2)
    ]
    return pd.DataFrame(pairs, columns=["left", "right", "kind", "duplicate"]).sort_values(
        ["left", "right"], ignore_index=True
    )
