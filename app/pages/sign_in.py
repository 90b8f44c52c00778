"""Signing in and out: by a one-time link, by password, and with the second factor that real use asks for."""

from datetime import UTC, datetime

import pyotp
import segno
from argon2 import PasswordHasher
from argon2.exceptions import InvalidHashError, VerificationError
from flask import Blueprint, Response, g, redirect, render_template, request, url_for
from flask_babel import gettext as _

from app import access
from app.errors import NotFound, Refused, TooMany
from app.queries import people
from geo.sentences import LANGUAGES

page = Blueprint("sign_in", __name__)

hasher = PasswordHasher()
# Checked when the name is unknown, so that an unknown name takes as long to refuse as a wrong password.
_NOBODY = hasher.hash("nobody has this password")
FAILURES_PER_NAME = 10
FAILURES_PER_ADDRESS = 200  # a whole village may stand behind one address
MINUTES = 15
SHORTEST_PASSWORD = 12


@page.get("/sign-in")
@access.everyone
def form() -> str | Response:
    if g.person:
        return redirect(_onward())
    return render_template("sign_in/form.html", onward=_onward())


@page.post("/sign-in")
@access.everyone
def enter() -> Response | tuple[str, int]:
    name = request.form.get("name", "").strip().lower()
    password = request.form.get("password", "")
    with access.writing() as connection:
        of_name, of_address = people.failed_attempts(connection, name, request.remote_addr, MINUTES)
        if of_name >= FAILURES_PER_NAME or of_address >= FAILURES_PER_ADDRESS:
            raise TooMany(_("Terlalu banyak percobaan masuk. Tunggu %(minutes)d menit, lalu coba lagi.",
                            minutes=MINUTES))
        known = people.sign_in_secrets(connection, name)
        right = _matches(known.password_hash if known else None, password)
        people.note_attempt(connection, name, request.remote_addr, right)
        token = access.begin_session(connection, known.person_id, second_factor=False) if right else None
    if token is None:
        return render_template("sign_in/form.html", onward=_onward(), name=name,
                               fault=_("Nama pengguna atau kata sandi tidak cocok.")), 422
    return access.keep_session(redirect(_onward()), token)


def _matches(password_hash: str | None, password: str) -> bool:
    try:
        return hasher.verify(password_hash or _NOBODY, password) and password_hash is not None
    except (VerificationError, InvalidHashError):
        return False


@page.get("/sign-in/<token>")
@access.everyone
def link(token: str) -> str:
    # Looking at a link does not use it up: mail programs and messengers open links to preview them.
    return render_template("sign_in/link.html", secret=token)


@page.post("/sign-in/<token>")
@access.everyone
def use_link(token: str) -> Response:
    with access.writing() as connection:
        whose = people.use_sign_in_link(connection, access.hash_of(token))
        if whose is None:
            raise NotFound(_("Tautan ini sudah dipakai atau sudah kedaluwarsa. Mintalah tautan baru kepada pengelola."))
        new = access.begin_session(connection, whose, second_factor=False)
    return access.keep_session(redirect(_onward()), new)


@page.post("/sign-out")
@access.everyone
def leave() -> Response:
    return access.end_session(redirect(url_for("sign_in.form")))


@page.post("/language")
@access.everyone
def language() -> Response:
    chosen = request.form.get("language", "")
    if chosen not in LANGUAGES:
        raise Refused(_("Bahasa ini tidak tersedia."))
    if g.person:
        with access.writing() as connection:
            people.set_language(connection, g.person.id, chosen)
    answer = redirect(_onward())
    answer.set_cookie(access.cookie_name("language"), chosen, max_age=365 * 86400, samesite="Lax", httponly=True,
                      secure=access.settings().secure_cookies)
    return answer


@page.get("/password")
@access.signed_in
def password() -> str:
    return render_template("sign_in/password.html", shortest=SHORTEST_PASSWORD)


@page.post("/password")
@access.signed_in
def set_password() -> Response | tuple[str, int]:
    new = request.form.get("new", "")
    with access.writing() as connection:
        known = people.sign_in_secrets(connection, g.person.name)
        fault = None
        if known.password_hash and not _matches(known.password_hash, request.form.get("old", "")):
            fault = _("Kata sandi lama tidak cocok.")
        elif len(new) < SHORTEST_PASSWORD:
            fault = _("Kata sandi paling sedikit %(shortest)d huruf. Beberapa kata biasa yang disambung sudah baik.",
                      shortest=SHORTEST_PASSWORD)
        elif new != request.form.get("again", ""):
            fault = _("Kedua kata sandi baru tidak sama.")
        if fault:
            return render_template("sign_in/password.html", shortest=SHORTEST_PASSWORD, fault=fault), 422
        people.set_own_secrets(connection, hasher.hash(new))
    return redirect(_onward())


@page.get("/second-factor")
@access.signed_in
def second_factor() -> str:
    return _second_factor_page(pyotp.random_base32())


@page.post("/second-factor")
@access.signed_in
def check_second_factor() -> Response | tuple[str, int]:
    with access.writing() as connection:
        of_name, _of_address = people.failed_attempts(connection, f"{g.person.name} 2", None, MINUTES)
        if of_name >= FAILURES_PER_NAME:
            raise TooMany
        known = people.sign_in_secrets(connection, g.person.name)
        secret = known.totp_secret or request.form.get("secret", "")
        right = _code_is_right(secret, request.form.get("code", ""))
        people.note_attempt(connection, f"{g.person.name} 2", None, right)
        if right:
            if not known.totp_secret:
                people.set_own_secrets(connection, None, secret)
            people.end_session(connection, g.person.session_hash)
            token = access.begin_session(connection, g.person.id, second_factor=True)
    if not right:
        return _second_factor_page(secret, fault=_("Kode tidak cocok. Periksa jam telepon Anda, lalu coba lagi.")), 422
    return access.keep_session(redirect(_onward()), token)


def _code_is_right(secret: str, code: str) -> bool:
    try:
        return pyotp.TOTP(secret).verify(code.replace(" ", ""), for_time=datetime.now(UTC), valid_window=1)
    except ValueError:  # a secret that is not base32: somebody changed the form
        return False


def _second_factor_page(secret: str, fault: str | None = None) -> str:
    if g.person.has_second_factor:
        return render_template("sign_in/second_factor.html", fault=fault)
    address = pyotp.TOTP(secret).provisioning_uri(name=g.person.name, issuer_name="PantauDesa")
    return render_template("sign_in/second_factor.html", fault=fault, secret=secret,
                           picture=segno.make(address).svg_data_uri(scale=5))


def _onward() -> str:
    """Where to go afterwards: a path of our own, or home. What browsers read as "/" or leave out is not a path."""
    wanted = request.values.get("onward") or ""
    own = wanted.startswith("/") and not wanted.startswith("//") and "\\" not in wanted and wanted.isprintable()
    return wanted if own else "/"
