"""Cutting the earth into tiles of about equal work, and who finds which pair.

A site belongs to every tile that its box, grown by its half of the tolerance, touches: that is the halo. Two boxes
that meet share a point, and the tile of that point holds both sites. A pair that several tiles hold is found by the
first of them alone. Works on a crowded coordinate and works without a point are no matter of tiles: each crowd with
what stands around it, and each region with a work without a point, is whole in one unit, unless it holds more works
than a unit should: then it is divided by what chooses its pairs (`geo.shares`).
"""

import json
from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from functools import cached_property, lru_cache
from pathlib import Path
from typing import Self

import numpy as np
import shapely
from numpy.typing import NDArray

EVERYWHERE = (-1000.0, -1000.0, 1000.0, 1000.0)
Spot = tuple[float, float]


@dataclass(frozen=True)
class Plan:
    """Units of work: first the tiles [t, 4], then those of crowds, then those of regions.

    `around` are the boxes [b, 4] within which a crowd looks for neighbours, `around_unit` whose they are. `divided`
    are the units too large to be matched as a whole, with their rows.
    """

    tiles: NDArray[np.float64]
    spots: Mapping[Spot, int]
    around: NDArray[np.float64]
    around_unit: NDArray[np.int64]
    regions: Mapping[str, int]
    divided: Mapping[int, int]

    @cached_property
    def units(self) -> int:
        return 1 + max([len(self.tiles) - 1, *self.spots.values(), *self.regions.values()])

    def kind(self, unit: int) -> str:
        """'tile', 'crowds' or 'regions'."""
        if unit < len(self.tiles):
            return "tile"
        return "crowds" if unit in self._of_crowds else "regions"

    @cached_property
    def _of_crowds(self) -> frozenset[int]:
        return frozenset(self.spots.values())

    def save(self, path: Path) -> None:
        path.write_text(json.dumps({
            "tiles": self.tiles.tolist(), "spots": [[*spot, unit] for spot, unit in self.spots.items()],
            "around": self.around.tolist(), "around_unit": self.around_unit.tolist(), "regions": dict(self.regions),
            "divided": list(self.divided.items())}), "utf-8")

    @classmethod
    @lru_cache(maxsize=1)
    def load(cls, path: Path) -> Self:
        stored = json.loads(path.read_text("utf-8"))
        return cls(np.array(stored["tiles"], float).reshape(-1, 4),
                   {(lon, lat): unit for lon, lat, unit in stored["spots"]},
                   np.array(stored["around"], float).reshape(-1, 4), np.array(stored["around_unit"], np.int64),
                   stored["regions"], dict(map(tuple, stored["divided"])))

    def of_boxes(self, boxes: NDArray[np.float64], owner: NDArray[np.int64]
                 ) -> tuple[NDArray[np.int64], NDArray[np.int64]]:
        """(owner, tile) of each tile that an owner's boxes touch, once each, sorted by owner and tile."""
        return _touching(self.tiles, np.arange(len(self.tiles)), boxes, owner)

    def of_neighbours(self, boxes: NDArray[np.float64], owner: NDArray[np.int64]
                      ) -> tuple[NDArray[np.int64], NDArray[np.int64]]:
        """(owner, unit) of each crowd that an owner's boxes come near."""
        return _touching(self.around, self.around_unit, boxes, owner)


def _touching(places: NDArray[np.float64], name: NDArray[np.int64], boxes: NDArray[np.float64],
              owner: NDArray[np.int64]) -> tuple[NDArray[np.int64], NDArray[np.int64]]:
    if not len(places) or not len(boxes):
        return np.empty(0, np.int64), np.empty(0, np.int64)
    box, place = shapely.STRtree(shapely.box(*places.T)).query(shapely.box(*boxes.T))
    once = np.unique(np.column_stack([owner[box], name[place]]), axis=0)
    return once[:, 0], once[:, 1]


def cut(centres: NDArray[np.float64], most: int) -> NDArray[np.float64]:
    """Tiles [t, 4] (west, south, east, north) that cover everything, each with at most `most` of the centres [n, 2]
    as far as centres can be told apart."""
    done, todo = [], [(EVERYWHERE, centres)]
    while todo:
        tile, inside = todo.pop()
        axis = int(np.argmax(np.ptp(inside, axis=0))) if len(inside) else 0
        middle = float(np.median(inside[:, axis])) if len(inside) else 0.0
        low = inside[:, axis] < middle
        if len(inside) <= most or not low.any():
            done.append(tile)
            continue
        west, south, east, north = tile
        halves = (((west, south, middle, north), (middle, south, east, north)) if axis == 0 else
                  ((west, south, east, middle), (west, middle, east, north)))
        todo += [(halves[1], inside[~low]), (halves[0], inside[low])]
    return np.array(done)


def packed(sizes: Mapping, most: int, first: int) -> dict:
    """Key -> unit, counted from `first`: keys in order, a new unit when `most` rows would be passed."""
    units: dict = {}
    unit, filled = first - 1, most + 1
    for key, size in sizes.items():
        if filled + size > most:
            unit, filled = unit + 1, 0
        filled += size
        units[key] = unit
    return units


def owned(pairs: NDArray[np.int64], tiles: Iterable[NDArray[np.int32]], unit: int) -> NDArray[np.bool_]:
    """Which pairs of rows this tile finds: those of which it is the first tile that holds both."""
    sets: dict[tuple[int, ...], int] = {}
    of_row = np.array([sets.setdefault(tuple(one), len(sets)) for one in tiles], np.int64)
    held = [frozenset(one) for one in sets]
    both, owner = np.unique(of_row[pairs[:, 0]] * max(len(sets), 1) + of_row[pairs[:, 1]], return_inverse=True)
    mine = [min(held[one // len(sets)] & held[one % len(sets)], default=unit) == unit for one in both.tolist()]
    return np.array(mine, bool)[owner]
