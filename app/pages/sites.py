"""Sending a point: choose the work, say where it stands, see what stands around it, send.

Everything is decided here on the server; the script only fills the same fields from the phone's position or the map.
"""

from dataclasses import dataclass, field
from uuid import UUID

import shapely
from flask import Blueprint, Response, g, redirect, render_template, request, url_for
from flask_babel import gettext as _
from shapely.geometry.base import BaseGeometry

from app import access, looks, proposals, sent_once
from app.db import Connection
from app.drawing import PageMap, draw
from app.errors import NotFound
from app.jobs import sending
from app.jobs.sending import Standing
from app.maps import svg
from app.maps.drawn import Figure
from app.queries import lands, matching, project_details, sites
from app.queries.filters import Filter
from app.queries.projects import Site
from app.queries.sites import Near, Work
from geo import coordinates
from geo.coordinates import Bounds, Position

page = Blueprint("sites", __name__, url_prefix="/sites")

NEAR_M = 100.0
LISTED = 12
LONGEST_REASON = 500
CLOSE_DEG = 0.0015
BESIDE_DEG = 0.05
"""How far beyond the box of all regions a point may lie and still be asked about, not refused."""


@dataclass(frozen=True, slots=True)
class Typed:
    """What the form holds. Method and accuracy belong to `fix`: whoever changes the coordinate types it anew."""

    coordinate: str = ""
    fix: str = ""
    method: str | None = None
    accuracy_m: float | None = None
    reason: str = ""
    confirmed: bool = False
    seen: str = ""

    @classmethod
    def of(cls, form: dict) -> "Typed":
        coordinate, fix = _text(form.get("coordinate"))[:2000], _text(form.get("fix"))
        same = bool(coordinate) and coordinate == fix
        method = form.get("method") if same and form.get("method") in ("gps", "drawn") else None
        return cls(coordinate, fix if same else "", method, _accuracy(form.get("accuracy_m")) if method == "gps" else
                   None, _text(form.get("reason"))[:LONGEST_REASON], form.get("confirmed") == "1",
                   form.get("seen", ""))


@dataclass(slots=True)
class Look:
    """What is to be said about a typed place before it is sent."""

    position: Position
    accuracy_m: float | None = None
    standing: Standing | None = None
    near: list[Near] = field(default_factory=list)
    why: list[str] = field(default_factory=list)
    confirm: bool = False
    faults: dict[str, str] = field(default_factory=dict)
    picture: str | None = None

    @property
    def written(self) -> str:
        return coordinates.written(self.position.lon, self.position.lat)


@page.get("/new")
@access.roles(*access.SENDS)
def form() -> str:
    if (project_id := _uuid(request.args.get("project"))) is None:
        return _choose()
    lon, lat = request.args.get("lon", type=float), request.args.get("lat", type=float)
    at = "" if lon is None or lat is None else coordinates.written(lon, lat)
    with access.reading() as connection:
        work = _work(connection, project_id)
        typed = Typed(at, at, "drawn" if at else None)
        return _form(connection, work, typed, _look(connection, work, typed) if at else None)


@page.post("/new")
@access.roles(*access.SENDS)
def send() -> Response | str | tuple[str, int]:
    typed = Typed.of(request.form)
    with access.reading() as connection:
        work = _work(connection, _uuid(request.form.get("project")))
        if taken := request.form.get("use"):
            typed = Typed(_text(taken)[:2000], reason=typed.reason)
            return _form(connection, work, typed, _look(connection, work, typed))
        look = _look(connection, work, typed)
        if not look.faults and typed.seen == look.written:
            _ask(look, typed)
        if look.faults:
            return _form(connection, work, typed, look), 422
        if typed.seen != look.written:  # nobody sends before what stands there was shown
            return _form(connection, work, typed, look)
    with sent_once.writing() as (connection, once):
        work = _work(connection, work.id)
        point = shapely.Point(look.position.lon, look.position.lat)
        site_id, _matched = sending.send(connection, work, Site(
            point, typed.method, look.accuracy_m, reason=typed.reason or None), g.person.id)
        there = once.keep(url_for("sites.show", site_id=site_id))
    return redirect(there, 303)


@page.get("/near")
@access.roles(*access.SENDS)
def show_near() -> str:
    """What is to be said about a place, as the part of the form that a script puts in."""
    typed = Typed.of(request.args)
    with access.reading() as connection:
        work = _work(connection, _uuid(request.args.get("project")))
        look = _look(connection, work, typed)
    return render_template("sites/_look.html", work=work, typed=typed, look=look, listed=LISTED)


@page.get("/<int:site_id>")
@access.signed_in
def show(site_id: int) -> str:
    with access.reading() as connection:
        if (site := sites.sent(connection, site_id)) is None:
            raise NotFound
        near = sites.near(connection, site.geometry, NEAR_M, site.project)
        lies = sending.standing(connection, site.geometry, site.code, site.accuracy_m)
        return render_template(
            "sites/sent.html", site=site, lies=lies, middle=_middle(site.geometry), near=near, listed=LISTED,
            pairs=project_details.indications(connection, site.project),
            hidden=matching.hidden_pairs(connection, site.project),
            picture=_picture(site.geometry, site.accuracy_m, near, site.name),
            more=g.person.holds(*access.SENDS))


def _choose() -> str:
    """The first step: the village, if there are several, and one of its works."""
    text, onward = _text(request.args.get("q"))[:200], {
        name: value for name in ("lon", "lat") if (value := request.args.get(name, type=float)) is not None}
    with access.reading() as connection:
        villages = sites.villages(connection, access.SENDS)
        chosen = next((one for one in villages if one.id == request.args.get("village", type=int)), None)
        if chosen is None:
            chosen = villages[0] if len(villages) == 1 else _there(connection, villages, onward)
        works = sites.works(connection, access.SENDS, chosen.id, text) if chosen else []
    return render_template("sites/choose.html", villages=villages, chosen=chosen, works=works, text=text,
                           onward=onward)


def _there(connection: Connection, villages: list, onward: dict) -> object | None:
    """The village in which a place lies that was picked on the map, if the person may send for it."""
    if len(onward) < 2:
        return None
    lies = sending.standing(connection, shapely.Point(onward["lon"], onward["lat"]), None, None)
    return next((one for one in villages if lies.name and one.name == lies.name), None)


def _form(connection: Connection, work: Work, typed: Typed, look: Look | None) -> str:
    return render_template("sites/form.html", work=work, typed=typed, look=look, listed=LISTED,
                           drawn=_map(connection, work, look),
                           now=_middle(work.geometry) if work.geometry is not None else None)


def _look(connection: Connection, work: Work, typed: Typed) -> Look:
    """Read the coordinate and find out what is to be said about it."""
    box = lands.bounds(connection)
    bounds = None if box is None else Bounds(box[0] - BESIDE_DEG, box[1] - BESIDE_DEG, box[2] + BESIDE_DEG,
                                             box[3] + BESIDE_DEG)
    position = coordinates.read(typed.coordinate, bounds)
    if not typed.coordinate:
        return Look(position, faults={"coordinate": _("Ambil lokasi, geser pin, atau ketik koordinat.")})
    if position.lon is None:
        return Look(position, faults={"coordinate": proposals.place_fault(connection, position)})
    if position.geometry is not None and position.geometry.geom_type != "Point":
        return Look(position, faults={"coordinate": _("Di sini dikirim satu titik. Garis atau luasan dapat diunggah "
                                                      "sebagai berkas.")})
    point = shapely.Point(position.lon, position.lat)
    accuracy_m = typed.accuracy_m if typed.method == "gps" else position.accuracy_m
    look = Look(position, accuracy_m, sending.standing(connection, point, work.code, accuracy_m),
                sites.near(connection, point, NEAR_M, work.id))
    limit_m = access.settings().accuracy_limit_m
    if typed.method == "gps" and accuracy_m is None:
        look.why.append(_("Ketelitian titik ini tidak diketahui."))
    elif accuracy_m is not None and accuracy_m > limit_m:
        look.why.append(_("Ketelitian ± %(accuracy)s, lebih dari batas %(limit)s.", accuracy=looks.metres(accuracy_m),
                          limit=looks.metres(limit_m)))
    if look.standing.nowhere:
        look.why.append(_("Titik ini di luar semua desa yang dikenal; mungkin di laut."))
    if work.loses_extent:
        look.why.append(_("Kegiatan ini sudah tercatat sebagai ruas, luasan, atau beberapa lokasi; satu titik akan "
                          "menggantikannya."))
    look.confirm = look.standing.nowhere or work.loses_extent
    look.picture = _picture(point, accuracy_m, look.near, work.name)
    return look


def _ask(look: Look, typed: Typed) -> None:
    """Whatever needs a reason and a confirmation must have them."""
    if look.why and len(typed.reason) < 3:
        look.faults["reason"] = _("Tulis alasannya.")
    if look.confirm and not typed.confirmed:
        look.faults["confirmed"] = _("Beri tanda bahwa titik ini memang benar.")


def _picture(point: BaseGeometry, accuracy_m: float | None, near: list[Near], name: str) -> str:
    figures = [Figure(one.geometry, "work", accuracy_m=one.accuracy_m) for one in near[:LISTED]
               if one.geometry.geom_type == "Point" or one.geometry.length < 0.01]
    return svg.draw([*figures, Figure(point, "proposal", accuracy_m=accuracy_m)],
                    title=_("Letak kegiatan %(name)s", name=name), width=400, height=300, language=looks.language(),
                    note=_("DATA CONTOH, bukan kegiatan nyata") if looks.demonstration() else None)


def _map(connection: Connection, work: Work, look: Look | None) -> PageMap:
    """All works around the place that is known, else around the work's village."""
    if look and look.position.lon is not None:
        bounds = _around(look.position.lon, look.position.lat)
    elif work.geometry is not None:
        bounds = _around(*_middle(work.geometry))
    else:
        bounds = sites.box_of(connection, work.region_id)
    return draw(connection, "point", Filter(), bounds=bounds)


def _around(lon: float, lat: float) -> tuple[float, float, float, float]:
    return lon - CLOSE_DEG, lat - CLOSE_DEG, lon + CLOSE_DEG, lat + CLOSE_DEG


def _work(connection: Connection, project_id: UUID | None) -> Work:
    work = sites.work(connection, access.SENDS, project_id) if project_id else None
    if work is None:
        raise NotFound
    return work


def _middle(shape: BaseGeometry) -> tuple[float, float]:
    point = coordinates.on(shape)
    return point.x, point.y


def _text(text: str | None) -> str:
    """What was typed, without the character that no text in the database can hold."""
    return (text or "").replace("\0", "").strip()


def _uuid(text: str | None) -> UUID | None:
    try:
        return UUID(text or "")
    except ValueError:
        return None


def _accuracy(text: str | None) -> float | None:
    try:
        metres = float(text or "")
    except ValueError:
        return None
    return metres if 0 <= metres <= 10_000 else None
