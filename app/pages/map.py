"""The map of all works and the list beside it: one filter, one selection, one address."""

import json
import math
from collections.abc import Callable
from uuid import UUID

import shapely
from flask import Blueprint, Response, current_app, jsonify, render_template, request, url_for
from flask_babel import gettext, pgettext
from markupsafe import Markup

from app import access, past
from app.db import Connection
from app.drawing import INDONESIA, basemap, draw
from app.errors import NotFound
from app.frame import address
from app.maps import first_view
from app.maps.families import FILLS, STYLES, families, family_of
from app.maps.land import land, with_regions
from app.maps.shades import MEASURES, Shade
from app.maps.shades import shade as classes
from app.queries import crowds, filters, lands, maps, names, past_maps, selections, shades
from app.queries.lands import Box
from app.queries.maps import MOST_PLAIN, PAGE, Entry, Total
from app.queries.names import Named
from app.queries.shades import Measured
from app.view import View, breaks, latest_year
from geo import coordinates

page = Blueprint("map", __name__, url_prefix="/map")

MOST_CARDS = 60


@page.get("")
@access.signed_in
def show() -> str:
    view = View.asked()
    chosen = view.chosen
    with access.reading() as connection:
        named = None if view.past else names.named(connection, chosen)
        known = {"named": named} if named else {}
        entries = view.works.listed(connection, chosen, view.area, **known)
        total = view.works.total(connection, chosen, view.area, **known)
        choices = filters.choices(connection, chosen)
        regions = shades.measured(connection, chosen, view.of, view.shade == "look") if view.shade else []
        shade = classes(view.shade, view.of, [one.value(view.shade) for one in regions]) if view.shade else None
        selected = bool(view.area or chosen.region)
        selection = selections.summed(connection, chosen, view.area) if selected and not view.past else None
        drawn = draw(connection, "works", chosen, by=view.by, shade=shade, past=view.past,
                     bounds=lands.box_of(connection, chosen.region) if chosen.region else None)
        first = past_maps.first_recorded(connection) if view.past else None
        seen = _first_view(connection, view, drawn.bounds, named) if named and not named.many else ""
        cards = view.works.cards(connection, _ids(request.args.getlist("work")))
    return render_template(
        "map/show.html", view=view, chosen=chosen, choices=choices, total=total, entries=entries, cards=cards,
        shell=drawn.shell, approximate=drawn.approximate, first_view=seen,
        families=families(view.by, latest_year()), styles=STYLES, fills=list(dict.fromkeys(FILLS.values())),
        more=_onward(total, entries, 0), most_named=names.MOST, measures=MEASURES,
        basemap_fault=basemap()[1] if access.person().holds("admin") else None,
        shade=shade, regions=_ranked(regions, view.shade), selection=selection, box=view.area, selected=selected,
        first=first and past.local_day(first), today=past.today(),
        area=shapely.geometry.mapping(view.area.geometry) if view.area else None, check_url=address("check.form"),
        capture_url=address("sites.form") if access.person().holds(*access.SENDS) else None, **_links(view))


def _first_view(connection: Connection, view: View, box: Box, named: Named) -> Markup:
    """What stands in the page until the map is drawn. Of an area the map shows the area."""
    if view.area:
        west, south, east, north = view.area.geometry.bounds
        box = _padded(west, south, east, north)
    return first_view.draw(crowds.around(connection, view.chosen, box, 12, named), lands.outlines(connection, box), box)


def _padded(west: float, south: float, east: float, north: float, by: float = 0.15) -> Box:
    across, along = by * (east - west), by * (north - south)
    return west - across, south - along, east + across, north + along


def _ranked(regions: list[Measured], measure: str | None) -> list[Measured]:
    """What is most first, what is not known last."""
    values = {one.code: one.value(measure) for one in regions} if measure else {}
    return sorted(regions, key=lambda one: (values[one.code] is None, -(values[one.code] or 0), one.name))


@page.get("/list")
@access.signed_in
def show_list() -> str:
    """A page of the list, for those who move the map: with `box` only what stands within it."""
    view, place = View.asked(), _box()
    offset = request.args.get("offset", 0, type=int)
    place = place or view.area
    with access.reading() as connection:
        total = view.works.total(connection, view.chosen, place)
        entries = view.works.listed(connection, view.chosen, place, max(offset, 0))
    return render_template("map/_list.html", view=view, entries=entries, total=total, box=place, offset=offset,
                           more=_onward(total, entries, offset), most_named=names.MOST)


def _onward(total: Total, entries: list[Entry], offset: int) -> int | None:
    """Where the next page of the list begins; None after the last one."""
    further = len(entries) == PAGE if total.works is None else total.works > offset + PAGE
    return offset + PAGE if further else None


@page.get("/region")
@access.signed_in
def show_region() -> str:
    """The card of a region that is shaded: its figures, and the way to select it."""
    view, code = View.asked(), request.args.get("code", "")
    with access.reading() as connection:
        found = [one for one in shades.measured(connection, view.chosen, view.of) if one.code == code]
    if not found:
        raise NotFound
    return render_template("map/_region.html", region=found[0], view=view)


@page.get("/card")
@access.signed_in
def show_card() -> str:
    """The side card of one work, or of those that stand on one spot."""
    view, ids = View.asked(), _ids(request.args.getlist("work"))
    with access.reading(by_key=True) as connection:
        cards = view.works.cards(connection, ids)
    if not cards:
        raise NotFound
    return render_template("map/_card.html", view=view, cards=cards, **_links(view))


@page.get("/works.json")
@access.signed_in
def plain() -> Response:
    """The works within a box as GeoJSON, for browsers that cannot draw vector tiles."""
    box, view, latest = _box(), View.asked(), latest_year()
    if box is None:
        raise NotFound
    if request.args.get("works", type=int) == 0:  # a page that only asks where something is
        with access.reading() as connection:
            return _fresh(jsonify(type="FeatureCollection", features=lands.borders(connection, box), capped=None))
    with access.reading() as connection:
        features = view.works.plain(connection, view.chosen, box, zoom=_zoom())
        if view.shade:
            features += _shaded(shades.shapes(connection, view.chosen, view.of, box), view)
    for feature in features:
        if feature["properties"]["kind"] == "work":
            family = family_of(feature["properties"].get(view.by), view.by, latest)
            feature["properties"] |= {"colour": family.colour, "sign": family.sign}
    works = sum(feature["properties"]["kind"] == "work" for feature in features)
    return _fresh(jsonify(type="FeatureCollection", features=features, capped=works if works >= MOST_PLAIN else None))


@page.get("/land.json")
@access.signed_in
def ground() -> Response:
    """Land around the installation: our own regions' shore where it is known, Natural Earth's elsewhere."""
    with access.reading() as connection:
        box = lands.bounds(connection) or INDONESIA
        own = lands.own_land(connection)
    around = land(tuple(round(edge, 1) for edge in box))
    answer = jsonify(with_regions(around, shapely.from_wkb(own)) if own else around)
    answer.headers["Cache-Control"] = "private, max-age=3600"
    return answer


@page.get("/places")
@access.signed_in
def places() -> Response:
    """Where a typed name or coordinate leads to."""
    text = request.args.get("q", "")[:200].strip()
    if (typed := _typed_point(text)) is not None:
        lon, lat = typed
        return _fresh(jsonify(places=[{"kind": "point", "name": f"{lat:.6f}, {lon:.6f}", "lon": lon, "lat": lat}]))
    with access.reading() as connection:
        found = maps.places(connection, text) if len(text) > 1 else []
    if request.args.get("as_of"):  # works are found as they are today, which that day's map may not know
        found = [one for one in found if one.kind != "work"]
    words = {"regency": gettext("Kabupaten"), "district": gettext("Kecamatan"), "village": gettext("Desa/kelurahan"),
             "work": pgettext("satu", "Kegiatan")}
    return _fresh(jsonify(places=[
        {"kind": one.kind, "name": one.name, "lon": one.lon, "lat": one.lat, "box": one.box, "work": one.project,
         "detail": f"{words[one.kind]} · {one.within}" if one.within else words[one.kind]} for one in found]))


def _links(view: View) -> dict[str, object]:
    """Where a card leads to; a page that is not there is not named."""
    asked = {"as_of": view.past.code} if view.past else {}
    return {"pair_url": _to("pairs.show", "pair_id"), "project_url": _to("projects.show", "project_id", **asked)}


def _to(endpoint: str, name: str, **asked: str) -> Callable[[object], str] | None:
    if endpoint not in current_app.view_functions:
        return None
    return lambda value: url_for(endpoint, **{name: value}, **asked)


def _shaded(shapes: list[tuple[str, Measured]], view: View) -> list[dict]:
    """The shaded regions for a plain map, in the classes of the page's legend."""
    shade = Shade(view.shade, view.of, tuple(breaks()))
    return [{"type": "Feature", "geometry": json.loads(shape), "properties": {
        "kind": "shade", "code": one.code, "name": one.name, "colour": shade.colour(one.value(view.shade))}}
        for shape, one in shapes]


def _box() -> Box | None:
    """`box=west,south,east,north`; None where it is not given. Raises NotFound where it is not a box on earth."""
    if not (text := request.args.get("box")):
        return None
    try:
        west, south, east, north = (float(part) for part in text.split(","))
    except ValueError:
        raise NotFound from None
    if not all(map(math.isfinite, (west, south, east, north))) or west >= east or south >= north:
        raise NotFound
    return max(west, -180.0), max(south, -90.0), min(east, 180.0), min(north, 90.0)


def _zoom() -> int | None:
    """At what zoom of Leaflet's the map stands; None where the address does not say."""
    asked = request.args.get("zoom", type=int)
    return asked if asked is not None and 0 <= asked <= 24 else None


def _ids(given: list[str]) -> list[UUID]:
    ids = []
    for text in ",".join(given).split(",")[:MOST_CARDS]:
        try:
            ids.append(UUID(text))
        except ValueError:
            continue
    return ids


def _typed_point(text: str) -> tuple[float, float] | None:
    if not any(character.isdigit() for character in text):
        return None
    read = coordinates.read(text)
    return (read.lon, read.lat) if getattr(read, "lon", None) is not None else None


def _fresh(answer: Response) -> Response:
    answer.headers["Cache-Control"] = "private, no-cache"
    return answer
