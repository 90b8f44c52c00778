"""Signing in and out: by a one-time link, by password, and with the second factor that real use asks for."""

import hmac
import re
from datetime import UTC, datetime

import pyotp
import segno
from argon2 import PasswordHasher
from argon2.exceptions import InvalidHashError, VerificationError
from flask import Blueprint, Response, g, redirect, render_template, request, url_for
from flask_babel import gettext as _

from app import access, known_device
from app.errors import NotFound, Refused, TooMany
from app.queries import people
from geo.sentences import LANGUAGES

page = Blueprint("sign_in", __name__)

hasher = PasswordHasher()
# Checked when the name is unknown, so that an unknown name takes as long to refuse as a wrong password.
_NOBODY = hasher.hash("nobody has this password")
MINUTES = 15
"""In which so many guesses of a name, and from an address, are looked at as `begin_attempt` (migrations/0022) says."""
SHORTEST_PASSWORD = 12
_SECRET = re.compile(r"[A-Z2-7]{32}")


@page.get("/sign-in")
@access.everyone
def form() -> str | Response:
    if g.person:
        return redirect(_onward())
    return render_template("sign_in/form.html", onward=_onward())


@page.post("/sign-in")
@access.everyone
def enter() -> Response | tuple[str, int]:
    name = request.form.get("name", "").replace("\0", "").strip().lower()
    password = request.form.get("password", "")
    attempt = _begin_attempt(name, known_device.of(name))
    with access.reading() as connection:
        known = people.sign_in_secrets(connection, name)
    if not _matches(known.password_hash if known else None, password) or known is None:
        return render_template("sign_in/form.html", onward=_onward(), name=name,
                               fault=_("Nama pengguna atau kata sandi tidak cocok.")), 422
    with access.writing() as connection:
        token = access.begin_session(connection, known.person_id, second_factor=False)
        people.attempt_succeeded(connection, attempt)
    return known_device.remember(access.keep_session(redirect(_onward()), token), name)


def _begin_attempt(name: str, device: str | None) -> int:
    """The number of an attempt that may be looked at. Raises TooMany, for a name that nobody has as for any other."""
    with access.writing() as connection:
        attempt = people.begin_attempt(connection, name, device, request.remote_addr)
    if attempt is None:
        raise TooMany(_("Terlalu banyak percobaan masuk. Tunggu %(minutes)d menit, lalu coba lagi.", minutes=MINUTES))
    return attempt


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
        name = people.name_of(connection, whose)
    return known_device.remember(access.keep_session(redirect(_onward()), new), name)


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
    with access.reading() as connection:
        known = people.sign_in_secrets(connection, g.person.name)
    fault = None
    if known.password_hash and not _old_matches(known.password_hash):
        fault = _("Kata sandi lama tidak cocok.")
    elif len(new) < SHORTEST_PASSWORD:
        fault = _("Kata sandi paling sedikit %(shortest)d huruf. Beberapa kata biasa yang disambung sudah baik.",
                  shortest=SHORTEST_PASSWORD)
    elif new != request.form.get("again", ""):
        fault = _("Kedua kata sandi baru tidak sama.")
    if fault:
        return render_template("sign_in/password.html", shortest=SHORTEST_PASSWORD, fault=fault), 422
    hashed = hasher.hash(new)
    with access.writing() as connection:
        people.set_own_secrets(connection, g.person.session_hash, hashed)
        token = access.begin_session(connection, g.person.id, second_factor=g.person.second_factor)
    return access.keep_session(redirect(_onward()), token)


def _old_matches(password_hash: str) -> bool:
    """Whether the old password is right; guessed at no more often than at the door, by whoever found a session open."""
    attempt = _begin_attempt(g.person.name, known_device.of(g.person.name))
    if not _matches(password_hash, request.form.get("old", "")):
        return False
    with access.writing() as connection:
        people.attempt_succeeded(connection, attempt)
    return True


@page.get("/second-factor")
@access.signed_in
def second_factor() -> str:
    return _second_factor_page(pyotp.random_base32())


@page.post("/second-factor")
@access.signed_in
def check_second_factor() -> Response | tuple[str, int]:
    attempt = _begin_attempt(f"{g.person.name} 2", known_device.of(g.person.name))
    with access.reading() as connection:
        known = people.sign_in_secrets(connection, g.person.name)
    secret = known.totp_secret or request.form.get("secret", "")
    step = _step_of(secret, request.form.get("code", ""))
    right = False
    if step is not None:
        with access.writing() as connection:
            right = people.use_totp_step(connection, g.person.session_hash, step)
            if right:
                people.set_own_secrets(connection, g.person.session_hash, None, secret)
                token = access.begin_session(connection, g.person.id, second_factor=True)
                people.attempt_succeeded(connection, attempt)
    if not right:
        return _second_factor_page(_shown(), fault=_(
            "Kode tidak cocok atau sudah dipakai. Periksa jam telepon Anda, lalu ketik kode yang berikutnya.")), 422
    return access.keep_session(redirect(_onward()), token)


def _step_of(secret: str, code: str) -> int | None:
    """The half minute whose code this is: now, the one before or the next; None for any other code."""
    if not _SECRET.fullmatch(secret):  # somebody changed the form
        return None
    totp, given = pyotp.TOTP(secret), re.sub(r"\s", "", code).encode()
    now = totp.timecode(datetime.now(UTC))
    return next((step for step in (now, now - 1, now + 1)
                 if hmac.compare_digest(totp.generate_otp(step).encode(), given)), None)


def _shown() -> str:
    """The secret that the form showed, to be tried again with the same picture."""
    shown = request.form.get("secret", "")
    return shown if _SECRET.fullmatch(shown) else pyotp.random_base32()


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
