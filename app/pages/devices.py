"""Where one is signed in, and the phones that send for one: seen and ended by oneself."""

import secrets

import segno
from flask import Blueprint, Response, flash, g, redirect, render_template, request, url_for
from flask_babel import gettext as _

from app import access
from app.devices import in_words
from app.errors import NotFound
from app.queries import devices

page = Blueprint("devices", __name__, url_prefix="/devices")


@page.get("")
@access.signed_in
def show() -> str:
    with access.reading() as connection:
        return render_template("devices/show.html", phones=devices.phones(connection, g.person.id), in_words=in_words,
                               sessions=devices.sessions(connection, g.person.id, access.IDLE.total_seconds()),
                               sends=g.person.holds(*access.SENDS))


@page.post("/sessions/<int:number>/end")
@access.signed_in
def end_session(number: int) -> Response:
    with access.writing() as connection:
        if not devices.end_session(connection, number, g.person.id):
            raise NotFound
    flash(_("Sesi itu sudah diakhiri."), "done")
    return redirect(url_for("devices.show"), 303)


@page.post("/sessions/end-others")
@access.signed_in
def end_others() -> Response:
    with access.writing() as connection:
        devices.end_other_sessions(connection, g.person.session_hash)
    flash(_("Semua sesi lain sudah diakhiri."), "done")
    return redirect(url_for("devices.show"), 303)


@page.post("/phones")
@access.roles(*access.SENDS)
def add_phone() -> str:
    """The token, shown this once: what is stored of it signs nobody in."""
    token = secrets.token_urlsafe(32)
    with access.writing() as connection:
        until = devices.add_phone(connection, g.person.session_hash, access.hash_of(token),
                                  request.form.get("name", "").replace("\0", ""))
    address = (access.settings().public_url or request.url_root).rstrip("/")
    return render_template("devices/token.html", secret=token, until=until, address=address,
                           code=segno.make(f"{address}#{token}", error="m", micro=False).svg_data_uri(scale=5))


@page.post("/phones/<int:number>/end")
@access.signed_in
def end_phone(number: int) -> Response:
    with access.writing() as connection:
        if not devices.end_phone(connection, number, g.person.id):
            raise NotFound
    flash(_("Telepon itu tidak dapat mengirim lagi."), "done")
    return redirect(url_for("devices.show"), 303)
