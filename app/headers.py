"""What every answer tells a browser to refuse, and whom of those who ask we refuse before anybody looks who they are.

A page may load what is ours, and runs only the scripts that carry this answer's nonce. Whatever else is sent is a file:
a browser that opens it as a document finds it in a sandbox, in which nothing runs.
"""

from collections.abc import Callable, MutableMapping
from urllib.parse import urlsplit

from flask import Flask, Response, abort, request
from flask_babel import gettext
from werkzeug.sansio.utils import host_is_trusted

from app import access, looks
from app.errors import NotAllowed
from app.settings import Settings

ALWAYS = {
    "X-Content-Type-Options": "nosniff",
    "X-Frame-Options": "DENY",
    "Referrer-Policy": "same-origin",
    "Cross-Origin-Opener-Policy": "same-origin",
    "Cross-Origin-Resource-Policy": "same-origin",
    "Permissions-Policy": "geolocation=(self), camera=(), microphone=(), payment=(), usb=()",
}
SANDBOX = "sandbox; default-src 'none'; frame-ancestors 'none'"
OPENED = ("text/html", "application/pdf")
"""What is opened as it is; no browser shows a PDF in a sandbox, and ours are written by us, without scripts."""
HSTS = "max-age=31536000"
_SAFE = ("GET", "HEAD", "OPTIONS")
_OURSELVES = ("localhost", "127.0.0.1", "[::1]")
"""By which this machine asks itself whether we are well."""


def install(app: Flask) -> None:
    """Refuse what comes from elsewhere, before anything else is done."""
    app.before_request(_refuse_other_names)
    app.before_request(_refuse_other_sites)


def secure(response: Response) -> Response:
    """An answer with its headers; those that a page has set itself stay."""
    page = response.mimetype in OPENED
    for name, value in ALWAYS.items():
        response.headers.setdefault(name, value)
    response.headers.setdefault("Content-Security-Policy", looks.content_security_policy() if page else SANDBOX)
    # Unless a page says better, nobody keeps what was answered to one person: no browser, and no proxy on the way.
    if not {"private", "no-store"} & set(response.headers.get("Cache-Control", "").replace(" ", "").split(",")):
        response.headers["Cache-Control"] = "no-store"
    if access.settings().secure_cookies:
        response.headers.setdefault("Strict-Transport-Security", HSTS)
    return response


def of_static(settings: Settings) -> Callable[[MutableMapping[str, str], str, str], None]:
    """The headers of scripts, styles and pictures: one policy, for a worker lives by that of its own file."""
    policy = looks.policy(settings, None)

    def add(headers: MutableMapping[str, str], _path: str, _url: str) -> None:
        for name, value in ALWAYS.items():
            headers[name] = value
        headers["Content-Security-Policy"] = policy
        if settings.secure_cookies:
            headers["Strict-Transport-Security"] = HSTS

    return add


def _refuse_other_names() -> None:
    """Asked by a name that is not ours, we would write links and redirects to it."""
    settings = access.settings()
    if settings.public_url and not host_is_trusted(
            request.host, [urlsplit(settings.public_url).hostname or "", settings.host, *_OURSELVES]):
        abort(400)


def _refuse_other_sites() -> None:
    """A form of another site is refused even where it had a token: browsers say where it stood."""
    if request.method not in _SAFE and _comes_from_elsewhere():
        raise NotAllowed(gettext("Permintaan ini datang dari situs lain, jadi tidak dilakukan. Buka halamannya di "
                                 "sini, lalu coba lagi."))


def _comes_from_elsewhere() -> bool:
    site = request.headers.get("Sec-Fetch-Site")
    if site is not None:
        return site not in ("same-origin", "none")
    origin = request.headers.get("Origin")
    if origin is None:  # no browser: a phone's program, a script
        return False
    ours = {request.host, urlsplit(access.settings().public_url or "").netloc} - {""}
    try:
        return urlsplit(origin).netloc not in ours
    except ValueError:
        return True
