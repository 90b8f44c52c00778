"""Geometry drawn in tests: a letter is a place, one character is so many metres.

    drawn = grid('''
        a     b

        c     d
    ''', cell_m=10)
    drawn.point("a"), drawn.line("abd"), drawn.area("abdc")
"""

import textwrap
from dataclasses import dataclass

import geopandas as gpd
import numpy as np
import pandas as pd
import shapely

from geo import crs
from geo.schema import SITE_COLUMNS

ORIGIN = (114.3, -8.3)


@dataclass(frozen=True)
class Grid:
    """Places by letter, lon and lat in EPSG:4326; the drawing's upper left corner stands at the origin."""

    places: dict[str, tuple[float, float]]

    def point(self, letter: str) -> shapely.Point:
        return shapely.Point(self.places[letter])

    def line(self, letters: str) -> shapely.LineString:
        return shapely.LineString([self.places[letter] for letter in letters])

    def area(self, letters: str) -> shapely.Polygon:
        return shapely.Polygon([self.places[letter] for letter in letters])


def grid(drawing: str, cell_m: float = 10.0, origin: tuple[float, float] = ORIGIN) -> Grid:
    """Read a drawing; a letter that stands twice is a mistake in the test."""
    east_m, north_m = (float(one) for one in crs.degrees_m(origin[1]))
    places: dict[str, tuple[float, float]] = {}
    for row, text in enumerate(textwrap.dedent(drawing).strip("\n").splitlines()):
        for column, letter in enumerate(text):
            if letter.isalpha():
                assert letter not in places, f"{letter} is drawn twice"
                places[letter] = (origin[0] + column * cell_m / east_m, origin[1] - row * cell_m / north_m)
    return Grid(places)


def works(*rows: dict, **all_rows: object) -> gpd.GeoDataFrame:
    """A table of sites from rows of what matters in a test; the rest is what an ordinary village work says."""
    usual = {"source": "test", "name": "Pembangunan rabat beton jalan Dusun Krajan RT 02 RW 01", "category": "road",
             "year": 2024, "stage": "done", "fund": "DDS", "amount": 87_350_000.0, "region_code": "35.10.01.2001",
             "role": "claimed", "method": "gps", "accuracy_m": 5.0}
    table = pd.DataFrame([{**dict.fromkeys(SITE_COLUMNS), **usual, **all_rows, "project": f"p{number}", **row}
                          for number, row in enumerate(rows)], columns=[*SITE_COLUMNS, "volume", "unit"])
    for column in ("amount", "volume", "accuracy_m"):
        table[column] = table[column].astype(np.float64)
    table["year"] = table["year"].astype("Int16")
    return gpd.GeoDataFrame(table, geometry="geometry", crs=4326)
