"""The people an administrator looks after: who may do what where, since when and until when; letting somebody in and
helping whoever is locked out. One's own record is changed by others, and nobody's beyond the own territory."""

import secrets
from datetime import date, datetime, time, timedelta
from urllib.parse import urlencode
from uuid import UUID
from zoneinfo import ZoneInfo

import segno
from flask import Blueprint, Response, flash, g, redirect, render_template, request, url_for
from flask_babel import gettext as _

from app import access
from app.db import Connection
from app.devices import in_words
from app.errors import Broken, NotAllowed, NotFound, Refused, rules_in_words
from app.frame import ROLE_WORDS
from app.queries import administered, audit, devices, regions
from app.queries.administered import Person, Wanted
from app.queries.regions import Region

page = Blueprint("people", __name__, url_prefix="/people")

PAGE = 50


@page.get("")
@access.roles(*access.ADMINISTERS)
def show_list() -> str:
    asked, at = _wanted(), max(0, min(request.args.get("at", 0, type=int), 100_000))
    with access.reading() as connection:
        own = _territory(connection)
        found = administered.listed(connection, asked, own, PAGE + 1, at)
        places = _places(connection, own)
    return render_template(
        "people/list.html", people=found[:PAGE], wanted=asked, at=at, page=PAGE, roles=ROLE_WORDS, places=places,
        more=_address(asked, at + PAGE) if len(found) > PAGE else None,
        before=_address(asked, max(0, at - PAGE)) if at else None)


@page.get("/new")
@access.roles(*access.ADMINISTERS)
def form() -> str:
    return _form()


@page.post("")
@access.roles(*access.ADMINISTERS)
def invite() -> str | tuple[str, int]:
    """A new person with a first role, and the link with which they come in; it is shown this once."""
    name, full_name = _text("name").lower(), _text("full_name")
    role, (begins, ends) = _role(), _period()
    try:
        with rules_in_words(), access.writing() as connection:
            region = _region(connection)
            new = administered.invite(connection, name, full_name, role, region, begins, ends)
            address, until = _link(connection, new)
    except Broken as refused:
        return _form(str(refused.sentence)), 422
    return _handed_over(new, full_name, address, until)


def _form(fault: str | None = None) -> str:
    """The form of an invitation, with what was typed and why it was refused."""
    with access.reading() as connection:
        return render_template("people/new.html", roles=ROLE_WORDS, places=_places(connection, _territory(connection)),
                               fault=fault, typed=request.form)


@page.get("/<uuid:person_id>")
@access.roles(*access.ADMINISTERS)
def show(person_id: UUID) -> str:
    with access.writing() as connection:  # that it was read is written down
        own = _territory(connection)
        found = _found(connection, person_id, own)
        audit.note_reading(connection, "person", str(person_id), "people.show")
        return render_template(
            "people/show.html", found=found, whole=_may_whole(found), oneself=person_id == g.person.id,
            grants=administered.grants(connection, person_id, own), roles=ROLE_WORDS, places=_places(connection, own),
            standing=administered.standing(connection, person_id), links=administered.links(connection, person_id),
            sessions=devices.sessions(connection, person_id, access.IDLE.total_seconds()),
            phones=devices.phones(connection, person_id), in_words=in_words)


@page.post("/<uuid:person_id>/grants")
@access.roles(*access.ADMINISTERS)
def give(person_id: UUID) -> Response:
    role, (begins, ends) = _role(), _period()
    with access.writing() as connection:
        _changed(connection, person_id)
        administered.give(connection, person_id, role, _region(connection), begins, ends)
    return _back(person_id, _("Peran sudah diberikan."))


@page.post("/<uuid:person_id>/grants/<int:grant_id>/end")
@access.roles(*access.ADMINISTERS)
def end_grant(person_id: UUID, grant_id: int) -> Response:
    with access.writing() as connection:
        _changed(connection, person_id)
        own = _territory(connection)
        if grant_id not in {one.id for one in administered.grants(connection, person_id, own)}:
            raise NotFound
        administered.end_grant(connection, grant_id)
    return _back(person_id, _("Peran itu berakhir sekarang."))


@page.post("/<uuid:person_id>/active")
@access.roles(*access.ADMINISTERS)
def set_active(person_id: UUID) -> Response:
    active = request.form.get("active") == "1"
    with access.writing() as connection:
        _changed(connection, person_id, whole=True)
        administered.set_active(connection, person_id, active)
    return _back(person_id, _("Orang ini dapat masuk lagi, dengan kata sandi atau tautan baru.") if active else
                 _("Orang ini tidak dapat masuk lagi; semua sesi, telepon, dan tautannya berakhir."))


@page.post("/<uuid:person_id>/full-name")
@access.roles(*access.ADMINISTERS)
def set_full_name(person_id: UUID) -> Response:
    with access.writing() as connection:
        _changed(connection, person_id, whole=True)
        administered.set_full_name(connection, person_id, _text("full_name"))
    return _back(person_id, _("Nama lengkap sudah diganti."))


@page.post("/<uuid:person_id>/link")
@access.roles(*access.ADMINISTERS)
def make_link(person_id: UUID) -> str:
    """A link for whoever cannot come in; on wish without the password or the second factor that were lost."""
    with access.writing() as connection:
        found = _changed(connection, person_id, whole=True)
        if not found.active:
            raise Refused(_("Orang ini dinonaktifkan. Aktifkan dahulu, baru buat tautan."))
        address, until = _link(connection, person_id, without_password="password" in request.form,
                               without_factor="second_factor" in request.form)
    return _handed_over(person_id, found.full_name, address, until)


@page.post("/<uuid:person_id>/links/<int:number>/take-back")
@access.roles(*access.ADMINISTERS)
def take_back(person_id: UUID, number: int) -> Response:
    with access.writing() as connection:
        _changed(connection, person_id, whole=True)
        if number not in {one.number for one in administered.links(connection, person_id)}:
            raise NotFound
        administered.take_back_link(connection, number)
    return _back(person_id, _("Tautan itu tidak berlaku lagi."))


@page.post("/<uuid:person_id>/sessions/<int:number>/end")
@access.roles(*access.ADMINISTERS)
def end_session(person_id: UUID, number: int) -> Response:
    with access.writing() as connection:
        _changed(connection, person_id, whole=True)
        if not devices.end_session(connection, number, person_id):
            raise NotFound
    return _back(person_id, _("Sesi itu sudah diakhiri."))


@page.post("/<uuid:person_id>/phones/<int:number>/end")
@access.roles(*access.ADMINISTERS)
def end_phone(person_id: UUID, number: int) -> Response:
    with access.writing() as connection:
        _changed(connection, person_id, whole=True)
        if not devices.end_phone(connection, number, person_id):
            raise NotFound
    return _back(person_id, _("Telepon itu tidak dapat mengirim lagi."))


def _territory(connection: Connection) -> list[int]:
    """The regions in which the person asking is administrator, as their session says."""
    return administered.territory(connection, [one.region_id for one in g.person.grants
                                               if one.role in access.ADMINISTERS])


def _found(connection: Connection, person_id: UUID, own: list[int]) -> Person:
    """The person; one of another territory and one that does not exist are answered alike."""
    found = administered.by_id(connection, person_id, own)
    if found is None:
        raise NotFound
    return found


def _changed(connection: Connection, person_id: UUID, *, whole: bool = False) -> Person:
    """The person, where whoever asks may change them; with `whole` what touches more than roles in the territory."""
    found = _found(connection, person_id, _territory(connection))
    if person_id == g.person.id:
        raise NotAllowed(_("Peran dan akun Anda sendiri diubah oleh pengelola lain."))
    if whole and not _may_whole(found):
        raise NotAllowed(_("Orang ini juga berperan di luar wilayah Anda. Mintalah pengelola yang wilayahnya "
                           "mencakup semuanya."))
    return found


def _may_whole(found: Person) -> bool:
    return not found.outside


def _places(connection: Connection, own: list[int]) -> list[Region]:
    """The regions of which one may be chosen, wide ones first, villages by their districts."""
    held = set(own)
    wide = [one for level in ("root", "regency", "district") for one in regions.of_level(connection, level)]
    villages = sorted(regions.of_level(connection, "village"), key=lambda one: (one.parent_name or "", one.name))
    return [one for one in [*wide, *villages] if one.id in held]


def _region(connection: Connection) -> int:
    region = request.form.get("region", type=int)
    if region not in _territory(connection):
        raise NotAllowed(_("Pilih wilayah yang Anda kelola."))
    return region


def _role() -> str:
    role = request.form.get("role", "")
    if role not in access.ROLES:
        raise Refused(_("Pilih salah satu peran."))
    return role


def _period() -> tuple[datetime | None, datetime | None]:
    """From the beginning of one day to the end of another, where the office stands; None is now, and without an end."""
    begins, ends = _day("begins"), _day("ends")
    return begins, ends + timedelta(days=1) if ends else None


def _day(name: str) -> datetime | None:
    if not (text := _text(name)):
        return None
    try:
        day = date.fromisoformat(text)
    except ValueError:
        raise Refused(_("Tanggal tidak terbaca.")) from None
    if not 2000 <= day.year <= 2100:
        raise Refused(_("Tanggal tidak terbaca."))
    return datetime.combine(day, time(), ZoneInfo(access.settings().timezone))


def _text(name: str) -> str:
    return request.form.get(name, "").replace("\0", "").strip()


def _wanted() -> Wanted:
    asked = request.args
    return Wanted(asked.get("q", "").replace("\0", "").strip()[:200],
                  asked.get("role") if asked.get("role") in access.ROLES else None,
                  asked.get("region", type=int) if 0 < asked.get("region", 0, type=int) < 2**31 else None,
                  {"1": True, "0": False}.get(asked.get("active", "")))


def _address(wanted: Wanted, at: int) -> str:
    pairs = {"q": wanted.q, "role": wanted.role, "region": wanted.region_id, "at": at or None,
             "active": None if wanted.active is None else int(wanted.active)}
    asked = urlencode({name: one for name, one in pairs.items() if one not in (None, "")})
    return f"{url_for('people.show_list')}?{asked}"


def _link(connection: Connection, person_id: UUID, **without: bool) -> tuple[str, datetime]:
    token = secrets.token_urlsafe(24)
    until = administered.make_link(connection, person_id, access.hash_of(token), **without)
    root = (access.settings().public_url or request.url_root).rstrip("/")
    return root + url_for("sign_in.link", token=token), until


def _handed_over(person_id: UUID, full_name: str, address: str, until: datetime) -> str:
    return render_template("people/link.html", person_id=person_id, full_name=full_name, link=address, until=until,
                           code=segno.make(address, error="m", micro=False).svg_data_uri(scale=5))


def _back(person_id: UUID, said: str) -> Response:
    flash(said, "done")
    return redirect(url_for("people.show", person_id=person_id), 303)
