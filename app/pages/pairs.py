"""Indications: the queue of what is worth looking at, one pair with its reasons, the verdict, the village's answer."""

import hashlib
import io
from collections.abc import Sequence
from contextlib import ExitStack
from decimal import Decimal, InvalidOperation
from uuid import UUID, uuid4

from flask import Blueprint, Response, g, redirect, render_template, request, send_file, url_for
from flask_babel import gettext as _
from markupsafe import Markup

from app import access, looks, sent_once
from app.db import Connection
from app.errors import CONSTRAINTS, Changed, NotAllowed, NotFound, Refused
from app.jobs import merging, photos
from app.maps import svg
from app.maps.drawn import Figure
from app.packs.comparing import as_measured, compared, place
from app.queries import matching, mergings, pair_counts, pair_details, pairs, verdicts
from app.queries.pair_details import Opposite, Pair, Side
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
PHOTOS = 4
"""How many photos go with one answer."""


@page.get("/pairs")
@access.signed_in
def queue() -> str:
    wanted = PairFilter.parse(request.query_string.decode())
    after = _cursor(request.args.get("after", ""))
    with access.reading(by_key=True) as connection:
        rows = pairs.listed(connection, wanted, after, limit=pairs.PAGE + 1)
        return render_template(
            "pairs/queue.html", wanted=wanted, rows=rows[:pairs.PAGE], after=after,
            onward=_cursor_of(rows[pairs.PAGE - 1]) if len(rows) > pairs.PAGE else None,
            counts=pair_counts.counts(connection, wanted), choices=pair_counts.choices(connection, wanted),
            headline=pair_counts.headline(connection, wanted), strength=model.strength,
            given=_given(connection), judges=g.person.holds(*access.JUDGES), undecided=mergings.undecided(connection),
            whole=any(grant.level == "root" for grant in g.person.grants))


@page.get("/pairs/<int:pair_id>")
@access.signed_in
def show(pair_id: int) -> str:
    wanted = PairFilter.parse(request.query_string.decode())
    with access.reading(by_key=True) as connection:
        pair = _found(connection, pair_id, wanted)
        left = pair_details.side(connection, pair.left_project, pair.left_site)
        right = pair_details.side(connection, pair.right_project, pair.right_site)
        prior, *parts = model.explain(as_measured(pair))
        group = pair_details.group(connection, pair, blind=wanted.blind)
        history = verdicts.history(connection, pair_id)
        hidden = [found for side in (left, right) for found in matching.hidden_pairs(connection, side.id)]
        return render_template(
            "pairs/show.html", pair=pair, left=left, right=right, wanted=wanted, prior=prior, group=group,
            hidden=hidden, compared=compared(left, right, pair), drawing=_drawing(left, right),
            parts=[] if pair.hidden else parts, strength=None if pair.hidden else model.strength(pair.probability),
            around=pairs.around(connection, wanted, pair_id), alike=_alike(connection, pair, group),
            history=history, differing=verdicts.disagreeing(history), answers=verdicts.answers(connection, pair_id),
            merged=mergings.of_pair(connection, pair_id), given=_given(connection), keys=KEYS, photos=PHOTOS,
            judges=g.person.holds(*access.JUDGES), case=_begun(pair.group_id))


@page.post("/pairs/<int:pair_id>/verdicts")
@access.roles(*access.JUDGES)
def judge(pair_id: int) -> Response:
    wanted = PairFilter.parse(request.query_string.decode())
    verdict, note = _sent_verdict(verdicts.VERDICTS)
    with sent_once.writing() as (connection, once):
        verdicts.alone(connection, pair_id)
        pair = _found(connection, pair_id, wanted)
        if not pair.may_judge:
            raise NotAllowed(_("Kedua kegiatan ini berada di luar wilayah Anda; hasil telaahnya diberikan orang lain."))
        _refuse_if_changed(connection, pair)
        case = _case(connection, wanted, pair_id)
        given = _given_by_another(verdicts.give(connection, pair_id, g.person.id, verdict, note, blind=pair.hidden))
        if verdict == "same_record":
            merging.merge(connection, [pair_id])
        onward, within = pairs.onward(connection, wanted, pair.group_id, case)
        there = once.keep(_address(onward, wanted, given, case if within else None))
    return redirect(there)


@page.post("/pairs/groups/<uuid:group_id>/verdicts")
@access.roles(*access.JUDGES)
def judge_alike(group_id: UUID) -> Response:
    """One verdict for every pair of a group that nobody has judged: each is given, kept and taken back as a verdict."""
    wanted = PairFilter.parse(request.query_string.decode())
    verdict, note = _sent_verdict(verdicts.ALIKE)
    with sent_once.writing() as (connection, once):
        for one in pair_details.together(connection, group_id):
            verdicts.alone(connection, one.id)
        all_of_it = pair_details.together(connection, group_id)
        if not all_of_it:
            raise NotFound
        if request.form.get("seen") != _seen(all_of_it):
            raise Changed(_("Kelompok ini berubah sejak halaman dibuka. Muat ulang, periksa lagi, lalu putuskan."))
        undecided = _undecided(all_of_it)
        if not undecided or any(_found(connection, one.id, wanted).hidden for one in undecided):
            raise NotAllowed(_("Kelompok ini ditelaah pasangan demi pasangan."))
        together = uuid4()
        given = [_given_by_another(verdicts.give(connection, one.id, g.person.id, verdict, note, together=together))
                 for one in undecided]
        if verdict == "same_record":
            merging.merge(connection, [one.id for one in undecided])
        onward = next((row.id for row in pairs.listed(connection, wanted, limit=1)), None)
        there = once.keep(_address(onward, wanted, given[0]))
    return redirect(there)


@page.post("/pairs/<int:pair_id>/later")
@access.roles(*access.JUDGES)
def leave(pair_id: int) -> Response:
    """Not now: the pair comes back at the end of the list."""
    wanted = PairFilter.parse(request.query_string.decode())
    with access.writing() as connection:
        pair = _found(connection, pair_id)
        case = _case(connection, wanted, pair_id)
        verdicts.leave_for_later(connection, pair_id, g.person.id)
        onward, within = pairs.onward(connection, wanted, pair.group_id, case)
    return redirect(_address(None if onward == pair_id else onward, wanted, case=case if within else None))


@page.post("/pairs/<int:pair_id>/withdrawals")
@access.roles(*access.JUDGES)
def withdraw(pair_id: int) -> Response:
    wanted = PairFilter.parse(request.query_string.decode())
    with access.writing() as connection:
        _found(connection, pair_id)
        given = request.form.get("given", 0, type=int)
        known = verdicts.given(connection, given)
        taken_back = verdicts.withdraw(connection, given, g.person.id)
        made = [one for pair in taken_back if (one := mergings.of_pair(connection, pair))]
        if not taken_back or not all(merging.part(connection, one, _("Hasil telaah ditarik."))
                                     for one in sorted(made, reverse=True)):
            raise Changed(_("Waktu untuk membatalkan sudah lewat, atau ada hasil telaah yang lebih baru. "
                            "Berikan hasil telaah baru; yang lama tetap tercatat."))
    return redirect(_address(known.pair_id, wanted))


@page.post("/pairs/<int:pair_id>/partings")
@access.roles(*access.JUDGES)
def part(pair_id: int) -> Response:
    """Take two records apart that were made one work; the pair is then open again."""
    wanted, reason = PairFilter.parse(request.query_string.decode()), request.form.get("reason", "").strip()
    if not reason:
        raise Refused(_("Tulis alasan mengapa kedua catatan ini dipisahkan lagi."))
    with access.writing() as connection:
        verdicts.alone(connection, pair_id)
        _found(connection, pair_id)
        made = mergings.of_pair(connection, pair_id)
        if made is None or not merging.part(connection, made, reason):
            raise Changed(_("Kedua catatan ini tidak dapat dipisahkan lagi: kegiatannya sudah digabung atau ditarik "
                            "sesudah itu."))
        if verdicts.give(connection, pair_id, g.person.id, "withdrawn", reason) is None:
            raise NotAllowed
    return redirect(_address(pair_id, wanted))


@page.post("/pairs/<int:pair_id>/answers")
@access.roles(*access.ANSWERS)
def answer(pair_id: int) -> Response:
    wanted = PairFilter.parse(request.query_string.decode())
    with access.reading() as connection:
        _answering(connection, pair_id)
        sent_once.look(connection)
    kept = _kept_photos()  # before the transaction: reading a photo takes a process of its own
    with sent_once.writing() as (connection, once):
        region = _answering(connection, pair_id)
        new = verdicts.answer(connection, pair_id, region, g.person.id, request.form.get("text", "").strip())
        if new is None:
            raise NotAllowed
        for one in kept:
            verdicts.add_photo(connection, new, *one)
        there = once.keep(_address(pair_id, wanted) + "#tanggapan")
    return redirect(there)


@page.get("/pairs/<int:pair_id>/photos/<int:photo_id>")
@access.signed_in
def photo(pair_id: int, photo_id: int) -> Response:
    """What is shown of a photo; the sealed original is served to nobody."""
    with access.reading() as connection:
        _found(connection, pair_id)
        found = next((one for one in verdicts.photos(connection, pair_id) if one.id == photo_id), None)
    if found is None:
        raise NotFound
    response = send_file(io.BytesIO(photos.shown(access.settings(), found.shown_sha256)), "image/jpeg",
                         download_name=f"foto-{photo_id}.jpg")
    response.headers["Cache-Control"] = "private, no-store"
    return response


def _kept_photos() -> list[photos.Kept]:
    sent = request.files.getlist("photo")
    with ExitStack() as opened:
        for one in sent:
            opened.callback(one.close)
        named = [one for one in sent if one.filename]
        if len(named) > PHOTOS:
            raise Refused(_("Paling banyak %(n)s foto untuk satu tanggapan.", n=PHOTOS))
        return [photos.keep(access.settings(), one.stream) for one in named]


def _answering(connection: Connection, pair_id: int) -> int:
    """The region for which the person asking answers."""
    region = _found(connection, pair_id).answer_region
    if region is None:
        raise NotAllowed(_("Tanggapan diberikan oleh desa yang kegiatannya disebut di sini."))
    return region


def _sent_verdict(allowed: Sequence[str]) -> tuple[str, str | None]:
    verdict, note = request.form.get("verdict", ""), request.form.get("note", "").strip() or None
    if verdict not in allowed:
        raise Refused(_("Pilih salah satu hasil telaah."))
    return verdict, note


def _found(connection: Connection, pair_id: int, wanted: PairFilter | None = None) -> Pair:
    """The pair; a hidden one and one that does not exist are answered alike."""
    pair = pair_details.one(connection, pair_id, blind=wanted is not None and wanted.blind)
    if pair is None:
        raise NotFound
    return pair


def _given_by_another(verdict: int | None) -> int:
    """The verdict, where the database found the person to be neither of those who entered the works."""
    if verdict is None:
        raise Refused(CONSTRAINTS["a verdict is given by another person"])
    return verdict


def _undecided(group: Sequence[Opposite]) -> list[Opposite]:
    """The pairs that one verdict may decide together: none where any of them is somebody else's to judge."""
    undecided = [one for one in group if one.state != "judged"]
    sound = len(undecided) > 1 and all(one.may_judge and not one.entered_by_asking for one in undecided)
    return undecided if sound else []


def _seen(group: Sequence[Opposite]) -> str:
    """A sum of what a verdict about a whole group rests on."""
    return hashlib.sha256(repr([(one.id, one.facts_hash, one.latest) for one in group]).encode()).hexdigest()


def _alike(connection: Connection, pair: Pair, group: Sequence[PairRow]) -> dict | None:
    """What the page needs to offer one verdict for the whole group; None where that would not be sound."""
    if pair.group_id is None or pair.hidden or pair.retired_at or any(row.hidden for row in group):
        return None
    all_of_it = pair_details.together(connection, pair.group_id)
    undecided = _undecided(all_of_it)
    return {"count": len(undecided), "seen": _seen(all_of_it), "verdicts": verdicts.ALIKE} if undecided else None


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


def _begun(group_id: UUID | None) -> str:
    """The case that the work has come to, where this page is another pair of it."""
    case = request.args.get("case", "")
    return case if group_id and _cursor(case) else ""


def _case(connection: Connection, wanted: PairFilter, pair_id: int) -> tuple | None:
    """Where in the list the work has come to: the case that was begun, as the form says it, else the pair's own."""
    return _cursor(request.form.get("case", "")) or pairs.case_of(connection, wanted, pair_id)


def _address(pair_id: int | None, wanted: PairFilter, given: int | None = None, case: tuple | None = None) -> str:
    path = url_for("pairs.show", pair_id=pair_id) if pair_id else url_for("pairs.queue")
    begun = f"case={':'.join(map(str, case))}" if case else ""
    query = "&".join(part for part in (wanted.query_string(), f"given={given}" if given else "", begun) if part)
    return f"{path}?{query}" if query else path


def _cursor_of(row: PairRow) -> str:
    return f"{row.rank}:{row.id}:{row.later}"


def _cursor(text: str) -> tuple[Decimal, int, Decimal] | None:
    """(rank, id, left for later) of the last case seen; an address that was tampered with starts at the beginning."""
    rank, _colon, rest = text.partition(":")
    last, _colon, later = rest.partition(":")
    try:
        found = Decimal(rank), int(last), Decimal(later or 0)
    except (InvalidOperation, ValueError):
        return None
    possible = all(one.is_finite() and abs(one) < 10**24 and one.as_tuple().exponent > -30 for one in found[::2])
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
