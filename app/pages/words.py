"""How values are said in a page: the filters every template may use, in the language of the person asking.

The writing itself is geo.sentences; here only the language, the currency and the time zone of the request are added.
"""

from collections.abc import Mapping
from datetime import date, datetime
from decimal import Decimal

from babel.dates import format_date, format_datetime
from babel.numbers import format_decimal
from flask import Flask, current_app
from flask_babel import get_locale, get_timezone

from geo import sentences
from geo.sentences import Sentence

_LARGE = {
    "id": ((10**12, "triliun"), (10**9, "miliar"), (10**6, "juta")),
    "en": ((10**12, "trillion"), (10**9, "billion"), (10**6, "million")),
}


def language() -> str:
    """'id' or 'en': the language of the answer being written."""
    locale = get_locale()
    return locale.language if locale and locale.language in sentences.LANGUAGES else "id"


def currency() -> str:
    return current_app.config.get("PANTAU_CURRENCY", "IDR")


def money(amount: Decimal | int | float) -> str:
    """`Rp 1.234.567`."""
    return sentences.money(amount, language(), currency())


def money_short(amount: Decimal | int | float) -> str:
    """`Rp 1,2 miliar`, `Rp 180 juta`; below one million in full. For headings and narrow places."""
    for size, word in _LARGE[language()]:
        if abs(amount) >= size:
            shown = format_decimal(round(Decimal(amount) / size, 1), "#,##0.#", locale=language())
            return f"{'Rp' if currency() == 'IDR' else currency()} {shown} {word}"
    return money(amount)


def number(value: Decimal | int | float) -> str:
    return format_decimal(value, locale=language())


def metres(value_m: float) -> str:
    return sentences.metres(float(value_m), language())


def share(value: float) -> str:
    return f"{number(round(100 * float(value)))} %"


def day(value: date) -> str:
    """`23 Nov 2026`; a moment is said by its day in the installation's time zone."""
    if isinstance(value, datetime):
        value = value.astimezone(get_timezone()).date()
    return format_date(value, "d MMM y", locale=language())


def moment(value: datetime) -> str:
    """`23 Nov 2026 09.14 WIB`."""
    pattern = "d MMM y HH.mm" if language() == "id" else "d MMM y HH:mm"
    zone = get_timezone()
    said = format_datetime(value, pattern, tzinfo=zone, locale=language())
    return f"{said} {_ZONES.get(str(zone), '')}".rstrip()


_ZONES = {"Asia/Jakarta": "WIB", "Asia/Pontianak": "WIB", "Asia/Makassar": "WITA", "Asia/Jayapura": "WIT"}


def point(lon_lat: tuple[float, float]) -> str:
    """`-8.219233, 114.369227`: latitude first, as people paste it into a map."""
    lon, lat = lon_lat
    return f"{lat:.6f}, {lon:.6f}"


def dms(lon_lat: tuple[float, float]) -> str:
    """`8°13'09,2" LS 114°22'09,2" BT`."""
    south_west = {"id": ("LU", "LS", "BT", "BB"), "en": ("N", "S", "E", "W")}[language()]
    lon, lat = lon_lat
    return f"{_dms(lat)} {south_west[lat < 0]} {_dms(lon)} {south_west[2 + (lon < 0)]}"


def _dms(degrees: float) -> str:
    tenths = round(abs(degrees) * 36_000)
    minutes, tenths = divmod(tenths, 600)
    seconds = format_decimal(tenths / 10, "00.0", locale=language())
    return f"{minutes // 60}°{minutes % 60:02d}'{seconds}\""


def worded(said: Sentence | Mapping | str) -> str:
    """A sentence of geo (or its stored JSON, or a bare message id such as 'kind.double_funding') in words."""
    if isinstance(said, Mapping):
        said = Sentence.from_json(said)
    return sentences.worded(said, language(), currency())


FILTERS = (money, money_short, number, metres, share, day, moment, point, dms, worded)


def install(app: Flask) -> None:
    """Make the filters known to every template."""
    for one in FILTERS:
        app.add_template_filter(one)
