"""The villages of the demonstration: invented ones where no asset is at hand."""

import math
from random import Random

import geopandas as gpd
import shapely

_FIRST = ("Contoh", "Rancang", "Umpama", "Misal", "Peraga", "Ibarat", "Andai")
_LAST = ("rejo", "sari", "agung", "mulyo", "anyar", "bening", "asri", "jaya", "makmur", "harjo", "tani", "dadi")


def invented(count: int = 217, seed: int = 0) -> gpd.GeoDataFrame:
    """A made-up regency (code 00.01) of square-ish villages south of the equator, one in eight a kelurahan.

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
    frame = gpd.GeoDataFrame(
        rows, columns=["code", "name", "level", "parent", "kind", "approximate", "geometry"], crs=4326
    )
    districts = frame.dissolve("parent", as_index=False)[["parent", "geometry"]].rename(columns={"parent": "code"})
    districts["name"] = "Kecamatan Contoh " + districts["code"].str[-2:]
    districts["level"], districts["parent"], districts["kind"], districts["approximate"] = (
        "district",
        "00.01",
        None,
        True,
    )
    regency = gpd.GeoDataFrame(
        [("00.01", "Kabupaten Contoh", "regency", "00", None, True, districts.union_all())],
        columns=list(frame.columns),
        crs=4326,
    )
    joined = [*regency.to_dict("records"), *districts.to_dict("records"), *frame.to_dict("records")]
    return gpd.GeoDataFrame(joined, columns=list(frame.columns), crs=4326)
