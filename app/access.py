"""Who is asking, and what they may do where.

Every route says who may use it, with one of the decorators below; an application with a route that says nothing does
not start. The database decides a second time, by its own policies: each layer is enough alone.

    @access.everyone          also a visitor who has not signed in
    @access.signed_in         whoever has signed in
    @access.roles("planner")  whoever holds one of these roles, in whatever region; the region is the query's matter
    @access.device            a phone that sends for its person: by its own token, never by a session; and no phone
                              opens anything else
"""

import hashlib
import secrets
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from dataclasses import dataclass, field
from datetime import UTC, datetime, timedelta
from urllib.parse import unquote
from uuid import UUID

from flask import Flask, Response, abort, current_app, g, redirect, request, url_for
from flask_babel import gettext

from app.db import REQUEST, Connection, Database
from app.errors import NotAllowed, SignInNeeded
from app.queries import devices, people
from app.settings import Settings

ROLES = ("field", "head", "planner", "auditor", "treasurer", "admin")
SENDS = ("field", "head", "planner", "admin")
"""Who may enter works and sites."""
JUDGES = ("planner", "auditor", "admin")
"""Who may give a verdict, and must have a second factor in real use."""
ANSWERS = ("field", "head")
"""Who may answer an indication for the village."""

READS_RECORD = ("admin", "auditor")
"""Who may read the record of changes, where they hold the role in the whole installation."""

ADMINISTERS = ("admin",)
"""Who looks after people, in the regions in which they hold the role."""

STEPS = {"sign_in.password": ("sign_in.password", "sign_in.set_password"),
         "sign_in.second_factor": ("sign_in.second_factor", "sign_in.check_second_factor")}
"""What real use asks for first, and the routes by which it is given: no other step can be taken meanwhile."""
IDLE = timedelta(hours=8)
LONGEST = timedelta(hours=12)
_TOUCH_EVERY = timedelta(minutes=5)


@dataclass(frozen=True, slots=True)
class Grant:
    """One role in one region and all regions below it."""

    role: str
    region_id: int
    code: str
    name: str
    level: str


@dataclass(frozen=True, slots=True)
class Person:
    """Who is asking, with the grants in force at this moment."""

    id: UUID
    name: str
    full_name: str
    language: str
    grants: tuple[Grant, ...] = ()
    second_factor: bool = False
    has_password: bool = False
    has_second_factor: bool = False
    session_hash: bytes = field(default=b"", repr=False)
    session_number: int = 0

    @property
    def roles(self) -> frozenset[str]:
        return frozenset(grant.role for grant in self.grants)

    def holds(self, *roles: str) -> bool:
        return not self.roles.isdisjoint(roles)

    @property
    def reads_record(self) -> bool:
        return any(grant.level == "root" and grant.role in READS_RECORD for grant in self.grants)

    def region_for(self, *roles: str) -> Grant | None:
        """The widest region in which the person holds one of the roles: where what they send belongs by default."""
        width = ("root", "regency", "district", "village")
        held = [grant for grant in self.grants if grant.role in roles]
        return min(held, key=lambda grant: (width.index(grant.level), grant.code), default=None)


def everyone(view: Callable) -> Callable:
    """Also for a visitor who has not signed in."""
    return _declare(view, "everyone")


def signed_in(view: Callable) -> Callable:
    """For whoever has signed in."""
    return _declare(view, "signed_in")


def roles(*allowed: str) -> Callable[[Callable], Callable]:
    """For whoever holds one of these roles somewhere."""
    unknown = set(allowed) - set(ROLES)
    if unknown or not allowed:
        raise ValueError(f"not a role: {sorted(unknown)}")
    return lambda view: _declare(view, allowed)


def device(view: Callable) -> Callable:
    """For a phone that sends for its person."""
    return _declare(view, "device")


def _declare(view: Callable, needed: str | tuple[str, ...]) -> Callable:
    view.access_needed = needed
    return view


def check_every_route(app: Flask) -> None:
    """Raise where a route does not say who may use it."""
    silent = sorted(rule.endpoint for rule in app.url_map.iter_rules()
                    if rule.endpoint != "static" and not hasattr(app.view_functions[rule.endpoint], "access_needed"))
    if silent:
        raise RuntimeError(f"these routes do not say who may use them (see app/access.py): {', '.join(silent)}")


def install(app: Flask) -> None:
    """Learn who is asking before each request, and refuse whom its route does not allow."""
    app.before_request(_enter)


def person() -> Person | None:
    """Who is asking; None for a visitor."""
    return g.get("person")


def settings() -> Settings:
    return current_app.extensions["settings"]


def database() -> Database:
    return current_app.extensions["database"]


@contextmanager
def reading(by_key: bool = False) -> Iterator[Connection]:
    """A read-only transaction of the person asking; `by_key` as for `Database.transaction`."""
    with database().transaction(read_only=True, person=_id(), by_key=by_key) as connection:
        yield connection


@contextmanager
def writing() -> Iterator[Connection]:
    """A transaction of the person asking, committed before the answer is sent."""
    with database().transaction(read_only=False, person=_id()) as connection:
        yield connection


def _id() -> UUID | None:
    return g.person.id if g.get("person") else None


def _enter() -> Response | None:
    g.person = None
    REQUEST.set(f"{secrets.token_hex(8)} {request.method} {request.endpoint or ''}".rstrip())
    if "\0" in unquote(request.full_path):
        abort(400)  # PostgreSQL knows no such text, and nobody types it
    if request.endpoint is None or request.endpoint == "static":
        return None
    needed = getattr(current_app.view_functions[request.endpoint], "access_needed", None)
    if needed == "device":
        g.person = _person_of_phone()
        return None
    if token := request.cookies.get(cookie_name()):
        g.person = _person_of(token)
    if needed == "everyone":
        return None
    if g.person is None:
        raise SignInNeeded
    if (step := _step_before()) and request.endpoint not in STEPS[step]:
        return redirect(url_for(step, onward=request.full_path if request.method == "GET" else None))
    if needed == "signed_in":
        return None
    if not isinstance(needed, tuple) or not g.person.holds(*needed):
        raise NotAllowed
    return None


def _step_before() -> str | None:
    """What real use asks of a person before anything else: a password of their own, then the second factor."""
    if not settings().serving:
        return None
    if not g.person.has_password:
        return "sign_in.password"
    if g.person.holds(*JUDGES) and not g.person.second_factor:
        return "sign_in.second_factor"
    return None


def _person_of(token: str) -> Person | None:
    token_hash = hash_of(token)
    with database().transaction(read_only=True, by_key=True) as connection:
        found = people.session_person(connection, token_hash)
    if found is None or datetime.now(UTC) - found.used_at > IDLE:
        return None
    if datetime.now(UTC) - found.used_at > _TOUCH_EVERY:
        # A reading is READ ONLY; that the session was used is noted in a second short transaction, before the answer.
        with database().transaction(read_only=False) as connection:
            people.touch_session(connection, token_hash)
    return Person(
        id=found.person_id, name=found.name, full_name=found.full_name, language=found.language,
        grants=tuple(Grant(**grant) for grant in found.grants), second_factor=found.second_factor,
        has_password=found.has_password, has_second_factor=found.has_second_factor, session_hash=token_hash,
        session_number=found.number)


def _person_of_phone() -> Person:
    """Whom the phone that asks sends for, with the roles by which somebody sends. Raises SignInNeeded."""
    scheme, _, token = request.headers.get("Authorization", "").partition(" ")
    if scheme.lower() != "bearer" or not token:
        raise SignInNeeded(gettext("Telepon ini belum terdaftar. Buat tokennya pada halaman Sesi dan telepon."))
    token_hash = hash_of(token.strip())
    with database().transaction(read_only=True) as connection:
        found = devices.person_of_phone(connection, token_hash)
    if found is None:
        raise SignInNeeded(gettext("Token telepon ini tidak berlaku lagi. Buat yang baru pada halaman Sesi dan "
                                   "telepon."))
    with database().transaction(read_only=False) as connection:
        devices.touch_phone(connection, token_hash)
    g.phone = found
    return Person(id=found.person_id, name=found.name, full_name=found.full_name, language=found.language,
                  grants=tuple(Grant(**grant) for grant in found.grants))


def hash_of(token: str) -> bytes:
    """What is stored of a token: a stolen table signs nobody in."""
    return hashlib.sha256(token.encode()).digest()


def cookie_name(what: str = "pantau") -> str:
    """What a cookie of ours is called; by its first letters a browser takes it from nobody but us."""
    return f"__Host-{what}" if settings().secure_cookies else what


def begin_session(connection: Connection, whose: UUID, *, second_factor: bool) -> str:
    """Open a session and answer its token; the caller's transaction stores it, and is that person's from here on.

    The session of this browser before, if there was one, ends: no token outlives what it was given for.
    """
    if g.get("person"):
        people.end_session(connection, g.person.session_hash)
    token = secrets.token_urlsafe(32)
    people.open_session(connection, hash_of(token), whose, datetime.now(UTC) + LONGEST, second_factor,
                        (request.user_agent.string or "")[:200], request.remote_addr)
    return token


def keep_session(response: Response, token: str) -> Response:
    """Put the token of a session into the answer's cookie."""
    response.set_cookie(cookie_name(), token, max_age=int(LONGEST.total_seconds()), httponly=True, samesite="Lax",
                        secure=settings().secure_cookies, path="/")
    return response


def end_session(response: Response) -> Response:
    """End the session of the person asking and forget its cookie."""
    if g.get("person"):
        with writing() as connection:
            people.end_session(connection, g.person.session_hash)
    response.delete_cookie(cookie_name(), path="/", secure=settings().secure_cookies, httponly=True, samesite="Lax")
    return response
