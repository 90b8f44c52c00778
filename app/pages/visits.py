"""A visit plan: chosen works, the works of a sample or of pairs, in the order of a short round, day by day.

Nothing is stored: the address is the plan, and opens it again with the points as they then are.
"""

from collections.abc import Sequence
from typing import NamedTuple

import shapely
from flask import Blueprint, Response, render_template, request
from flask_babel import gettext as _
from markupsafe import Markup

from app import access, looks
from app.jobs import rounds
from app.jobs.rounds import Asked, Planned
from app.maps import svg
from app.maps.drawn import Figure
from app.queries.visits import Stop

page = Blueprint("visits", __name__, url_prefix="/inspection/visits")


class Day(NamedTuple):
    """One day's round: its stops in order, metres along straight lines with the way back, and its drawing."""

    stops: list[Stop]
    length_m: float
    picture: Markup


@page.get("")
@access.roles(*access.JUDGES)
def show() -> str:
    asked, planned, days = _planned()
    return render_template(
        "visits/plan.html", days=days, start=planned.start, kept=asked.chosen, typed=asked.start,
        wanted_days=asked.days, pointless=[stop for stop in planned.stops if stop.point is None],
        stops=planned.stops, asked=bool(asked.chosen), query=asked.query_string())


@page.get("/plan.gpx")
@access.roles(*access.JUDGES)
def gpx() -> Response:
    return _file("visits/gpx.xml", "gpx", "application/gpx+xml")


@page.get("/plan.kml")
@access.roles(*access.JUDGES)
def kml() -> Response:
    return _file("visits/kml.xml", "kml", "application/vnd.google-earth.kml+xml")


def _file(template: str, ending: str, kind: str) -> Response:
    _asked, planned, days = _planned()
    note = _("DATA CONTOH, bukan kegiatan nyata") if looks.demonstration() else ""
    answer = Response(render_template(template, days=days, start=planned.start, note=note, plain=_plain), mimetype=kind)
    answer.headers["Content-Disposition"] = f'attachment; filename="kunjungan.{ending}"'
    return answer


def _planned() -> tuple[Asked, Planned, list[Day]]:
    asked = Asked.parse(request.query_string.decode("utf-8", "replace"))
    with access.reading() as connection:
        planned = rounds.plan(connection, asked)
    return asked, planned, [Day(stops, length_m, _picture(stops, planned.start)) for stops, length_m in planned.days]


def _picture(stops: Sequence[Stop], start: tuple[float, float]) -> Markup:
    begin = shapely.Point(start)
    round_ = shapely.LineString([begin, *(stop.point for stop in stops), begin])
    return svg.draw(
        [Figure(round_, "before"), Figure(begin, "proposal")], title=_("Urutan kunjungan, garis lurus dari titik awal"),
        width=520, height=360, language=looks.language(),
        numbers=[(stop.point, str(place)) for place, stop in enumerate(stops, start=1)],
        note=_("DATA CONTOH, bukan kegiatan nyata") if looks.demonstration() else None)


def _plain(text: str) -> str:
    """What XML can hold: a name may carry signs that no XML file may."""
    return "".join(sign for sign in text if sign.isprintable())
