"""The villages of the demonstration: the 217 real ones of Banyuwangi in approximate cells, or invented ones.

The package `geografis` gives a point for each village and no border. A cell holds the ground that is nearer to its
village's point than to any other, cut to a hull around all points and to the land: an honest approximation as long
as every page says so (`approximate`), until official boundaries are imported.
"""

import json
import math
from pathlib import Path
from random import Random

import geopandas as gpd
import numpy as np
import pandas as pd
import shapely

from app.demonstration.coastline import land
from geo import crs
from geo.gazetteer import Gazetteer

VENDOR = Path(__file__).parents[1] / "static" / "vendor"
POINTS = VENDOR / "geografis" / "data" / "json" / "collection.json"
COAST = VENDOR / "world-atlas" / "land-10m.json"
REGENCY = "35.10"
COLUMNS = ["code", "name", "level", "parent", "kind", "approximate", "geometry"]
HULL_RATIO = 0.4
BEYOND_M = 4_000.0
ASHORE_M = 400.0
ISLAND_M2 = 300_000.0
AROUND = 0.3
_FIRST = ("Contoh", "Rancang", "Umpama", "Misal", "Peraga", "Ibarat", "Andai")
_LAST = ("rejo", "sari", "agung", "mulyo", "anyar", "bening", "asri", "jaya", "makmur", "harjo", "tani", "dadi")


def read(points: Path = POINTS, coast: Path = COAST, regency: str = REGENCY) -> gpd.GeoDataFrame:
    """The villages of one regency with approximate cells, their kecamatan and the regency as unions of them.

    A frame of regions in EPSG:4326: `code, name, level, parent, kind, approximate, geometry` (MultiPolygon) and
    `centre`, the village's own point (None above villages). Raises FileNotFoundError where the assets are not
    unpacked, KeyError for a regency that `geografis` does not know.
    """
    city = _city(points, regency)
    villages = [(district, village) for district in city["districts"] for village in district["villages"]]
    centres = shapely.points([[village["longitude"], village["latitude"]] for _, village in villages])
    west, south, east, north = shapely.total_bounds(centres)
    coastline = land(coast, (west - AROUND, south - AROUND, east + AROUND, north + AROUND))
    cells = approximate_cells(centres, coastline)
    rows = [
        (village["code"], village["village"], "village", district["code"], kind_of(village["code"]), True, cell, centre)
        for (district, village), cell, centre in zip(villages, cells, centres, strict=True)
    ]
    above = [
        (one["code"], one["district"], "district", regency, None, True,
         _joined([row[6] for row in rows if row[3] == one["code"]]), None)
        for one in city["districts"]
    ]
    whole = (regency, city["city"], "regency", None, None, True, _joined(list(cells)), None)
    return _frame([whole, *above, *rows], [*COLUMNS, "centre"])


def kind_of(code: str) -> str:
    """`desa` or `kelurahan`, by the fourth group of the code.

    >>> kind_of("35.10.01.2001"), kind_of("35.10.15.1004")
    ('desa', 'kelurahan')
    """
    return "kelurahan" if code.split(".")[3].startswith("1") else "desa"


def approximate_cells(centres: np.ndarray, coast: shapely.Geometry) -> np.ndarray:
    """One MultiPolygon (EPSG:4326) for each point, which it contains; cells share edges and never overlap.

    A point that the coarse coastline leaves in the sea keeps a small piece of land around it.
    """
    lon, lat = shapely.MultiPoint(centres).centroid.coords[0]
    [ground] = crs.to_metres([coast], lon, lat)
    points = crs.to_metres(centres, lon, lat)
    hull = shapely.concave_hull(shapely.MultiPoint(points), ratio=HULL_RATIO).buffer(BEYOND_M)
    diagram = shapely.voronoi_polygons(shapely.MultiPoint(points), extend_to=hull, ordered=True)
    dry = shapely.union(shapely.intersection(hull, ground), shapely.union_all(shapely.buffer(points, ASHORE_M)))
    cells = shapely.intersection(np.array(diagram.geoms), dry)
    cells = [_without_crumbs(cell, point) for cell, point in zip(cells, points, strict=True)]
    return _in_degrees(np.array(cells), lon, lat)


def _without_crumbs(cell: shapely.Geometry, point: shapely.Point) -> shapely.MultiPolygon:
    """The part with the village in it, and islands of some size."""
    parts = [part for part in shapely.get_parts(cell) if part.geom_type == "Polygon"]
    return shapely.MultiPolygon([part for part in parts if part.intersects(point) or part.area > ISLAND_M2])


def _in_degrees(cells: np.ndarray, lon: float, lat: float) -> np.ndarray:
    east_m, north_m = (float(metres) for metres in crs.degrees_m(lat))
    return shapely.transform(cells, lambda xy: np.round(xy / [east_m, north_m] + [lon, lat], 7))


def _joined(cells: list[shapely.Geometry]) -> shapely.MultiPolygon:
    whole = shapely.union_all(cells, grid_size=1e-7)
    return whole if whole.geom_type == "MultiPolygon" else shapely.MultiPolygon([whole])


def _frame(rows: list[tuple], columns: list[str]) -> gpd.GeoDataFrame:
    """Rows to a frame in which what is missing is None."""
    table = pd.DataFrame(rows, columns=columns, dtype=object)
    table = table.astype({"approximate": bool})
    return gpd.GeoDataFrame(table, geometry="geometry", crs=4326)


def _city(points: Path, regency: str) -> dict:
    for province in json.loads(points.read_text("utf-8")):
        if province["code"] == regency.split(".")[0]:
            for city in province["cities"]:
                if city["code"] == regency:
                    return city
    raise KeyError(regency)


def gazetteer(points: Path = POINTS) -> Gazetteer | None:
    """Every village of the country with its regency, None where the assets are not unpacked."""
    if not points.exists():
        return None
    known = [(village["longitude"], village["latitude"], city["city"], village["village"])
             for province in json.loads(points.read_text("utf-8")) for city in province["cities"]
             for district in city["districts"] for village in district["villages"]]
    return Gazetteer(*zip(*known, strict=True))


def invented(count: int = 217, seed: int = 0) -> gpd.GeoDataFrame:
    """A made-up regency (code 00.01) of square villages south of the equator, one in eight a kelurahan.

    A frame of regions: `code, name, level, parent, kind, approximate, geometry` (EPSG:4326).
    """
    rng, rows = Random(seed), []
    across, side = math.ceil(math.sqrt(count)), 0.04
    for k in range(count):
        district, number = divmod(k, 9)
        kind = "kelurahan" if rng.random() < 28 / 217 else "desa"
        code = f"00.01.{district + 1:02d}.{'1' if kind == 'kelurahan' else '2'}{number + 1:03d}"
        x, y = 114.0 + side * (k % across), -8.6 + side * (k // across)
        name = f"{_FIRST[k % 7]}{_LAST[k % 12]}" + (f" {k // 84 + 1}" if k >= 84 else "")
        rows.append((code, name, "village", code[:8], kind, True, shapely.box(x, y, x + side, y + side)))
    parents = sorted({row[3] for row in rows})
    above = [(parent, f"Kecamatan Contoh {parent[-2:]}", "district", "00.01", None, True,
              _joined([row[6] for row in rows if row[3] == parent])) for parent in parents]
    whole = ("00.01", "Kabupaten Contoh", "regency", None, None, True, _joined([row[6] for row in rows]))
    return _frame([whole, *above, *rows], COLUMNS)
