"""Segments of a large table: vertices read by threads in slices, laid out by a kernel in the order of the table.

A slice is small enough that shapely's objects, met by its first question, are still in the cache for the others.
"""

from concurrent.futures import ThreadPoolExecutor
from os import cpu_count

import numpy as np
import shapely
from numpy.typing import NDArray

from geo.compiled.kernel import kernel

SLICE = 4_096
POINT, LINE, AREA, ODD = range(4)
"""Odd: gatherings, mixtures, areas with holes. A slice holds no vertices of them."""
_FORM = np.array([ODD, POINT, LINE, LINE, AREA, ODD, ODD, ODD, ODD], np.int8)


class Vertices:
    """Of n geometries: their form, bounds [n, 4] (NaN: nothing there) and number of segments."""

    def __init__(self, shapes: NDArray) -> None:
        n = len(shapes)
        self.form, self.bounds, self.count = np.empty(n, np.int8), np.empty((n, 4)), np.empty(n, np.int64)
        self._starts = range(0, n, SLICE)
        with ThreadPoolExecutor(cpu_count()) as threads:
            self._xy = list(threads.map(lambda start: self._read(slice(start, start + SLICE), shapes), self._starts))

    def _read(self, rows: slice, shapes: NDArray) -> NDArray[np.float64]:
        """Vertices of the slice's lines and areas; a point's stand in its bounds."""
        shapes = shapes[rows]
        form, bounds, count = self.form[rows], self.bounds[rows], self.count[rows]
        form[:] = _FORM[shapely.get_type_id(shapes) + 1]
        shapely.bounds(shapes, out=bounds)
        areas = np.flatnonzero(form == AREA)
        form[areas[shapely.get_num_interior_rings(shapes[areas]) > 0]] = ODD
        count[:] = ~np.isnan(bounds[:, 0])
        rest = np.flatnonzero((form == LINE) | (form == AREA))
        others = shapes[rest]
        count[rest] = np.maximum(shapely.get_num_coordinates(others) - 1, 0)
        return shapely.get_coordinates(others)

    def fill(self, first: NDArray[np.int64], ends: NDArray[np.float64], edges: NDArray[np.int64]) -> None:
        """Lay out all but the odd: the segments of geometry i from `first[i]` on, the end of its edges."""
        with ThreadPoolExecutor(cpu_count()) as threads:
            list(threads.map(lambda start, xy: _fill(start, min(start + SLICE, len(self.form)), self.form, self.bounds,
                                                     xy, first, ends, edges), self._starts, self._xy))


@kernel
def _fill(start: int, stop: int, form: np.ndarray, bounds: np.ndarray, xy: np.ndarray, first: np.ndarray,
          ends: np.ndarray, edges: np.ndarray) -> None:
    vertex = 0
    for row in range(start, stop):
        if form[row] == ODD or first[row] == first[row + 1]:
            continue
        if form[row] == POINT:
            at = first[row]
            ends[at, 0], ends[at, 1] = bounds[row, 0], bounds[row, 1]
            ends[at, 2], ends[at, 3] = bounds[row, 0], bounds[row, 1]
            continue
        for at in range(first[row], first[row + 1]):
            ends[at, 0], ends[at, 1] = xy[vertex, 0], xy[vertex, 1]
            vertex += 1
            ends[at, 2], ends[at, 3] = xy[vertex, 0], xy[vertex, 1]
        vertex += 1
        if form[row] == AREA:
            edges[row] = first[row + 1]
