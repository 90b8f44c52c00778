"""A day to look back at, `as_of=2026-03-03` in an address: all that was recorded by its end in the office's time."""

from dataclasses import dataclass
from datetime import date, datetime, time, timedelta
from typing import Self
from urllib.parse import urlencode
from zoneinfo import ZoneInfo

from babel.dates import format_date
from flask_babel import gettext

from app import access, looks

EARLIEST = date(1945, 8, 17)


@dataclass(frozen=True, slots=True)
class Past:
    """A day that has begun; `end` is the first moment after it."""

    day: date
    end: datetime

    @classmethod
    def of(cls, day: date) -> Self:
        zone = ZoneInfo(access.settings().timezone)
        return cls(day, datetime.combine(day + timedelta(days=1), time(), zone))

    @property
    def code(self) -> str:
        """As an address writes it."""
        return self.day.isoformat()

    @property
    def asked(self) -> str:
        """As the query string of an export has it: the day, and the moment that ends it in the office's time."""
        return urlencode({"as_of": self.code, "then": self.end.isoformat()})

    @property
    def words(self) -> str:
        """`3 Maret 2026`."""
        return format_date(self.day, "d MMMM y", locale=looks.language())


def today() -> date:
    return datetime.now(ZoneInfo(access.settings().timezone)).date()


def local_day(when: datetime) -> date:
    """The day on which something happened, where the office stands."""
    return when.astimezone(ZoneInfo(access.settings().timezone)).date()


def read(text: str | None) -> tuple[Past | None, str | None]:
    """(the day asked for or None, what is wrong with it or None); nothing asked is nothing wrong."""
    if not (text := (text or "").strip()):
        return None, None
    try:
        day = date.fromisoformat(text)
    except ValueError:
        return None, gettext("Tanggal \"%(text)s\" tidak terbaca; tulis seperti 2026-03-03. "
                             "Yang tampil keadaan hari ini.", text=text[:30])
    if day > today():
        return None, gettext("Tanggal %(day)s belum tiba. Yang tampil keadaan hari ini.",
                             day=format_date(day, "d MMMM y", locale=looks.language()))
    return Past.of(max(day, EARLIEST)), None
