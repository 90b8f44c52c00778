"""Indications: the queue of what is worth looking at, one pair with its reasons, the verdict, the village's answer."""

from decimal import Decimal, InvalidOperation

from flask import Blueprint, Response, g, redirect, render_template, request, url_for
from flask_babel import gettext as _
from markupsafe import Markup

from app import access, looks
from app.db import Connection
from app.errors import Changed, NotAllowed, NotFound, Refused
from app.maps import svg
from app.maps.drawn import Figure
from app.packs.comparing import as_measured, compared, place
from app.queries import matching, pair_details, pairs, verdicts
from app.queries.pair_details import Pair, Side
from app.queries.pairs import PairFilter, PairRow
from geo import model
from geo.evidence.between import CORRIDOR_M

page = Blueprint("pairs", __name__)

KEYS = {
    "same_record": "1", "double_funding": "2", "repeat_funding": "3", "partial_overlap": "4", "continuation": "5",
    "two_sides": "6", "one_contract": "7", "asset_set": "8", "shared_funding": "9", "carried_over": "0",
    "maintenance": "m", "neighbours": "b", "not_related": "t", "needs_visit": "v",
}
"""The key that gives each verdict; the page shows them, `?` too."""


@page.get("/pairs")
@access.signed_in
def queue() -> str:
    wanted = PairFilter.parse(request.query_string.decode())
    after = _cursor(request.args.get("after", ""))
    with access.reading() as connection:
        rows = pairs.listed(connection, wanted, after, limit=pairs.PAGE + 1)
        return render_template(
            "pairs/queue.html", wanted=wanted, rows=rows[:pairs.PAGE], after=after,
            onward=_cursor_of(rows[pairs.PAGE - 1]) if len(rows) > pairs.PAGE else None,
            counts=pairs.counts(connection, wanted), choices=pairs.choices(connection, wanted),
            headline=pairs.headline(connection, everywhere=wanted.everywhere), strength=model.strength,
            given=_given(connection), whole=any(grant.level == "root" for grant in g.person.grants))


@page.get("/pairs/<int:pair_id>")
@access.signed_in
def show(pair_id: int) -> str:
    wanted = PairFilter.parse(request.query_string.decode())
    with access.reading() as connection:
        pair = _found(connection, pair_id)
        left = pair_details.side(connection, pair.left_project, pair.left_site)
        right = pair_details.side(connection, pair.right_project, pair.right_site)
        prior, *parts = model.explain(as_measured(pair))
        return render_template(
            "pairs/show.html", pair=pair, left=left, right=right, wanted=wanted, compared=compared(left, right, pair),
            drawing=_drawing(left, right), prior=prior, parts=parts, strength=model.strength(pair.probability),
            around=pairs.around(connection, wanted, pair_id), group=pair_details.group(connection, pair),
            history=verdicts.history(connection, pair_id), answers=verdicts.answers(connection, pair_id),
            hidden=[found for side in (left, right) for found in matching.hidden_pairs(connection, side.id)],
            given=_given(connection), keys=KEYS, judges=g.person.holds(*access.JUDGES))


@page.post("/pairs/<int:pair_id>/verdicts")
@access.roles(*access.JUDGES)
def judge(pair_id: int) -> Response:
    wanted = PairFilter.parse(request.query_string.decode())
    verdict, note = request.form.get("verdict", ""), request.form.get("note", "").strip() or None
    if verdict not in verdicts.VERDICTS:
        raise Refused(_("Pilih salah satu hasil telaah."))
    with access.writing() as connection:
        verdicts.alone(connection, pair_id)
        pair = _found(connection, pair_id)
        if not pair.may_judge:
            raise NotAllowed(_("Kedua kegiatan ini berada di luar wilayah Anda; hasil telaahnya diberikan orang lain."))
        _refuse_if_changed(connection, pair)
        place = pairs.around(connection, wanted, pair_id)
        given = verdicts.give(connection, pair_id, g.person.id, verdict, note)
        onward = (place.next or place.previous) if place else None
    return redirect(_address(onward, wanted, given))


@page.post("/pairs/<int:pair_id>/withdrawals")
@access.roles(*access.JUDGES)
def withdraw(pair_id: int) -> Response:
    wanted = PairFilter.parse(request.query_string.decode())
    with access.writing() as connection:
        _found(connection, pair_id)
        if not verdicts.withdraw(connection, request.form.get("given", 0, type=int), g.person.id):
            raise Changed(_("Waktu untuk membatalkan sudah lewat, atau ada hasil telaah yang lebih baru. "
                            "Berikan hasil telaah baru; yang lama tetap tercatat."))
    return redirect(_address(pair_id, wanted))


@page.post("/pairs/<int:pair_id>/answers")
@access.roles(*access.ANSWERS)
def answer(pair_id: int) -> Response:
    wanted = PairFilter.parse(request.query_string.decode())
    with access.writing() as connection:
        pair = _found(connection, pair_id)
        if pair.answer_region is None:
            raise NotAllowed(_("Tanggapan diberikan oleh desa yang kegiatannya disebut di sini."))
        verdicts.answer(connection, pair_id, pair.answer_region, g.person.id, request.form.get("text", "").strip())
    return redirect(_address(pair_id, wanted) + "#tanggapan")


def _found(connection: Connection, pair_id: int) -> Pair:
    """The pair; a hidden one and one that does not exist are answered alike."""
    pair = pair_details.one(connection, pair_id)
    if pair is None:
        raise NotFound
    return pair


def _refuse_if_changed(connection: Connection, pair: Pair) -> None:
    """A verdict rests on what its giver saw: the facts, and what others had answered until then."""
    latest = verdicts.latest(connection, pair.id) or 0
    if pair.retired_at or request.form.get("facts_hash") != pair.facts_hash:
        raise Changed(_("Data kegiatan ini berubah sejak halaman dibuka. Muat ulang, periksa lagi, lalu putuskan."))
    if request.form.get("latest", type=int) != latest:
        raise Changed(_("Orang lain baru saja memberi hasil telaah. Muat ulang halaman untuk melihatnya."))


def _given(connection: Connection) -> verdicts.Given | None:
    """The verdict that was given a moment ago and can still be taken back."""
    verdict_id = request.args.get("given", type=int)
    return verdicts.given(connection, verdict_id) if verdict_id else None


def _address(pair_id: int | None, wanted: PairFilter, given: int | None = None) -> str:
    path = url_for("pairs.show", pair_id=pair_id) if pair_id else url_for("pairs.queue")
    query = "&".join(part for part in (wanted.query_string(), f"given={given}" if given else "") if part)
    return f"{path}?{query}" if query else path


def _cursor_of(row: PairRow) -> str:
    return f"{row.rank}:{row.id}"


def _cursor(text: str) -> tuple[Decimal, int] | None:
    """(rank, id) of the last pair seen; an address that was tampered with starts at the beginning."""
    rank, _colon, last = text.partition(":")
    try:
        found = Decimal(rank), int(last)
    except (InvalidOperation, ValueError):
        return None
    possible = found[0].is_finite() and abs(found[0]) < 10**24 and found[0].as_tuple().exponent > -30
    return found if possible and 0 < found[1] < 2**63 else None


def _drawing(left: Side, right: Side) -> Markup | None:
    """Both works and the ground they share; None where neither has a point."""
    figures = [Figure(side.geometry, role, str(side.id), side.accuracy_m)
               for side, role in ((left, "left"), (right, "right")) if side.geometry is not None]
    if not figures:
        return None
    note = _("DATA CONTOH, bukan kegiatan nyata") if looks.demonstration() else None
    return svg.draw(figures, title=_("Peta kedua lokasi: A garis penuh, B garis putus-putus"), width=640, height=240,
                    corridor_m=CORRIDOR_M, language=looks.language(), note=note)


page.app_template_global("place_of")(place)
