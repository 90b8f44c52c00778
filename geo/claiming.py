"""The village a row claims, and what its position says about that: inside, or so many metres outside.

Of several repairs of a coordinate the one that falls inside the claimed village is offered.
"""

from collections.abc import Sequence
from typing import TYPE_CHECKING

import numpy as np

from geo import coordinates, values
from geo.locating import Located
from geo.sentences import Sentence
from geo.tables import Problem, Understood

if TYPE_CHECKING:
    from geo.regions import Regions  # a file can be read without loading geopandas

FAR_OUTSIDE_M = 25.0


def claim(understood: Sequence[Understood], places: Sequence[Located], regions: "Regions",
          column_of: dict[str, str]) -> None:
    """The claimed village by code or by name and district, and how far from it the site lies."""
    for one in understood:
        _claim(one, regions, column_of)
    _choose_repairs(understood, places, regions)
    placed = [one for one in understood if one.geometry is not None and one.facts.get("region_code")]
    if not placed:
        return
    codes = [one.facts["region_code"] for one in placed]
    outside = np.asarray(regions.outside_m([coordinates.on(one.geometry) for one in placed], codes), dtype=float)
    for one, outside_m in zip(placed, outside, strict=True):
        if not np.isfinite(outside_m):
            continue
        one.facts["outside_m"] = float(outside_m)
        if outside_m > max(FAR_OUTSIDE_M, one.accuracy_m or 0):
            column = column_of.get("village") or column_of.get("village_code")
            text = values.shown(one.row.values[column]) if column and one.row.values.get(column) else None
            village = regions.name_of(one.facts["region_code"])
            one.problems.append(Problem(one.row.number, column, text, Sentence(
                "region.outside", {"outside_m": round(float(outside_m)), "village": village}),
                sheet=one.row.sheet, severity="note"))


def _claim(one: Understood, regions: "Regions", column_of: dict[str, str]) -> None:
    code, village = one.facts.get("village_code"), one.facts.get("village")
    if code and code in regions:
        one.facts["region_code"] = code
        return
    found = regions.by_name(village, one.facts.get("district")) if village else []
    if len(found) == 1:
        one.facts["region_code"] = found[0]
        return
    claimed = "village" if village else "village_code" if code else "regency" if one.facts.get("regency") else None
    if claimed is None:
        return
    reason = "region.several" if len(found) > 1 else "region.unknown"
    text = values.shown(one.facts[claimed])
    one.problems.append(Problem(one.row.number, column_of[claimed], text, Sentence(reason, {"text": text}),
                                sheet=one.row.sheet, severity="note"))


def _choose_repairs(understood: Sequence[Understood], places: Sequence[Located], regions: "Regions") -> None:
    """Of several repairs that fit the bounds, the one that falls inside the claimed village is offered."""
    for one, place in zip(understood, places, strict=True):
        code = one.facts.get("region_code")
        if not code or len(place.suggestions) < 2:
            continue
        points = [coordinates.point(offer.lon, offer.lat) for offer in place.suggestions]
        outside = np.asarray(regions.outside_m(points, [code] * len(points)), dtype=float)
        inside = [offer for offer, outside_m in zip(place.suggestions, outside, strict=True) if outside_m == 0]
        if len(inside) == 1:
            for position, problem in enumerate(one.problems):
                if problem.reason.id.startswith("coordinate.") and problem.severity == "fault":
                    one.problems[position] = Problem(problem.row, problem.column, problem.text, problem.reason,
                                                     inside[0], problem.sheet)
