"""The village a row claims, and what its position says about that: inside, or so many metres outside and where.

A claim is read from the code and from the names; where they contradict each other that is said, and the code counts.
Whatever a position contradicts is said: the village, else the district, else the regency. Of several repairs of a
coordinate the one that falls inside what is claimed is offered.
"""

from collections.abc import Sequence
from dataclasses import replace
from functools import cache
from typing import TYPE_CHECKING

import numpy as np
import shapely
from numpy.typing import NDArray
from shapely.geometry.base import BaseGeometry

from geo import values
from geo.borders import FAR_PART_M, MOSTLY
from geo.claims import Claim, level, read
from geo.locating import Located
from geo.positions import written
from geo.sentences import Sentence
from geo.tables import Problem, Severity, Suggestion, Understood

if TYPE_CHECKING:
    from geo.regions import Regions  # a file can be read without loading geopandas

FAR_OUTSIDE_M = 25.0
FAR_FROM_APPROXIMATE_M = 2_000.0


def claim(understood: Sequence[Understood], places: Sequence[Located], regions: "Regions",
          column_of: dict[str, str]) -> None:
    """The claimed village by code, name and district, the one by position, and how far from the claim a site lies.

    Sets the facts `region_code` (claimed village), `found_region_code` and `found_region_name` (by position),
    `outside_m` and `standing` (inside | within_accuracy | outside | unknown).
    """
    @cache
    def claimed(*said: str | None) -> Claim:
        return read(regions, *said)

    claims = [claimed(*(str(one.facts[name]) if one.facts.get(name) else None
                        for name in ("village_code", "village", "district", "regency"))) for one in understood]
    for one, made in zip(understood, claims, strict=True):
        if made.code and level(made.code) == "village":
            one.facts["region_code"] = made.code
        for column, sentence in made.told:
            _tell(one, column_of, column, sentence)
    _choose_repairs(understood, places, claims, regions)
    _name_wrong_ends(understood, places, claims, regions)
    _judge(understood, claims, regions, column_of)


def _tell(one: Understood, column_of: dict[str, str], meaning: str, reason: Sentence,
          severity: Severity = "note") -> None:
    column = column_of.get(meaning)
    if column is None and meaning == "district":
        column = column_of.get("village")
    text = values.shown(one.row.values[column]) if column and one.row.values.get(column) is not None else None
    one.problems.append(Problem(one.row.number, column, text, reason, sheet=one.row.sheet, severity=severity))


def _judge(understood: Sequence[Understood], claims: Sequence[Claim], regions: "Regions",
           column_of: dict[str, str]) -> None:
    """Where every placed row stands, and a note where its position contradicts what it claims."""
    placed = [k for k, one in enumerate(understood) if one.geometry is not None]
    if not placed:
        return
    shapes = np.array([understood[k].geometry for k in placed], dtype=object)
    codes = [claims[k].code or _nearest_of(claims[k].several, understood[k].geometry, regions) for k in placed]
    accuracy_m = np.array([understood[k].accuracy_m or np.nan for k in placed], dtype=float)
    stand = regions.place(shapes, codes, accuracy_m)
    unsure = np.flatnonzero([bool(code) and bool(regions.is_approximate(code)) for code in codes])
    away_m = np.full(len(placed), np.nan)
    away_m[unsure] = regions.outside_m(shapes[unsure], [codes[k] for k in unsure], even_approximate=True)
    shares = regions.share_inside(shapes, codes)
    partly = np.flatnonzero(shares < MOSTLY)
    greater = dict(zip(partly.tolist(), regions.village_of(shapes[partly]), strict=True))
    for position, k in enumerate(placed):
        one, made = understood[k], claims[k]
        found = stand.found[position]
        if found:
            one.facts["found_region_code"], one.facts["found_region_name"] = found, regions.name_of(found)
        outside_m = float(stand.outside_m[position])
        if np.isfinite(outside_m):
            one.facts["outside_m"] = outside_m
        if codes[position]:
            made = replace(made, code=codes[position])
            one.facts["standing"] = str(stand.standing[position])
        far_m, partial = float(away_m[position]), bool(shares[position] > 0)
        reason = _contradiction(regions, made, found, 0.0 if partial else outside_m, 0.0 if partial else far_m,
                                one.accuracy_m or 0)
        if reason is None and made.code and (most := greater.get(position)) and not f"{most}.".startswith(
                f"{made.code}."):
            reason = Sentence("region.partly", {**_claimed_place(regions, made.code), "found": _named(regions, most),
                                                "share": round(float(shares[position]), 2)})
        elif reason is None and made.code and partial:
            reason = _far_part(regions, made.code, one, float(shares[position]))
        if reason:
            meaning = "regency" if made.foreign and found else made.column or "village"
            _tell(one, column_of, "village" if meaning == "village_code" and "village" in column_of else meaning,
                  reason)


def _far_part(regions: "Regions", code: str, one: Understood, share: float) -> Sentence | None:
    """A line that lies mostly in its village and reaches far out of it: in which one its farthest vertex lies."""
    [outside_m] = regions.outside_m([one.geometry], [code], even_approximate=True)
    far_m = FAR_FROM_APPROXIMATE_M if regions.is_approximate(code) else FAR_PART_M
    if outside_m <= max(far_m, one.accuracy_m or 0):
        return None
    vertices = shapely.points(shapely.get_coordinates(one.geometry))
    away_m = regions.outside_m(vertices, [code] * len(vertices), even_approximate=True)
    [found] = regions.village_of(vertices[[int(np.argmax(away_m))]])
    said = {**_claimed_place(regions, code), "outside_m": round(float(outside_m)), "share": round(share, 2)}
    return Sentence("region.end_outside_in", {**said, "found": _named(regions, found)}) if found else Sentence(
        "region.end_outside", said)


def _claimed_place(regions: "Regions", code: str) -> dict[str, str | None]:
    return {"level": f"region_level.{level(code)}", "village": regions.name_of(code)}


def _contradiction(regions: "Regions", made: Claim, found: str | None, outside_m: float, away_m: float,
                   accuracy_m: float) -> Sentence | None:
    """What a position says against the claim, None where it says nothing."""
    if made.foreign and found:
        return Sentence("region.other_regency", {"found": _named(regions, found)})
    if made.code is None:
        return None
    claimed = _claimed_place(regions, made.code)
    if outside_m > max(FAR_OUTSIDE_M, accuracy_m):
        said = {**claimed, "outside_m": round(outside_m)}
        return Sentence("region.outside_in", {**said, "found": _named(regions, found)}) if found else Sentence(
            "region.outside", said)
    if np.isnan(outside_m) and away_m > max(FAR_FROM_APPROXIMATE_M, accuracy_m):
        return Sentence("region.not_certain", {**claimed, "outside_m": round(away_m), "found": _named(regions, found)})
    return None


def _name_wrong_ends(understood: Sequence[Understood], places: Sequence[Located], claims: Sequence[Claim],
                     regions: "Regions") -> None:
    """Of two ends that cannot both be true, the one that lies farther outside what the row claims."""
    for one, place, made in zip(understood, places, claims, strict=True):
        at = next((k for k, problem in enumerate(one.problems) if problem.reason.id == "chord.never"), None)
        if at is None or made.code is None or not place.ends:
            continue
        away_m = regions.outside_m([point for _, point in place.ends], [made.code] * 2, even_approximate=True)
        worse = int(np.argmax(away_m))
        if away_m[worse] > max(FAR_OUTSIDE_M, 2 * away_m[1 - worse]):
            column, point = place.ends[worse]
            one.problems[at] = replace(
                one.problems[at], column=column, text=written(point.x, point.y), reason=Sentence("chord.never_end", {
                    **one.problems[at].reason.values, **_claimed_place(regions, made.code),
                    "outside_m": round(float(away_m[worse]))}))


def _nearest_of(codes: Sequence[str], shape: BaseGeometry | None, regions: "Regions") -> str | None:
    """Of several villages of one name the one that a site lies in or nearest to: what it may be told to be outside."""
    if not codes:
        return None
    away_m = regions.outside_m(np.full(len(codes), shape, dtype=object), list(codes), even_approximate=True)
    return codes[int(np.nanargmin(away_m))] if np.isfinite(away_m).any() else None


def _named(regions: "Regions", code: str | None) -> str | None:
    """A village with its district: names repeat."""
    if code is None:
        return None
    district = regions.name_of(regions.parent_of(code) or "")
    return f"{regions.name_of(code)} ({district})" if district else regions.name_of(code)


def _choose_repairs(understood: Sequence[Understood], places: Sequence[Located], claims: Sequence[Claim],
                    regions: "Regions") -> None:
    """Of the repairs of a coordinate the one that falls inside the claimed village, else its district, else the
    regency, is offered, and its reason says where it falls; of several that fit equally none is."""
    asked = [(k, offer) for k, place in enumerate(places) for offer in place.suggestions]
    if not asked:
        return
    points = shapely.points([[offer.lon, offer.lat] for _, offer in asked])
    found = regions.village_of(points)
    fits: dict[int, list[tuple[Suggestion, str | None]]] = {}
    for (k, offer), code in zip(asked, found, strict=True):
        fits.setdefault(k, []).append((offer, code))
    inside = _inside_of(asked, points, claims, regions)
    for k, offers in fits.items():
        chosen = next((mine for level in inside if (mine := [pair for pair in offers if pair[0] in level.get(k, ())])),
                      offers)
        if len(chosen) == 1:
            _offer(understood[k], _with_place(*chosen[0], regions))


def _inside_of(asked: Sequence[tuple[int, Suggestion]], points: NDArray[np.object_], claims: Sequence[Claim],
               regions: "Regions") -> list[dict[int, list[Suggestion]]]:
    """For the claimed region and for each one above it, the offers of each row that fall inside."""
    levels = []
    codes: NDArray[np.object_] = np.array([claims[k].code for k, _ in asked], dtype=object)
    while any(codes):
        away_m = regions.outside_m(points, list(codes), even_approximate=True)
        within: dict[int, list[Suggestion]] = {}
        for (k, offer), metres in zip(asked, away_m, strict=True):
            if metres <= FAR_OUTSIDE_M:
                within.setdefault(k, []).append(offer)
        levels.append(within)
        codes = np.array([regions.parent_of(code) if code else None for code in codes], dtype=object)
    return levels


def _with_place(offer: Suggestion, code: str | None, regions: "Regions") -> Suggestion:
    if code is None:
        return offer
    how = offer.how if "+" not in offer.how else "several"
    return replace(offer, reason=Sentence("suggestion.falls_in", {
        "why": f"repair.{how}", "point": [offer.lon, offer.lat], "place": _named(regions, code)}))


def _offer(one: Understood, offer: Suggestion) -> None:
    for position, problem in enumerate(one.problems):
        if problem.reason.id.startswith(("coordinate.", "chord.")) and problem.severity == "fault":
            one.problems[position] = replace(problem, suggestion=offer)
            break
    one.problems[:] = [problem for problem in one.problems if problem.reason.id != "suggestion.one_of"]
