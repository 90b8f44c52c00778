"""A visit plan: chosen works, the works of a sample or of pairs, in the order of a short round, day by day.

Nothing is stored: the address is the plan, and opens it again with the points as they then are.
"""

from collections.abc import Sequence
from typing import NamedTuple

import numpy as np
import shapely
from flask import Blueprint, Response, render_template, request
from flask_babel import gettext as _
from markupsafe import Markup

from app import access, looks
from app.db import Connection
from app.errors import Refused
from app.maps import svg
from app.maps.drawn import Figure
from app.queries import visits
from app.queries.visits import Stop
from geo import coordinates, crs, visiting

page = Blueprint("visits", __name__, url_prefix="/inspection/visits")

MOST_STOPS, MOST_DAYS = 120, 14


class Day(NamedTuple):
    """One day's round: its stops in order, metres along straight lines with the way back, and its drawing."""

    stops: list[Stop]
    length_m: float
    picture: Markup


@page.get("")
@access.roles(*access.JUDGES)
def show() -> str:
    stops, start, days = _planned()
    kept = [(name, value) for name, value in request.args.items(multi=True) if name in ("work", "pair", "sample")]
    return render_template(
        "visits/plan.html", days=days, start=start, kept=kept, typed=request.args.get("start", ""),
        wanted_days=_days(), pointless=[stop for stop in stops if stop.point is None],
        placed=sum(stop.point is not None for stop in stops), asked=bool(kept),
        query=request.query_string.decode("utf-8", "replace"))


@page.get("/plan.gpx")
@access.roles(*access.JUDGES)
def gpx() -> Response:
    return _file("visits/gpx.xml", "gpx", "application/gpx+xml")


@page.get("/plan.kml")
@access.roles(*access.JUDGES)
def kml() -> Response:
    return _file("visits/kml.xml", "kml", "application/vnd.google-earth.kml+xml")


def _file(template: str, ending: str, kind: str) -> Response:
    _stops, start, days = _planned()
    note = _("DATA CONTOH, bukan kegiatan nyata") if looks.demonstration() else ""
    answer = Response(render_template(template, days=days, start=start, note=note, plain=_plain), mimetype=kind)
    answer.headers["Content-Disposition"] = f'attachment; filename="kunjungan.{ending}"'
    return answer


def _planned() -> tuple[list[Stop], tuple[float, float] | None, list[Day]]:
    with access.reading() as connection:
        stops = _stops(connection)
    placed = [stop for stop in stops if stop.point is not None]
    if len(placed) > MOST_STOPS:
        raise Refused(_("Rencana memuat %(n)s kegiatan; paling banyak %(most)s sekaligus. Bagilah menjadi beberapa.",
                        n=len(placed), most=MOST_STOPS))
    if not placed:
        return stops, None, []
    start = _start(placed)
    places_m = np.array([[point.x, point.y] for point in crs.to_metres([stop.point for stop in placed], *start)])
    days = [Day([placed[one] for one in day], visiting.length_m(places_m, (0.0, 0.0), day),
                _picture([placed[one] for one in day], start))
            for day in visiting.plan(places_m, (0.0, 0.0), _days()) if day]
    return stops, start, days


def _stops(connection: Connection) -> list[Stop]:
    """All that the address asks for, each work once."""
    found = visits.of_numbers(connection, _numbers("work"))
    if pair_ids := _numbers("pair"):
        found += visits.of_pairs(connection, pair_ids)
    for sample_id in _numbers("sample")[:1]:
        found += visits.of_sample(connection, sample_id)
    return sorted({stop.id: stop for stop in found}.values(), key=lambda stop: stop.number)


def _numbers(name: str) -> list[int]:
    return sorted({one for one in request.args.getlist(name, type=int) if 0 < one < 2**63})[:1_000]


def _days() -> int:
    return min(max(request.args.get("days", 1, type=int), 1), MOST_DAYS)


def _start(placed: Sequence[Stop]) -> tuple[float, float]:
    """lon, lat as typed; without it the middle of all places."""
    typed = request.args.get("start", "").strip()[:200]
    if not typed:
        middle = shapely.MultiPoint([stop.point for stop in placed]).centroid
        return middle.x, middle.y
    position = coordinates.read(typed)
    if position.lon is None:
        raise Refused(_("Titik awal tidak terbaca. Tulis lintang, bujur; misalnya -8.219233, 114.369227."))
    return position.lon, position.lat


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
