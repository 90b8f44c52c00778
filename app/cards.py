"""What waits for a person, as cards of the first page: by their roles, what waits before what does not."""

from collections.abc import Callable, Iterable, Sequence
from dataclasses import dataclass, replace
from decimal import Decimal

from flask_babel import gettext as _
from flask_babel import ngettext

from app import access, looks
from app.access import Person
from app.db import Connection
from app.frame import address
from app.queries import findings, home, home_village, pair_counts
from app.queries.home import Indications, State

LEAST = 3
"""So many cards are there even if nothing waits: then they say so."""


@dataclass(frozen=True, slots=True)
class Card:
    """One thing that waits: a figure, a sentence about it, and where to go."""

    title: str
    figure: str
    text: str
    link: tuple[str, str] | None = None
    tone: str = ""
    weight: str = "secondary"
    waits: bool = False


@dataclass(frozen=True, slots=True)
class Known:
    """What cards are made from."""

    connection: Connection
    person: Person
    state: State
    indications: Sequence[Indications]

    def sum(self, *said: str, **wanted: bool) -> tuple[int, Decimal]:
        """How many indications stand like this, and their money, in which each work counts once."""
        count = sum(one.count for one in self.indications if one.said in said
                    and all(getattr(one, name) == value for name, value in wanted.items()))
        return count, home.indicated_money(self.connection, said, **wanted) if count else Decimal(0)


def cards(connection: Connection, person: Person, state: State, indications: Sequence[Indications]) -> list[Card]:
    """All that waits for the roles of this person, the first as the main thing to do, and at least LEAST cards."""
    known = Known(connection, person, state, indications)
    of_village = _OF_VILLAGE.get(village_role(person))
    made = [make(known) for make in of_village or (make for make, roles in _FOR.items() if person.holds(*roles))]
    waiting, idle = [one for one in made if one.waits], [one for one in made if not one.waits]
    shown = waiting + idle[:max(0, LEAST - len(waiting))]
    return [replace(one, weight="primary") if one.waits and not number else one for number, one in enumerate(shown)]


def village_role(person: Person) -> str | None:
    """`field` or `head` of who is there for a village alone; None for everybody who also sees further."""
    if person.holds("planner", "auditor", "treasurer", "admin"):
        return None
    return next((role for role in ("head", "field") if person.holds(role)), None)


def _answers(known: Known) -> Card:
    count, money = known.sum("waits", "visit", answered=False)
    title = _("Indikasi menunggu tanggapan")
    if not count:
        return Card(title, "0", _("Tidak ada yang perlu Anda tanggapi."),
                    _link("pairs.queue", _("Lihat semua pasangan")))
    return Card(title, looks.whole(count),
                _("%(money)s pada kegiatan desa Anda. Jelaskan dengan kata-kata Anda; tanggapan ikut tercetak.",
                  money=looks.short_money(money)),
                _link("pairs.queue", _("Beri tanggapan")), "flag", waits=True)


def _review(known: Known) -> Card:
    head = pair_counts.headline(known.connection)
    title = _("Nilai yang perlu diperiksa")
    if not head.count:
        return Card(title, looks.short_money(0), _none_waiting(known.state),
                    _link("pairs.queue", _("Lihat semua pasangan")))
    text = ngettext("%(count)s indikasi ganda belum ditelaah.", "%(count)s indikasi ganda belum ditelaah.",
                    head.count, count=looks.whole(head.count))
    return Card(title, looks.short_money(head.money),
                text + " " + _("Ini bukan kerugian: nilai terkecil dikali bagian yang berimpit."),
                _link("pairs.queue", _("Periksa indikasi")), "flag", waits=True)


def _none_waiting(state: State) -> str:
    if not state.compared_at:
        return _("Belum ada pasangan untuk diperiksa.")
    return _("Belum ada pasangan untuk diperiksa. %(works)s kegiatan dibandingkan %(at)s.",
             works=looks.whole(state.works), at=looks.moment(state.compared_at))


def _before_payment(known: Known) -> Card:
    """Confirmed by a person while the money of one of the works may still be held."""
    count, money = known.sum("confirmed", unfinished=True)
    title = _("Sudah dipastikan, kegiatan belum selesai")
    if not count:
        return Card(title, "0", _("Tidak ada pencairan yang perlu Anda tunda karena hasil telaah."))
    return Card(title, looks.short_money(money),
                ngettext("%(count)s pasangan. Lihat hasil telaahnya sebelum pencairan berikutnya.",
                         "%(count)s pasangan. Lihat hasil telaahnya sebelum pencairan berikutnya.", count,
                         count=looks.whole(count)),
                _link("pairs.queue", _("Lihat hasil telaah"), state="judged"), "confirmed", waits=True)


def _still_early(known: Known) -> Card:
    count, money = known.sum("waits", "visit", unfinished=True)
    title = _("Belum ditelaah, kegiatan belum selesai")
    if not count:
        return Card(title, "0", _("Tidak ada indikasi pada kegiatan yang sedang berjalan."))
    return Card(title, looks.short_money(money),
                ngettext("%(count)s indikasi. Minta ditelaah sebelum dana cair.",
                         "%(count)s indikasi. Minta ditelaah sebelum dana cair.", count, count=looks.whole(count)),
                _link("pairs.queue", _("Lihat indikasinya")), "flag", waits=True)


def _visits(known: Known) -> Card:
    count, money = known.sum("visit")
    title = _("Menunggu kunjungan lapangan")
    if not count:
        return Card(title, "0", _("Tidak ada pasangan yang menunggu dikunjungi."))
    return Card(title, looks.whole(count),
                ngettext("pasangan, %(money)s. Lihat di lapangan, lalu putuskan.",
                         "pasangan, %(money)s. Lihat di lapangan, lalu putuskan.", count,
                         money=looks.short_money(money)),
                _link("pairs.queue", _("Lihat tujuan"), state="visit"), "flag", waits=True)


def _proposals(known: Known) -> Card:
    count, money = home.proposals(known.connection)
    title = _("Usulan yang belum diputuskan")
    if not count:
        return Card(title, "0", _("Tidak ada usulan yang tercatat di wilayah Anda."),
                    _link("check.form", _("Cek usulan")))
    return Card(title, looks.whole(count),
                _("%(money)s. Bandingkan dengan yang sudah dibangun sebelum dianggarkan.",
                  money=looks.short_money(money)),
                _link("projects.show_list", _("Lihat usulan"), stage="proposed"), waits=True)


def _confirmed(known: Known) -> Card:
    count, money = known.sum("confirmed")
    return Card(_("Sudah dipastikan orang"), looks.whole(count),
                ngettext("pasangan, %(money)s. Siap ditindaklanjuti.", "pasangan, %(money)s. Siap ditindaklanjuti.",
                         count, money=looks.short_money(money)) if count
                else _("Belum ada indikasi yang dipastikan."),
                _link("pairs.queue", _("Lihat hasil telaah"), state="judged") if count else None, waits=bool(count))


def _points(known: Known) -> Card:
    title, state = _("Kegiatan belum ada titik"), known.state
    if not state.without_point:
        return Card(title, "0", _("Semua kegiatan di wilayah Anda sudah mempunyai titik."))
    send = known.person.holds(*access.ANSWERS) and _link("sites.form", _("Kirim titik"))
    return Card(title, looks.whole(state.without_point),
                _("%(money)s belum dapat dibandingkan letaknya dengan kegiatan lain.",
                  money=looks.short_money(state.money_without_point)),
                send or _link("projects.show_list", _("Lihat daftarnya"), pointless=1), waits=True)


def _sent(known: Known) -> Card:
    waiting = home.waiting_uploads(known.connection, known.person.id)
    title = _("Unggahan menunggu Anda")
    if not waiting.uploads:
        return Card(title, "0", _("Semua yang Anda unggah sudah disimpan."), _link("uploads.start", _("Unggah berkas")))
    return Card(title, looks.whole(waiting.uploads),
                _("%(good)s baris siap disimpan, %(bad)s baris bermasalah.", good=looks.whole(waiting.good_rows),
                  bad=looks.whole(waiting.bad_rows)), _link("uploads.start", _("Lanjutkan")), waits=True)


def _doubtful(known: Known) -> Card:
    count, first = home_village.doubtful(known.connection, 1)
    title = _("Titik perlu dilihat lagi")
    if not count:
        return Card(title, "0", _("Tidak ada titik di luar desa, dan tidak ada titik yang dipakai banyak kegiatan."))
    return Card(title, looks.whole(count),
                ngettext("kegiatan: titiknya di luar desa, atau dipakai banyak kegiatan. Betulkan di tempat.",
                         "kegiatan: titiknya di luar desa, atau dipakai banyak kegiatan. Betulkan di tempat.",
                         count),
                _link("sites.form", _("Betulkan titik"), project=first[0].id), waits=True)


def _findings(known: Known) -> Card:
    open_ones = [one for one in findings.listed(known.connection, "open") if one.may_answer]
    title = _("Temuan menunggu tanggapan desa")
    if not open_ones:
        return Card(title, "0", _("Tidak ada temuan auditor yang menunggu tanggapan desa Anda."))
    return Card(title, looks.whole(len(open_ones)),
                _("Yang pertama jatuh tempo %(day)s.", day=looks.day(min(one.due_on for one in open_ones))),
                _link("findings.show_list", _("Tanggapi temuan"), state="open"), "flag", waits=True)


def _decided(known: Known) -> Card:
    confirmed, money = known.sum("confirmed")
    cleared, _money = known.sum("cleared")
    title = _("Sudah diputuskan tentang desa Anda")
    if not confirmed + cleared:
        return Card(title, "0", _("Belum ada hasil telaah tentang kegiatan desa Anda."))
    return Card(title, looks.whole(confirmed + cleared),
                _("%(confirmed)s dipastikan (%(money)s), %(cleared)s dinyatakan bukan ganda.",
                  confirmed=looks.whole(confirmed), money=looks.short_money(money), cleared=looks.whole(cleared)),
                _link("pairs.queue", _("Lihat hasil telaah"), state="judged"), "confirmed" if confirmed else "")


def _drafts(known: Known) -> Card:
    count, money = home.proposals(known.connection)
    title = _("Usulan desa Anda")
    if not count:
        return Card(title, "0", _("Belum ada usulan yang tercatat. Cek dahulu tempatnya, lalu daftarkan."),
                    _link("check.form", _("Cek usulan")))
    return Card(title, looks.whole(count), _("%(money)s, belum diputuskan. Hanya desa dan atasannya yang melihat "
                                             "rinciannya.", money=looks.short_money(money)),
                _link("projects.show_list", _("Lihat usulan"), stage="proposed"))


_OF_VILLAGE: dict[str | None, Sequence[Callable[[Known], Card]]] = {
    "field": (_points, _sent, _doubtful, _answers, _drafts),
    "head": (_answers, _findings, _decided, _drafts),
}
"""What who is there for a village alone does, in the order in which it is done."""

_FOR: dict[Callable[[Known], Card], Iterable[str]] = {
    _answers: access.ANSWERS,
    _before_payment: ("treasurer",),
    _review: access.JUDGES,
    _still_early: ("treasurer",),
    _visits: ("auditor",),
    _proposals: ("planner",),
    _points: access.ROLES,
    _sent: access.SENDS,
    _confirmed: ("auditor", "admin"),
}
"""Who is there for what, in the order in which it is done."""


def _link(endpoint: str, words: str, **values: object) -> tuple[str, str] | None:
    href = address(endpoint, **values)
    return (words, href) if href else None
