"""The real files that quality is measured on, as tables of sites; they stay outside the repository."""

import os
from functools import cache
from pathlib import Path

import geopandas as gpd

from geo import linking, rows

FILES = {"flood_control": ("flood_control/flood_control_projects.csv", "PHP"),
         "village_roads": ("village_roads/jalan_desa.xlsx", "IDR")}


def path(name: str) -> Path:
    """Where a real file lies, below PANTAU_REAL_DATA."""
    folder = os.environ.get("PANTAU_REAL_DATA")
    if not folder:
        raise SystemExit("PANTAU_REAL_DATA is not set: this benchmark needs the real files")
    return Path(folder) / FILES[name][0]


@cache
def sites(name: str) -> gpd.GeoDataFrame:
    """The good rows of a file; `project` and `row` are the file's line, so that no id gives a pair away."""
    understood = rows.understand(rows.read(path(name)), currency=FILES[name][1])
    good = [one for one in understood if one.good]
    return linking.as_sites(good, [str(one.row.number) for one in good], "0")
