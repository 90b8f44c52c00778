"""The evidence pack of a group: many works that may be one, on one map and in one table, with their pairs."""

from collections.abc import Sequence
from dataclasses import dataclass
from decimal import Decimal
from uuid import UUID

from flask_babel import force_locale, ngettext
from flask_babel import gettext as _
from markupsafe import Markup

from app import looks
from app.db import Connection
from app.maps import svg
from app.maps.drawn import Figure
from app.packs import times
from app.packs.times import Chart
from app.packs.works import Work, works
from app.queries import packs
from app.queries.packs import GroupPair
from geo.sentences import LANGUAGES

PAIRS_SHOWN = 100
"""Pairs of a group that are listed, the likeliest; sixty works make up to 1,770."""


@dataclass(frozen=True, slots=True)
class GroupPack:
    """The works of a group that the person asking may see, and how many they may not."""

    id: UUID
    works: Sequence[Work]
    pairs: Sequence[GroupPair]
    hidden: int
    chart: Chart | None
    drawing: Markup | None

    @property
    def amount(self) -> Decimal:
        """The sum of the amounts that are known."""
        return sum((work.side.amount for work in self.works if work.side.amount is not None), Decimal(0))

    @property
    def money(self) -> Decimal:
        """Money to look at: each work once, by the largest of its pairs in which it is the smaller one."""
        amounts = {work.side.id: (work.side.amount if work.side.amount is not None else Decimal("Infinity"),
                                  work.side.id) for work in self.works}
        largest: dict[UUID, Decimal] = {}
        for pair in self.pairs:
            smaller = min(pair.left_project, pair.right_project, key=amounts.__getitem__)
            largest[smaller] = max(largest.get(smaller, Decimal(0)), pair.money or Decimal(0))
        return sum(largest.values(), Decimal(0))

    @property
    def letters(self) -> dict[UUID, str]:
        return {work.side.id: work.letter for work in self.works}

    @property
    def to_paste(self) -> dict[str, str]:
        """One paragraph for a letter or a report, in each language."""
        return {language: _paragraph(self, language) for language in LANGUAGES}


def assemble(connection: Connection, group_id: UUID, *, blind: bool = False) -> GroupPack | None:
    """The pack of a group; None where the person asking may read none of its pairs."""
    pairs = packs.group_pairs(connection, group_id, blind=blind)
    if not pairs:
        return None
    sites: dict[UUID, int | None] = {}
    for pair in pairs:
        sites.setdefault(pair.left_project, pair.left_site)
        sites.setdefault(pair.right_project, pair.right_site)
    members = works(connection, sites)
    known = {work.side.id for work in members}
    return GroupPack(group_id, members, [one for one in pairs if {one.left_project, one.right_project} <= known],
                     packs.hidden_members(connection, group_id),
                     times.chart((work.letter, work.side) for work in members) if len(members) <= 20 else None,
                     _drawing(members))


def _drawing(members: Sequence[Work]) -> Markup | None:
    figures = [Figure(work.side.geometry, "work", str(work.side.id), work.side.accuracy_m, mark=work.letter)
               for work in members if work.side.geometry is not None]
    if not figures:
        return None
    return svg.draw(figures, title=_("Peta kegiatan dalam kelompok, bernomor seperti dalam tabel"), width=680,
                    height=400 if len(figures) <= 12 else 520, language=looks.language(),
                    note=_("DATA CONTOH, bukan kegiatan nyata") if looks.demonstration() else None)


def _paragraph(pack: GroupPack, language: str) -> str:
    with force_locale(language):
        count = len(pack.works)
        villages = ", ".join(sorted({work.side.region for work in pack.works})[:5])
        return ngettext(
            "%(n)s kegiatan di %(villages)s mungkin pekerjaan yang sama. Anggaran seluruhnya %(amount)s; nilai yang "
            "perlu diperiksa %(money)s. Ini indikasi dari kemiripan data, bukan kesimpulan. PantauDesa, kelompok "
            "%(group)s.",
            "%(n)s kegiatan di %(villages)s mungkin pekerjaan yang sama. Anggaran seluruhnya %(amount)s; nilai yang "
            "perlu diperiksa %(money)s. Ini indikasi dari kemiripan data, bukan kesimpulan. PantauDesa, kelompok "
            "%(group)s.",
            count, n=count, villages=villages, amount=looks.money(pack.amount), money=looks.money(pack.money),
            group=str(pack.id)[:8])
