"""How values look in templates, and what a page may load.

Template filters: `sentence` (a stored Sentence in the reader's language), `money`, `short_money` (Rp 1,2 miliar),
`metres`, `day`, `moment`, `point`, `latlon`, `dms`, `whole` and `amount`. Template names: `nonce()`, `person`,
`settings`, `demonstration`.
"""

import secrets
import time
from collections.abc import Callable, Mapping
from datetime import UTC, date, datetime
from decimal import Decimal
from functools import lru_cache, wraps
from uuid import UUID
from zoneinfo import ZoneInfo

from babel import Locale
from babel.dates import format_date, format_datetime
from babel.numbers import format_decimal
from flask import Flask, current_app, g
from flask_babel import gettext, lazy_gettext
from jinja2 import pass_context
from jinja2.runtime import Context

from app import access, sent_once, wording
from app.queries import installation
from app.settings import Settings
from app.wording import language
from geo import sentences

ASKED_AGAIN_S = 30.0
"""How long an installation is taken for one without invented works before that is asked again."""
_SIZES = ((10**12, lazy_gettext("triliun")), (10**9, lazy_gettext("miliar")), (10**6, lazy_gettext("juta")))


def install(app: Flask) -> None:
    app.jinja_env.filters.update({one.__name__: _spoken(one) for one in (
        sentence, money, short_money, metres, day, moment, point, latlon, dms, whole, amount, amount_of)})
    app.jinja_env.globals.update(nonce=nonce, demonstration=demonstration, new_form_key=sent_once.new_key)
    wording.install(app)
    app.context_processor(lambda: {"person": access.person(), "settings": access.settings(),
                                   "language": language()})


def _spoken(look: Callable[..., str]) -> Callable[..., str]:
    """The filter, worked out for each reader: of a constant Jinja would keep what the first reader's language said."""
    @pass_context
    @wraps(look)
    def spoken(_context: Context, *values: object) -> str:
        return look(*values)

    return spoken


def _locale() -> Locale:
    return sentences.locale_of(language())


def nonce() -> str:
    """The one nonce of this answer's scripts and styles."""
    if "nonce" not in g:
        g.nonce = secrets.token_urlsafe(16)
    return g.nonce


def content_security_policy() -> str:
    """What this page may load: ourselves, and nothing else (dependencies.md, proved with folium under it)."""
    return policy(access.settings(), nonce())


def policy(known: Settings, once: str | None) -> str:
    """The same with this nonce; with None what a file of ours may load."""
    host = f" {'/'.join(known.tiles_url.split('/')[:3])}" if known.tiles_url and "://" in known.tiles_url else ""
    marked = f" 'nonce-{once}'" if once else ""
    return "; ".join([
        "default-src 'none'", "base-uri 'none'", "object-src 'none'", "form-action 'self'", "frame-ancestors 'none'",
        f"script-src 'self'{marked}", f"style-src-elem 'self'{marked}",
        "style-src-attr 'unsafe-inline'", f"img-src 'self' data: blob:{host}", "font-src 'self'",
        f"connect-src 'self'{host}", "worker-src 'self'", "manifest-src 'self'"])


def demonstration() -> bool:
    """Whether this installation holds invented works: then every page says so."""
    known, asked = current_app.extensions.get("demonstration", (False, -ASKED_AGAIN_S))
    # The answer only ever changes from no to yes (a first load).
    if not known and time.monotonic() - asked >= ASKED_AGAIN_S:
        with access.database().transaction(read_only=True) as connection:
            known = installation.is_demonstration(connection)
        current_app.extensions["demonstration"] = known, time.monotonic()
    return known


def sentence(stored: Mapping | sentences.Sentence | str | None) -> str:
    if stored is None:
        return ""
    if isinstance(stored, str):
        return _without_values(stored, language(), access.settings().currency)
    if isinstance(stored, Mapping):
        stored = sentences.Sentence.from_json(stored)
    return sentences.worded(stored, language(), access.settings().currency)


@lru_cache(maxsize=4096)
def _without_values(stored: str, language: str, currency: str) -> str:
    return sentences.worded(stored, language, currency)


def money(amount: Decimal | float | None) -> str:
    return gettext("tidak diketahui") if amount is None else _money(amount, language(), access.settings().currency)


_money = lru_cache(maxsize=8192)(sentences.money)


def short_money(amount: Decimal | float | None) -> str:
    """For headings: `Rp 1,2 miliar`; below one million in full."""
    if amount is None:
        return gettext("tidak diketahui")
    mark = "Rp" if access.settings().currency == "IDR" else access.settings().currency
    for size, word in _SIZES:
        if amount >= size:
            return f"{mark} {_decimal(Decimal(amount) / size, '#,##0.#', language())} {word}"
    return money(amount)


@lru_cache(maxsize=8192)
def _decimal(number: Decimal | float, pattern: str | None, language: str) -> str:
    return format_decimal(number, pattern, locale=sentences.locale_of(language))


def metres(x_m: float | None) -> str:
    return gettext("tidak diketahui") if x_m is None else sentences.metres(float(x_m), language())


def day(when: date | datetime | None) -> str:
    if when is None:
        return gettext("tidak diketahui")
    if isinstance(when, datetime):
        when = _local(when).date()
    return format_date(when, "d MMM y", locale=_locale())


def moment(when: datetime | None) -> str:
    """A time as it was here: `23 Nov 2026 09.14`."""
    if when is None:
        return gettext("tidak diketahui")
    return format_datetime(_local(when), "d MMM y HH.mm" if language() == "id" else "d MMM y HH:mm", locale=_locale())


def _local(when: datetime) -> datetime:
    return when.astimezone(ZoneInfo(access.settings().timezone)) if when.tzinfo else when.replace(tzinfo=UTC)


def point(geometry: object) -> str:
    """Coordinates as they are always written here: `-8.219233, 114.369227` (lat, lon, for reading aloud)."""
    return f"{geometry.y:.6f}, {geometry.x:.6f}"


def latlon(lon_lat: tuple[float, float]) -> str:
    """The same from a lon, lat pair."""
    lon, lat = lon_lat
    return f"{lat:.6f}, {lon:.6f}"


def dms(lon_lat: tuple[float, float]) -> str:
    """A lon, lat pair in degrees, minutes and seconds: `8°13'09,2" LS 114°22'09,2" BT`."""
    letters = ("LU", "LS", "BT", "BB") if language() == "id" else ("N", "S", "E", "W")
    lon, lat = lon_lat
    return f"{_degrees(lat)} {letters[lat < 0]} {_degrees(lon)} {letters[2 + (lon < 0)]}"


def _degrees(angle: float) -> str:
    minutes, tenths = divmod(round(abs(angle) * 36_000), 600)
    return f"{minutes // 60}°{minutes % 60:02d}'{format_decimal(tenths / 10, '00.0', locale=_locale())}\""


def whole(number: float | None) -> str:
    return gettext("tidak diketahui") if number is None else _decimal(round(number), None, language())


def amount(number: Decimal | float | None) -> str:
    """A quantity with the decimals it has: `12,5`."""
    return gettext("tidak diketahui") if number is None else format_decimal(number, "#,##0.###", locale=_locale())


def amount_of(number: float, decimals: int) -> str:
    """A quantity with at most so many decimals."""
    return format_decimal(round(number, decimals), "#,##0.###", locale=_locale())


def uuid_of(text: str | None) -> UUID | None:
    """What a form sent as an id; None where it is none."""
    try:
        return UUID(text or "")
    except ValueError:
        return None
