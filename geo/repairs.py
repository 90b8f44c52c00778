"""What a wrong coordinate might have meant: swapped axes, a lost sign or decimal point, words on the wrong number.

A repair is only ever offered. It must fall where the works are; of several the one with the fewest steps is offered.
"""

import math
import re

from geo.angles import Angle
from geo.positions import INDONESIA, Bounds
from geo.sentences import Sentence
from geo.tables import Suggestion


def signed(angle: Angle) -> float:
    """Degrees with the sign that the hemisphere gives."""
    return -abs(angle.degrees) if angle.marked in ("S", "W") else angle.degrees


def suggested(lat: Angle, lon: Angle, bounds: Bounds | None) -> tuple[Suggestion, ...]:
    """Repairs with the fewest steps whose point falls inside `bounds`: swap, sign, decimal, or several of them."""
    area = bounds or INDONESIA
    found: dict[tuple[float, float], tuple[int, str]] = {}
    for swap, (north, east) in (("", (lat, lon)), ("swap", (lon, lat))):
        for lat_steps, lat_size in _variants(north, area.south, area.north, bounds is not None):
            for lon_steps, lon_size in _variants(east, area.west, area.east, bounds is not None):
                steps = [step for step in (swap, *lat_steps, *lon_steps) if step]
                point = (lon_size, lat_size)
                if steps and area.hold(*point) and (point not in found or len(steps) < found[point][0]):
                    found[point] = (len(steps), "+".join(dict.fromkeys(steps)))
    if not found:
        return ()
    fewest = min(count for count, _ in found.values())
    return tuple(suggestion(how, *point) for point, (count, how) in found.items() if count == fewest)


def _variants(angle: Angle, least: float, most: float, closely: bool) -> list[tuple[tuple[str, ...], float]]:
    """The sizes an angle might have meant between `least` and `most`, each with the steps that lead there. A decimal
    point in the wrong place is only thought of where it is known `closely` where the works are."""
    sizes: list[tuple[tuple[str, ...], float]] = []
    if not angle.faulty:
        sizes.append(((), signed(angle)))
    misplaced = closely and angle.fraction and not least <= abs(angle.degrees) <= most and not (
        least <= -abs(angle.degrees) <= most)
    if angle.bare and len(angle.digits) >= 4 and (angle.faulty or not abs(angle.degrees) <= 180 or misplaced):
        sign = -1 if angle.minus or angle.marked in ("S", "W") else 1
        for places in (1, 2, 3):
            sizes.append((("decimal",), sign * float(f"{angle.digits[:places]}.{angle.digits[places:]}")))
    if closely and angle.bare and angle.fraction and not angle.faulty and 0 <= abs(angle.degrees) < 80 < least:
        sizes.append((("digit",), 100 + abs(angle.degrees)))  # 14.320276 for 114.320276
    sizes += [(("marks",), size) for size in _with_degree_mark(angle)]
    flipped = [((*steps, "sign"), -size) for steps, size in sizes]
    return [(steps, size) for steps, size in (*sizes, *flipped) if least <= size <= most]


def _with_degree_mark(angle: Angle) -> list[float]:
    """A degree sign that was typed as a nought: 80 13' 9" and 8013'9" for 8°13'9"."""
    if not angle.parts or angle.bare or len(angle.parts[0][0]) > 6:
        return []
    (first, mark), *others = angle.parts
    run_together = re.fullmatch(r"(\d{1,3})0(\d{2})", first) if mark == "'" else None
    if run_together:
        texts = [run_together[1], run_together[2], *(text for text, _ in others)]
    elif first.isdigit() and len(first) > 1 and first.endswith("0") and mark == "":
        texts = [first[:-1], *(text for text, _ in others)]
    else:
        return []
    sizes = [float(text) for text in texts]
    if any(size >= 60 for size in sizes[1:]) or len(sizes) > 3:
        return []
    size = sum(one / 60**place for place, one in enumerate(sizes))
    return [-size if angle.minus or angle.marked in ("S", "W") else size]


def suggestion(how: str, lon: float, lat: float) -> Suggestion:
    """A repaired point in the words of what was wrong."""
    name = how if "+" not in how else "several"
    lon, lat = round(float(lon), 9), round(float(lat), 9)
    return Suggestion(how, lon, lat, Sentence(f"suggestion.{name}", {"point": [lon, lat]}))


def turned(lon: float, lat: float, bounds: Bounds | None) -> tuple[Suggestion, ...]:
    """Repairs of a point that is known as numbers only: swap and sign."""
    if not (math.isfinite(lon) and math.isfinite(lat)):
        return ()
    return suggested(Angle(lat, "", lat < 0), Angle(lon, "", lon < 0), bounds)


def of_numbers(lon: float, lat: float, bounds: Bounds) -> tuple[Suggestion, ...]:
    """Repairs of two decimal numbers inside `bounds`: swap, sign, and a decimal point or first digit that was lost."""
    lat_angle, lon_angle = (Angle(size, f"{abs(size):.9f}".rstrip("0").replace(".", ""), size < 0,
                                  fraction=not float(size).is_integer()) for size in (lat, lon))
    return suggested(lat_angle, lon_angle, bounds)


def without_words(first: Angle, second: Angle, bounds: Bounds | None) -> tuple[Suggestion, ...]:
    """Marks, labels and signs that cannot all be true: the words are set aside, the sizes decide, a person agrees."""
    marks = {first.marked, second.marked}
    found: dict[tuple[float, float], Suggestion] = {}
    for lat, lon in ((first, second), (second, first)):
        if abs(lat.degrees) > 90 or abs(lon.degrees) > 180 or lat.faulty or lon.faulty:
            continue
        lat_size = -abs(lat.degrees) if "S" in marks else lat.degrees
        lon_size = -abs(lon.degrees) if "W" in marks else abs(lon.degrees) if "E" in marks else lon.degrees
        if (bounds or INDONESIA).hold(lon_size, lat_size):
            found[lon_size, lat_size] = suggestion("marks", lon_size, lat_size)
    return tuple(found.values())
