"""The first page: what must I do now?"""

from collections.abc import Sequence
from dataclasses import dataclass, replace

from flask import Blueprint, g, render_template
from flask_babel import gettext as _
from flask_babel import ngettext
from markupsafe import Markup

from app import access, looks
from app.access import Person
from app.db import Connection
from app.frame import address
from app.maps import overview
from app.queries import home, pairs, uploads

page = Blueprint("home", __name__)


@dataclass(frozen=True, slots=True)
class Card:
    """One thing that waits: a figure, a sentence about it, and where to go."""

    title: str
    figure: str
    text: str
    link: tuple[str, str] | None = None
    tone: str = ""
    weight: str = "secondary"


@page.get("/")
@access.signed_in
def show() -> str:
    with access.reading() as connection:
        state = home.state(connection)
        dots = home.dots(connection, state.works)
        top = pairs.top(connection, 5)
        return render_template(
            "home/show.html", state=state, cards=_cards(connection, g.person, state), steps=_steps(g.person, top),
            top=top, trend=home.trend(connection), picture=_picture(dots), approximate=dots.approximate,
            may_send=g.person.holds(*access.SENDS),
            latest=uploads.latest_of(connection, g.person.id, 5), place=_place(g.person), links=_links())


def _cards(connection: Connection, person: Person, state: home.State) -> list[Card]:
    """Three cards, in the order of what this person is there for."""
    checks = _to_check(connection, person)
    points = Card(
        _("Kegiatan belum ada titik"), looks.whole(state.without_point),
        _("%(money)s belum dapat dibandingkan letaknya dengan kegiatan lain.",
          money=looks.short_money(state.money_without_point)) if state.without_point
        else _("Semua kegiatan di wilayah Anda sudah mempunyai titik."),
        _link("projects.show_list", _("Lihat daftarnya"), pointless=1) if state.without_point else None)
    sent = _uploads(connection, person)
    if person.holds(*access.JUDGES):
        return [checks, points, sent]
    points = replace(points, link=_link("sites.form", _("Kirim titik")) or points.link)
    return [checks, points, sent] if checks.tone else [replace(points, weight="primary"), checks, sent]


def _to_check(connection: Connection, person: Person) -> Card:
    if person.holds(*access.JUDGES):
        head = pairs.headline(connection)
        if not head.count:
            return Card(_("Nilai yang perlu diperiksa"), looks.short_money(0), _none_waiting(connection),
                        _link("pairs.queue", _("Lihat semua pasangan")))
        text = ngettext("%(count)s indikasi ganda belum ditelaah.", "%(count)s indikasi ganda belum ditelaah.",
                        head.count, count=looks.whole(head.count))
        return Card(_("Nilai yang perlu diperiksa"), looks.short_money(head.money),
                    text + " " + _("Ini bukan kerugian: nilai terkecil dikali bagian yang berimpit."),
                    _link("pairs.queue", _("Periksa indikasi")), "flag", "primary")
    count, money = home.unanswered(connection)
    if not count:
        return Card(_("Indikasi menunggu tanggapan"), "0", _("Tidak ada yang perlu Anda tanggapi."),
                    _link("pairs.queue", _("Lihat semua pasangan")))
    return Card(_("Indikasi menunggu tanggapan"), looks.whole(count),
                _("%(money)s pada kegiatan desa Anda. Jelaskan dengan kata-kata Anda; tanggapan ikut tercetak.",
                  money=looks.short_money(money)),
                _link("pairs.queue", _("Beri tanggapan")), "flag", "primary")


def _none_waiting(connection: Connection) -> str:
    state = home.state(connection)
    if not state.compared_at:
        return _("Belum ada pasangan untuk diperiksa.")
    return _("Belum ada pasangan untuk diperiksa. %(works)s kegiatan dibandingkan %(at)s.",
             works=looks.whole(state.works), at=looks.moment(state.compared_at))


def _uploads(connection: Connection, person: Person) -> Card:
    waiting = home.waiting_uploads(connection, person.id)
    title = _("Unggahan menunggu Anda")
    if not person.holds(*access.SENDS):
        count, money = home.confirmed(connection)
        return Card(_("Sudah dipastikan orang"), looks.whole(count),
                    ngettext("pasangan, %(money)s. Siap ditindaklanjuti.", "pasangan, %(money)s. Siap ditindaklanjuti.",
                             count, money=looks.short_money(money)) if count
                    else _("Belum ada indikasi yang dipastikan."),
                    _link("pairs.queue", _("Lihat daftarnya"), state="judged") if count else None)
    if not waiting.uploads:
        return Card(title, "0", _("Semua yang Anda unggah sudah disimpan."), _link("uploads.start", _("Unggah berkas")))
    return Card(title, looks.whole(waiting.uploads),
                _("%(good)s baris siap disimpan, %(bad)s baris bermasalah.", good=looks.whole(waiting.good_rows),
                  bad=looks.whole(waiting.bad_rows)), _link("uploads.start", _("Lanjutkan")))


def _steps(person: Person, top: Sequence[pairs.PairRow]) -> list[tuple[str, str, str]]:
    """First steps: (key, words, address); each can be put away on the device."""
    pair = address("pairs.show", pair_id=top[0].id) if top else address("pairs.queue")
    wanted = [("pair", _("Lihat satu pasangan: apakah ini pekerjaan yang sama?"), pair),
              ("upload", _("Unggah berkas contoh: lima kesalahan, dua pasangan"), address("uploads.start")),
              ("check", _("Cek satu titik: adakah pekerjaan di sana?"), address("check.form"))]
    return [(key, words, href) for key, words, href in wanted
            if href and (key != "upload" or person.holds(*access.SENDS))]


def _place(person: Person) -> str:
    return ", ".join(sorted({grant.name for grant in person.grants if grant.name}))


def _links() -> dict[str, str | None]:
    endpoints = {"map": "map.show", "upload": "uploads.start", "check": "check.form", "point": "sites.form"}
    return {name: address(endpoint) for name, endpoint in endpoints.items()}


def _link(endpoint: str, words: str, **values: object) -> tuple[str, str] | None:
    href = address(endpoint, **values)
    return (words, href) if href else None


def _picture(dots: home.Dots) -> Markup | None:
    return overview.draw(dots.outlines, dots.works, dots.flagged, approximate=dots.approximate,
                         title=_("Letak kegiatan dan indikasi di wilayah Anda"),
                         note=_("DATA CONTOH, bukan kegiatan nyata") if looks.demonstration() else "")
