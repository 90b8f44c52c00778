"""Checking a proposal: is something like it there already? Nothing is stored.

A short question becomes an address that can be shared and gone back to; a long pasted geometry is answered at once.
"""

from dataclasses import dataclass, field
from datetime import UTC, datetime
from urllib.parse import urlencode

import shapely
from flask import Blueprint, Response, redirect, render_template, request, url_for
from flask_babel import gettext as _
from shapely.errors import ShapelyError
from shapely.geometry.base import BaseGeometry

from app import access, looks
from app.db import Connection
from app.drawing import PageMap, draw
from app.jobs import checking
from app.jobs.checking import Alike, Checked, Proposal
from app.maps import svg
from app.maps.drawn import Figure
from app.queries import maps
from app.queries.filters import Filter
from geo import coordinates, money, values
from geo.coordinates import Bounds, Position
from geo.model import strength
from geo.schema import CATEGORY, FUNDS
from geo.sentences import Sentence

page = Blueprint("check", __name__, url_prefix="/check")

FIELDS = ("at", "name", "year", "fund", "category", "amount")
LONGEST_QUERY = 1_500
MOST_PLACES, WIDEST_DEG = 2_000, 0.3
FIRST_YEAR, LAST_YEAR = 1990, 2100
SHOWN = 20


@dataclass(slots=True)
class Asked:
    """What was typed, what it was read as, and what is wrong with it."""

    typed: dict[str, str]
    position: Position | None = None
    proposal: Proposal | None = None
    faults: dict[str, str] = field(default_factory=dict)

    @property
    def middle(self) -> tuple[float, float]:
        point = coordinates.on(self.proposal.geometry)
        return point.x, point.y


@page.get("")
@access.signed_in
def form() -> str | tuple[str, int]:
    typed = {name: request.args.get(name, "").strip() for name in FIELDS}
    lon, lat = request.args.get("lon", type=float), request.args.get("lat", type=float)
    if not typed["at"] and lon is not None and lat is not None:
        typed["at"] = coordinates.written(lon, lat)
    return _answer(typed, asked="at" in request.args or any(typed.values()))


@page.post("")
@access.signed_in
def ask() -> Response | str | tuple[str, int]:
    typed = {name: request.form.get(name, "").strip() for name in FIELDS}
    typed["at"] = request.form.get("use") or typed["at"]
    query = urlencode({"at": typed["at"]} | {name: value for name, value in typed.items() if value})
    if len(query) <= LONGEST_QUERY:
        return redirect(f"{url_for('check.form')}?{query}", 303)
    return _answer(typed, asked=True)


def _answer(typed: dict[str, str], asked: bool) -> str | tuple[str, int]:
    """The form, with what was found when something was asked: pressing the button on an empty form asks too."""
    with access.reading() as connection:
        read = _read(connection, typed) if asked else Asked(typed)
        found = checking.check(connection, read.proposal) if read.proposal else None
        drawn = _map(connection, read, found)
    page_ = render_template(
        "check/form.html", typed=typed, asked=read, found=found, drawn=drawn, strength=strength, shown=SHOWN,
        picture=lambda one: _picture(read.proposal.geometry, one), at=datetime.now(UTC),
        funds=[(code, looks.sentence(f"fund.{code}")) for code in FUNDS],
        categories=[(code, looks.sentence(f"category.{code}")) for code in CATEGORY])
    return (page_, 422) if read.faults else page_


def _read(connection: Connection, typed: dict[str, str]) -> Asked:
    asked = Asked(typed)
    box = maps.bounds(connection)
    asked.position = read_place(typed["at"], None if box is None else Bounds(
        box[0] - WIDEST_DEG, box[1] - WIDEST_DEG, box[2] + WIDEST_DEG, box[3] + WIDEST_DEG))
    if not typed["at"]:
        asked.faults["at"] = _("Ketik koordinat, klik peta, atau gambar ruasnya.")
    elif asked.position.lon is None:
        asked.faults["at"] = looks.sentence(asked.position.fault) or _("Letak ini tidak terbaca.")
    shape = asked.position.geometry or (shapely.Point(asked.position.lon, asked.position.lat)
                                        if asked.position.lon is not None else None)
    if shape is not None and (fault := _too_much(shape)):
        asked.faults["at"] = fault
    year = amount = None
    if typed["year"]:
        [reading] = values.read_years([typed["year"]], FIRST_YEAR, LAST_YEAR)
        year = reading.value
        if reading.fault:
            asked.faults["year"] = looks.sentence(reading.fault)
    if typed["amount"]:
        [reading] = money.read_money([typed["amount"]], access.settings().currency)
        amount = reading.value
        if reading.fault:
            asked.faults["amount"] = looks.sentence(reading.fault)
    if not asked.faults:
        asked.proposal = Proposal(shape, typed["name"][:1000], year, typed["fund"] if typed["fund"] in FUNDS else None,
                                  typed["category"] if typed["category"] in CATEGORY else None, amount,
                                  asked.position.accuracy_m)
    return asked


def read_place(text: str, bounds: Bounds | None) -> Position:
    """A point as people type it, WKT, a map link, GeoJSON, or the points of a line, one to a row."""
    if text.startswith("{"):
        return _read_geojson(text, bounds)
    rows = [row for row in text.splitlines() if row.strip()]
    if 2 <= len(rows) <= MOST_PLACES:
        # Before the text as a whole: the four numbers of two rows would pass for one point with height and accuracy.
        points = [coordinates.read(row, bounds) for row in rows]
        wrong = next((one for one in points if one.lon is None), None)
        if wrong is None:
            return coordinates.placed(shapely.LineString([(one.lon, one.lat) for one in points]), "wkt", bounds)
        if any(one.lon is not None for one in points):
            return Position(fault=wrong.fault)
    return coordinates.read(text, bounds)


def _read_geojson(text: str, bounds: Bounds | None) -> Position:
    try:
        shape = shapely.force_2d(shapely.from_geojson(text))
    except (ShapelyError, ValueError):
        return Position(fault=Sentence("geometry.unreadable"))
    parts = list(shapely.get_parts(shape))
    if shape.geom_type == "GeometryCollection":
        kinds = {part.geom_type for part in parts}
        if len(parts) == 1:
            shape = parts[0]
        elif len(kinds) == 1 and kinds <= {"Point", "LineString", "Polygon"}:
            multi = {"Point": shapely.MultiPoint, "LineString": shapely.MultiLineString, "Polygon":
                     shapely.MultiPolygon}[kinds.pop()]
            shape = multi(parts)
        else:
            return Position(fault=Sentence("geometry.unreadable"))
    return coordinates.placed(shape, "wkt", bounds)


def _too_much(shape: BaseGeometry) -> str | None:
    west, south, east, north = shape.bounds
    if not shape.is_valid:
        return _("Bentuk ini tidak sah: garis tepinya memotong dirinya sendiri atau terlalu pendek.")
    if shapely.get_num_coordinates(shape) > MOST_PLACES:
        return _("Bentuk ini terlalu rinci: paling banyak %(n)s titik.", n=looks.whole(MOST_PLACES))
    if max(east - west, north - south) > WIDEST_DEG:
        return _("Bentuk ini terlalu luas untuk satu usulan.")
    return None


def _map(connection: Connection, asked: Asked, found: Checked | None) -> PageMap:
    """All works; with an answer also the proposal and what resembles it."""
    if not asked.proposal:
        return draw(connection, "check", Filter())
    figures = [Figure(one.geometry, "work", work=str(one.project), accuracy_m=one.accuracy_m)
               for one in found.alike[:SHOWN] if one.geometry is not None]
    return draw(connection, "check", Filter(), figures=[*figures, Figure(asked.proposal.geometry, "proposal",
                                                                         accuracy_m=asked.proposal.accuracy_m)])


def _picture(shape: BaseGeometry, one: Alike) -> str | None:
    if one.geometry is None:
        return None
    return svg.draw([Figure(one.geometry, "right", accuracy_m=one.accuracy_m), Figure(shape, "left")],
                    title=_("Usulan (A) dan %(name)s (B)", name=one.name), width=320, height=210,
                    language=looks.language(),
                    note=_("DATA CONTOH, bukan kegiatan nyata") if looks.demonstration() else None)
