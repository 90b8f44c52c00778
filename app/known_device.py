"""The cookie of a device on which somebody has signed in before. It opens nothing: it only says that guesses made on
this device are counted apart, so that whoever guesses elsewhere does not lock the owner out.

It holds a number of the device and a mark of each name that has signed in on it, signed; the marks do not tell names.
"""

import hashlib
import secrets
from datetime import timedelta

from flask import Response, current_app, request
from itsdangerous import BadData, URLSafeTimedSerializer

from app import access

LASTS = timedelta(days=180)
MOST_NAMES = 12
"""An office computer has some users; the oldest mark goes."""


def of(name: str) -> str | None:
    """The device's number where this name has signed in on it; None on any other."""
    device, marks = _read()
    return device if device and _mark(device, name) in marks else None


def remember(response: Response, name: str) -> Response:
    """Note that the name has signed in on this device."""
    device, marks = _read()
    device = device or secrets.token_hex(16)
    mark = _mark(device, name)
    kept = [*(one for one in marks if one != mark), mark][-MOST_NAMES:]
    response.set_cookie(_cookie_name(), _signer().dumps([device, kept]), max_age=int(LASTS.total_seconds()), path="/",
                        httponly=True, samesite="Lax", secure=access.settings().secure_cookies)
    return response


def _read() -> tuple[str | None, list[str]]:
    try:
        device, marks = _signer().loads(request.cookies.get(_cookie_name(), ""), max_age=LASTS.total_seconds())
    except (BadData, TypeError, ValueError):
        return None, []
    return device, marks


def _mark(device: str, name: str) -> str:
    return hashlib.sha256(f"{device} {name}".encode()).hexdigest()[:16]


def _signer() -> URLSafeTimedSerializer:
    return URLSafeTimedSerializer(current_app.secret_key, salt="known device")


def _cookie_name() -> str:
    return "__Host-pantau-known" if access.settings().secure_cookies else "pantau-known"
