"""A view of the map on one sheet of A4, drawn without a script: scale, grid, legend, filter, date."""

import json
import math
from datetime import UTC, datetime

import shapely
from flask import Blueprint, render_template, request
from flask_babel import gettext

from app import access, looks
from app.db import Connection
from app.drawing import INDONESIA
from app.maps import sheet
from app.maps.families import FILLS, colour, families
from app.maps.land import land, with_regions
from app.maps.shades import Shade
from app.maps.shades import shade as classes
from app.maps.sheet import Window
from app.queries import filters, lands, shades
from app.queries.lands import Box
from app.view import View, latest_year

page = Blueprint("prints", __name__, url_prefix="/map/print")


@page.get("")
@access.signed_in
def show() -> str:
    view = View.asked()
    with access.reading() as connection:
        window = _window() or Window.over(_chosen_box(connection, view) or lands.bounds(connection) or INDONESIA)
        total = view.works.total(connection, view.chosen, view.area or window.box)
        bare = 0 if view.area else view.works.total(connection, view.chosen).without_point
        features, shade = _features(connection, view, window)
        choices = filters.choices(connection, view.chosen)
        approximate = lands.approximate(connection)
    drawn = sheet.draw(
        window, features, title=gettext("Peta kegiatan"), language=looks.language(),
        note=gettext("DATA CONTOH, bukan kegiatan nyata") if looks.demonstration() else None,
        area=shapely.geometry.mapping(view.area.geometry) if view.area else None)
    return render_template(
        "prints/show.html", view=view, drawn=drawn, window=window, total=total, bare=bare, shade=shade,
        said=_said(view, choices),
        families=families(view.by, latest_year()), fills=list(dict.fromkeys(FILLS.values())), approximate=approximate,
        gathered=any(one["properties"].get("kind") == "crowd" for one in features), now=datetime.now(UTC))


def _chosen_box(connection: Connection, view: View) -> Box | None:
    """The box of what was chosen on the map: an area, else a region."""
    if view.area:
        return view.area.geometry.bounds
    return lands.box_of(connection, view.chosen.region) if view.chosen.region else None


def _features(connection: Connection, view: View, window: Window) -> tuple[list[dict], Shade | None]:
    features, shade = [], None
    own, box = lands.own_land(connection), lands.bounds(connection) or INDONESIA
    around = land(tuple(round(edge, 1) for edge in box))
    features.append(with_regions(around, shapely.from_wkb(own)) if own else around)
    if view.shade:
        shapes = shades.shapes(connection, view.chosen, view.of, window.box)
        every = shades.measured(connection, view.chosen, view.of)
        shade = classes(view.shade, view.of, [one.value(view.shade) for one in every])
        features += [{"type": "Feature", "geometry": json.loads(shape), "properties": {
            "kind": "shade", "colour": shade.colour(one.value(view.shade))}} for shape, one in shapes]
    latest = latest_year()
    for feature in view.works.plain(connection, view.chosen, window.box, view.area):
        said = feature["properties"]
        if said["kind"] == "work":
            said["colour"] = colour(said.get(view.by), view.by, latest)
        if said["kind"] != "region" or not view.shade:
            features.append(feature)
    return features, shade


def _said(view: View, choices: filters.Choices) -> str:
    """The filter in words."""
    chosen, unknown = view.chosen, gettext("tidak diketahui")

    def words(name: str, kind: str | None = None) -> str:
        return ", ".join(unknown if one == filters.UNKNOWN else looks.sentence({"id": f"{kind}.{one}"}) if kind else one
                         for one in getattr(chosen, name))

    regions = dict([*choices.districts, *choices.villages])
    parts = [(gettext("Tahun"), words("year")), (gettext("Sumber dana"), words("fund", "fund")),
             (gettext("Jenis"), words("category", "category")), (gettext("Tahapan"), words("stage", "stage")),
             (gettext("Wilayah"), regions.get(chosen.region, chosen.region) if chosen.region else ""),
             (gettext("Cari"), chosen.q)]
    said = [f"{label}: {text}" for label, text in parts if text]
    said += [gettext("hanya yang ada indikasi")] if chosen.suspected else []
    said = [gettext("Seperti pada %(day)s", day=view.past.words), *said] if view.past else said
    said += [gettext("dalam area yang digambar")] if view.area else []
    return " · ".join(said) or gettext("Semua kegiatan, tanpa saringan")


def _window() -> Window | None:
    """`at=zoom/lat/lon`, as the hash of the map's address says it; None where it does not."""
    try:
        zoom, lat, lon = (float(part) for part in request.args.get("at", "").split("/"))
    except ValueError:
        return None
    if not all(map(math.isfinite, (zoom, lat, lon))) or not (0 <= zoom <= 20 and abs(lat) < 85 and abs(lon) <= 180):
        return None
    return Window(lon, lat, zoom)
