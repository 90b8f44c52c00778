"""When what happened: the works' own dates, what was recorded, said and judged, and bars to see which years meet."""

from collections.abc import Iterable, Sequence
from datetime import date, datetime
from typing import NamedTuple

from flask_babel import gettext as _

from app import looks
from app.queries.pair_details import Side
from app.queries.project_details import Version
from app.queries.verdicts import Answer, Verdict


class Event(NamedTuple):
    """One line of the time line. `day` orders it; `when` is how it is said; `coming`: it has not happened yet."""

    day: date
    when: str
    letter: str
    words: str
    coming: bool


class Span(NamedTuple):
    """A work's bar, in hundredths of the whole width; `whole_year`: only its budget year is known."""

    letter: str
    start: float
    long: float
    whole_year: bool
    words: str


class Chart(NamedTuple):
    """Bars of works over whole years; `years` holds (year, start, width) in hundredths."""

    years: list[tuple[int, float, float]]
    spans: list[Span]


def of_work(letter: str, side: Side, versions: Sequence[Version], today: date) -> list[Event]:
    """The dates of one work: budget year, start and end, and each time its facts were recorded."""
    events = []
    if side.year is not None:
        events.append(Event(date(side.year, 1, 1), str(side.year), letter, _("Tahun anggaran"), side.year > today.year))
    for day, words in ((side.start_date, _("Mulai dikerjakan")), (side.end_date, _("Selesai dikerjakan"))):
        if day is not None:
            events.append(Event(day, looks.day(day), letter, words, day > today))
    for version in versions:
        words = _("Data pertama kali tercatat") if version.before is None else _("Data berubah")
        events.append(_moment(version.recorded_at, letter, words))
    return events


def of_review(measured_at: datetime, history: Iterable[Verdict], answers: Iterable[Answer]) -> list[Event]:
    """What was measured, judged and answered."""
    events = [_moment(measured_at, "", _("Kedua kegiatan dibandingkan"))]
    for one in history:
        words = _("Hasil telaah sebelumnya ditarik.") if one.verdict == "withdrawn" else _(
            "Hasil telaah: %(verdict)s, oleh %(person)s", verdict=looks.sentence(f"verdict.{one.verdict}"),
            person=one.person)
        events.append(_moment(one.at, "", words))
    events += [_moment(one.at, "", _("Tanggapan dari %(region)s, oleh %(person)s", region=one.region,
                                     person=one.person)) for one in answers]
    return events


def _moment(at: datetime, letter: str, words: str) -> Event:
    return Event(at.date(), looks.day(at), letter, words, False)


def chart(works: Iterable[tuple[str, Side]]) -> Chart | None:
    """Bars over the years that the works touch; None where no work has a year or a date."""
    known = [(letter, side, *_reach(side)) for letter, side in works if _reach(side)]
    if not known:
        return None
    first, last = min(one[2].year for one in known), max(one[3].year for one in known)
    whole = (date(last + 1, 1, 1) - date(first, 1, 1)).days
    share = lambda day: 100 * (day - date(first, 1, 1)).days / whole  # noqa: E731  one line, used thrice
    spans = [Span(letter, share(start), max(share(end) - share(start), 1.0), side.start_date is None,
                  f"{looks.day(side.start_date)} – {looks.day(side.end_date)}" if side.start_date else str(side.year))
             for letter, side, start, end in known]
    return Chart([(year, share(date(year, 1, 1)), 100 * 365 / whole) for year in range(first, last + 1)], spans)


def _reach(side: Side) -> tuple[date, date] | None:
    """From the first to the last day of a work; the whole budget year where no day is known."""
    if side.start_date is not None:
        return side.start_date, max(side.end_date or side.start_date, side.start_date)
    return None if side.year is None else (date(side.year, 1, 1), date(side.year, 12, 31))
