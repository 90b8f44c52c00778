"""The evidence pack of one pair: everything a person needs who decides, or who must explain a decision."""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import date
from decimal import Decimal

from flask_babel import force_locale
from flask_babel import gettext as _
from markupsafe import Markup

from app import looks
from app.db import Connection
from app.maps import svg
from app.maps.drawn import Figure
from app.packs import times
from app.packs.comparing import Compared, as_measured, compared
from app.packs.times import Chart, Event
from app.packs.works import Work, works
from app.queries import matching, verdicts
from app.queries.pair_details import Pair, Side
from app.queries.verdicts import Answer, Verdict
from geo import model
from geo.aligning import Aligned, align
from geo.evidence.between import CORRIDOR_M
from geo.model import Part
from geo.sentences import LANGUAGES


@dataclass(frozen=True, slots=True)
class PairPack:
    """A pair with both works, in the reader's language. `hidden`: (kind, village) of drafts that may not be shown."""

    pair: Pair
    left: Work
    right: Work
    names: Sequence[Aligned]
    compared: Sequence[Compared]
    parts: Sequence[Part]
    history: Sequence[Verdict]
    answers: Sequence[Answer]
    hidden: Sequence[tuple[str, str]]
    events: Sequence[Event]
    chart: Chart | None
    drawing: Markup | None

    @property
    def works(self) -> tuple[Work, Work]:
        return self.left, self.right

    @property
    def standing(self) -> Verdict | None:
        """The verdict that holds: the latest on the facts as they are that was not taken back."""
        return next((one for one in self.history if one.verdict != "withdrawn" and not one.taken_back
                     and not one.on_other_facts), None)

    @property
    def differing(self) -> list[Verdict]:
        """What stands of each reviewer, where they do not say the same."""
        return verdicts.disagreeing(self.history)

    @property
    def difference(self) -> Decimal | None:
        """How far the two amounts lie apart; None where one is not known."""
        left, right = self.left.side.amount, self.right.side.amount
        return None if left is None or right is None else abs(left - right)

    @property
    def to_paste(self) -> dict[str, str]:
        """One paragraph for a letter or a report, in each language."""
        return {language: _paragraph(self, language) for language in LANGUAGES}


def assemble(connection: Connection, pair: Pair) -> PairPack:
    """The pack of a pair that the person asking may read."""
    left, right = works(connection, {pair.left_project: pair.left_site, pair.right_project: pair.right_site}, "AB")
    history, answers = verdicts.history(connection, pair.id), verdicts.answers(connection, pair.id)
    today = date.today()
    events = [event for work in (left, right) for event in times.of_work(work.letter, work.side, work.versions, today)]
    events += times.of_review(pair.measured_at, history, answers)
    return PairPack(
        pair, left, right, align(left.side.name, right.side.name), compared(left.side, right.side, pair),
        model.explain(as_measured(pair))[1:], history, answers,
        [found for work in (left, right) for found in matching.hidden_pairs(connection, work.side.id)],
        sorted(events, key=lambda event: event.day), times.chart((work.letter, work.side) for work in (left, right)),
        _drawing(left.side, right.side))


def _drawing(left: Side, right: Side) -> Markup | None:
    """Both works with the ground on which they may really stand, and what of it they share."""
    figures = [Figure(side.geometry, role, str(side.id), side.accuracy_m)
               for side, role in ((left, "left"), (right, "right")) if side.geometry is not None]
    if not figures:
        return None
    return svg.draw(figures, title=_("Peta kedua lokasi: A garis penuh, B garis putus-putus"), width=680, height=400,
                    corridor_m=CORRIDOR_M, language=looks.language(), evidence=True,
                    note=_("DATA CONTOH, bukan kegiatan nyata") if looks.demonstration() else None)


def _paragraph(pack: PairPack, language: str) -> str:
    pair, standing = pack.pair, pack.standing
    with force_locale(language):
        said = _("Hasil telaah: %(verdict)s, oleh %(person)s, %(day)s.", person=standing.person,
                 verdict=looks.sentence(f"verdict.{standing.verdict}"), day=looks.day(standing.at)) if standing else _(
            "Belum ditelaah: ini indikasi dari kemiripan data, bukan kesimpulan.")
        return _(
            "Kegiatan A “%(left)s” (%(left_facts)s) dan kegiatan B “%(right)s” (%(right_facts)s). Yang terlihat dari "
            "data: %(reason)s. Nilai yang perlu diperiksa: %(money)s. %(said)s PantauDesa, pasangan %(n)s, "
            "dibandingkan %(day)s dengan model %(model)s.",
            left=pack.left.side.name, left_facts=_facts(pack.left.side), right=pack.right.side.name,
            right_facts=_facts(pack.right.side), reason=looks.sentence(pair.reason).rstrip("."),
            money=looks.money(pair.money), said=said, n=pair.id, day=looks.day(pair.measured_at), model=pair.model)


def _facts(side: Side) -> str:
    parts = (side.region, str(side.year) if side.year else _("tahun tidak diketahui"),
             looks.sentence(f"fund.{side.fund}") if side.fund else _("dana tidak diketahui"), looks.money(side.amount))
    return ", ".join(parts)
