"""Where things stand in an invented village: dusun, RT, streets, and ground that nothing alike stands on yet.

Everything is in metres east and north of the village's own origin; `Ground.lonlat` takes it back to EPSG:4326.
Two things of one category keep apart, because a table of planted duplicates is only worth something when the background
holds none by accident. Things of different categories may stand as near as they do in life.
"""

import itertools
import math
from dataclasses import dataclass, field
from random import Random

import shapely
import shapely.ops
from shapely.affinity import affine_transform

CELL_M = 45.0
_FIRST = (
    "Sumber",
    "Kali",
    "Curah",
    "Karang",
    "Kedung",
    "Wono",
    "Gumuk",
    "Sido",
    "Tegal",
    "Jati",
    "Pring",
    "Randu",
    "Watu",
    "Kebon",
    "Gunung",
    "Suko",
    "Mojo",
    "Blimbing",
    "Rowo",
    "Padang",
)
_LAST = (
    "agung",
    "rejo",
    "sari",
    "mulyo",
    "asri",
    "anyar",
    "wetan",
    "kulon",
    "lor",
    "kidul",
    "tengah",
    "dowo",
    "bening",
    "makmur",
    "jaya",
    "gede",
)
_STREETS = (
    "Melati",
    "Mawar",
    "Kenanga",
    "Anggrek",
    "Flamboyan",
    "Cempaka",
    "Dahlia",
    "Teratai",
    "Merak",
    "Kutilang",
    "Rajawali",
    "Manggis",
    "Rambutan",
    "Salak",
    "Durian",
    "Kelapa",
    "Pandan",
    "Bambu",
    "Makam",
    "Masjid",
    "Sekolah",
    "Lapangan",
    "Sawah",
    "Pasar",
    "Balai",
    "Sungai",
    "Bendungan",
    "Kebun",
    "Poros",
    "Lingkar",
)


@dataclass(slots=True)
class Rt:
    """One RT: its numbers, its dusun, its middle, and the things standing in it (by object key)."""

    rt: int
    rw: int
    dusun: str
    x: float
    y: float
    things: set[str] = field(default_factory=set)


class Ground:
    """One village: who it is, its cell in metres, its RT, and what is taken.

    `cell` is the village's polygon in EPSG:4326, `crowding` how many works it must hold.
    """

    def __init__(
        self, code: str, name: str, district: str, desa: bool, cell: shapely.Geometry, crowding: int, rng: Random
    ) -> None:
        self.code, self.name, self.district, self.desa = code, name, district, desa
        middle = cell.representative_point()
        self.lon, self.lat = middle.x, middle.y
        phi = math.radians(self.lat)
        self.metres_lat = 111132.95 - 559.85 * math.cos(2 * phi) + 1.18 * math.cos(4 * phi)
        self.metres_lon = 111412.88 * math.cos(phi) - 93.5 * math.cos(3 * phi)
        kx, ky = self.metres_lon, self.metres_lat
        self.cell = affine_transform(cell, [kx, 0, 0, ky, -self.lon * kx, -self.lat * ky])
        shapely.prepare(self.cell)
        self.reach_m = max(400.0, math.sqrt(self.cell.area / math.pi))
        self.bearing = rng.uniform(0, math.pi)
        self.office = (rng.gauss(0, 60), rng.gauss(0, 60))
        self.taken: set[tuple[str, int, int]] = set()
        self.rts = self._settle(crowding, rng)
        self.office_rt = min(self.rts, key=lambda rt: math.dist((rt.x, rt.y), self.office))
        self.built: set[str] = set()

    def lonlat(self, x: float, y: float) -> tuple[float, float]:
        return self.lon + x / self.metres_lon, self.lat + y / self.metres_lat

    def holds(self, x: float, y: float) -> bool:
        return bool(shapely.contains_xy(self.cell, x, y))

    def beside_office(self, key: str) -> tuple[float, float]:
        """The hall and the office of a village stand in one yard."""
        x, y = self.office
        there = (x, y) if key == "balai" else (x + 34 * math.cos(self.bearing), y + 34 * math.sin(self.bearing))
        self.take("building", [there])
        return there

    def _inside(self, spread_m: float, x: float, y: float, rng: Random) -> tuple[float, float]:
        """A place near (x, y), within the village; the spread shrinks until one is found."""
        for _ in range(30):
            there = x + rng.gauss(0, spread_m), y + rng.gauss(0, spread_m)
            if self.holds(*there):
                return there
            spread_m *= 0.85
        return x, y

    def _settle(self, crowding: int, rng: Random) -> list[Rt]:
        """Dusun lie apart, their RW beside each other, their RT around: so that RT and place agree."""
        names = ["Krajan"] if rng.random() < 0.7 else []
        wanted = max(3, min(9, 3 + crowding // 40)) + rng.randint(0, 1)
        while len(names) < wanted:
            name = rng.choice(_FIRST) + rng.choice(_LAST)
            if name not in names:
                names.append(name)
        rts, rw = [], 0
        per_rw = 4 + min(8, crowding // 150)
        for dusun in names:
            cx, cy = self._inside(self.reach_m * 0.45, 0.0, 0.0, rng)
            for _ in range(rng.randint(1, 3) + min(6, crowding // 250)):
                rw += 1
                wx, wy = self._inside(280, cx, cy, rng)
                for rt in range(1, rng.randint(per_rw - 1, per_rw + 2) + 1):
                    x, y = self._inside(170, wx, wy, rng)
                    rts.append(Rt(rt, rw, dusun, x, y))
        rng.shuffle(rts)
        return rts

    def free_rt(self, key: str, rng: Random) -> tuple[Rt, str | None]:
        """An RT where no such thing stands yet; with a street's name where every RT already has one."""
        for _ in range(8):
            rt = rng.choice(self.rts)
            if key not in rt.things:
                rt.things.add(key)
                return rt, street(rng) if rng.random() < 0.3 else None
        for rt in self.rts:
            if key not in rt.things:
                rt.things.add(key)
                return rt, street(rng) if rng.random() < 0.3 else None
        rt = rng.choice(self.rts)
        for number in range(60):
            named = street(rng) if number < 40 else f"{street(rng)} Gg. {number}"
            if f"{key} {named}" not in rt.things:
                break
        rt.things.add(f"{key} {named}")
        return rt, named

    def _spots(self, points: list[tuple[float, float]]) -> list[tuple[float, float]]:
        """The points of a shape at every CELL_M / 2 or so, for keeping things apart."""
        if len(points) == 1:
            return points
        spots = [points[0]]
        for (x0, y0), (x1, y1) in itertools.pairwise(points):
            steps = max(1, int(math.hypot(x1 - x0, y1 - y0) / (CELL_M / 2)))
            spots += [(x0 + (x1 - x0) * k / steps, y0 + (y1 - y0) * k / steps) for k in range(1, steps + 1)]
        return spots

    def clear(self, category: str, points: list[tuple[float, float]]) -> bool:
        """Nothing of this category stands near; a line may cross another, but not run along it."""
        spots = self._spots(points)
        near = sum((category, math.floor(x / CELL_M), math.floor(y / CELL_M)) in self.taken for x, y in spots)
        return near <= (len(spots) - 1) * 0.12

    def take(self, category: str, points: list[tuple[float, float]]) -> None:
        for x, y in self._spots(points):
            i, j = math.floor(x / CELL_M), math.floor(y / CELL_M)
            self.taken.update((category, i + a, j + b) for a in (-1, 0, 1) for b in (-1, 0, 1))

    def point(self, category: str, rt: Rt, rng: Random) -> list[tuple[float, float]]:
        """A free place in the RT, or as near to it as there is one."""
        spread = 55.0
        for _ in range(60):
            there = [self._inside(spread, rt.x, rt.y, rng)]
            if self.clear(category, there):
                break
            spread = min(1.12 * spread, 0.6 * self.reach_m)
        self.take(category, there)
        return there

    def line(self, category: str, rt: Rt, length_m: float, rng: Random) -> list[tuple[float, float]]:
        """A free alignment that starts in the RT and follows one of the village's two street directions."""
        spread = 60.0
        for tries in range(60):
            x, y = self._inside(spread, rt.x, rt.y, rng)
            spread = min(1.15 * spread, 0.6 * self.reach_m)
            if (category, math.floor(x / CELL_M), math.floor(y / CELL_M)) in self.taken and tries < 58:
                continue
            heading = self.bearing + rng.choice((0, 0.5, 1, 1.5)) * math.pi + rng.gauss(0, 0.18)
            there = walk(x, y, heading, length_m, rng)
            if self.holds(*there[-1]) and self.holds(*there[len(there) // 2]) and self.clear(category, there):
                break
        self.take(category, there)
        return there

    def area(self, category: str, rt: Rt, rng: Random, round_: bool) -> list[tuple[float, float]]:
        """A closed ring: a field is nearly a rectangle along the streets, water is round."""
        [(x, y)] = self.point(category, rt, rng)
        if round_:
            radius = rng.uniform(12, 45)
            corners = [(radius * rng.uniform(0.8, 1.2), 2 * math.pi * k / 12) for k in range(12)]
            ring = [(x + r * math.cos(a), y + 0.8 * r * math.sin(a)) for r, a in corners]
        else:
            wide, long = rng.uniform(18, 60), rng.uniform(28, 95)
            c, s = math.cos(self.bearing), math.sin(self.bearing)
            square = [(-wide, -long), (wide, -long), (wide, long), (-wide, long)]
            ring = [
                (x + (u * c - v * s) / 2 + rng.gauss(0, 1.5), y + (u * s + v * c) / 2 + rng.gauss(0, 1.5))
                for u, v in square
            ]
        return [*ring, ring[0]]


def street(rng: Random) -> str:
    return f"{rng.choice(('Jl.', 'Jl.', 'Gang'))} {rng.choice(_STREETS)}"


def walk(x: float, y: float, heading: float, length_m: float, rng: Random) -> list[tuple[float, float]]:
    """An alignment of the given length as roads run: mostly straight, bending a little at each step."""
    steps = max(2, round(length_m / 28))
    step, bend, points = length_m / steps, 0.0, [(x, y)]
    for _ in range(steps):
        bend = 0.6 * bend + rng.gauss(0, 0.05)
        heading += bend
        x, y = x + step * math.cos(heading), y + step * math.sin(heading)
        points.append((x, y))
    return points


def length_m(points: list[tuple[float, float]]) -> float:
    return sum(math.dist(a, b) for a, b in itertools.pairwise(points))


def stretch(points: list[tuple[float, float]], start_m: float, end_m: float) -> list[tuple[float, float]]:
    """The part of an alignment between two distances from its beginning."""
    cut = shapely.ops.substring(shapely.LineString(points), start_m, end_m)
    return list(cut.coords)


def beside(points: list[tuple[float, float]], offset_m: float) -> list[tuple[float, float]]:
    """The same alignment on one side of the road: left for a positive offset, right for a negative one."""
    moved = []
    for k, (x, y) in enumerate(points):
        (x0, y0), (x1, y1) = points[max(0, k - 1)], points[min(len(points) - 1, k + 1)]
        run = math.dist((x0, y0), (x1, y1)) or 1.0
        moved.append((x - offset_m * (y1 - y0) / run, y + offset_m * (x1 - x0) / run))
    return moved
