"""A whole list of proposals: send it, watch it being checked, read it ranked, take it back as a sheet."""

from collections.abc import Collection, Iterator, Mapping, Sequence
from datetime import UTC, datetime
from uuid import UUID

from flask import Blueprint, Response, g, redirect, render_template, request, stream_with_context, url_for
from flask_babel import gettext as _

from app import access, looks, sent_once
from app.db import Connection
from app.errors import NotFound, Refused
from app.jobs import answers, findings, lists
from app.jobs.export_notes import DECIMAL_COMMA
from app.jobs.findings import Words
from app.queries import blind_samples, check_lists, check_results, jobs
from app.queries.check_lists import CheckList
from app.queries.check_results import Result
from geo.model import MEDIUM_FROM, STRONG_FROM, strength
from geo.tables import Problem

page = Blueprint("check_lists", __name__, url_prefix="/check/lists")

SHOWN, BATCH = 100, 200


@page.get("")
@access.signed_in
def start() -> str:
    with access.reading() as connection:
        latest = check_lists.latest_of(connection, g.person.id)
    return render_template("check/lists.html", latest=latest, most=lists.MOST_ROWS)


@page.post("")
@access.signed_in
def receive() -> Response:
    sent = request.files.get("file")
    if sent is None or not sent.filename:
        raise Refused(_("Pilih berkas lebih dahulu."))
    with sent_once.writing() as (connection, once):
        new = lists.receive(connection, access.settings(), g.person.id, answers.home_of(connection, g.person),
                            sent.filename, sent.stream)
        there = once.keep(url_for("check_lists.show", list_id=new))
    return redirect(there, 303)


@page.get("/<uuid:list_id>")
@access.signed_in
def show(list_id: UUID) -> str:
    with access.reading() as connection:
        sent = _found(connection, list_id)
        job = jobs.latest_of_list(connection, list_id)
        if job and job.unfinished:
            return render_template("check/list_progress.html", sent=sent, job=job,
                                   waiting=jobs.waits(connection, job))
        page_number = max(request.args.get("page", 1, type=int), 1)
        rows = check_results.ranked(connection, list_id, SHOWN + 1, (min(page_number, 1000) - 1) * SHOWN)
        own = check_results.own_regions(connection)
        unseen = _unseen(connection, rows, check_results.registered(connection, list_id))
        return render_template(
            "check/list.html", now=datetime.now(UTC), sent=sent, job=job,
            rows=sorted((_row(one, own, unseen) for one in rows[:SHOWN]), key=lambda row: row["blind"]),
            counts=check_results.counts(connection, list_id, STRONG_FROM, MEDIUM_FROM), page_number=page_number,
            more=len(rows) > SHOWN, problems=[Problem.from_json(one) for one in sent.problems])


@page.get("/<uuid:list_id>/progress")
@access.signed_in
def progress(list_id: UUID) -> str:
    with access.reading() as connection:
        sent = _found(connection, list_id)
        job = jobs.latest_of_list(connection, list_id)
    return render_template("check/list_row.html", sent=sent, job=job)


@page.post("/<uuid:list_id>/cancel")
@access.signed_in
def cancel(list_id: UUID) -> Response:
    with access.writing() as connection:
        _found(connection, list_id)
        if job := jobs.latest_of_list(connection, list_id):
            jobs.ask_to_cancel(connection, job.id)
            if jobs.by_id(connection, job.id).state == "cancelled":  # it still waited; else the worker ends it
                lists.cancel(connection, access.settings(), list_id)
    return redirect(url_for("check_lists.show", list_id=list_id), 303)


@page.get("/<uuid:list_id>/sheet.xlsx")
@access.signed_in
def workbook(list_id: UUID) -> Response:
    sent, own = _ready(list_id)
    content = findings.workbook(_lines(sent, own), len(findings.NAMES), _("Hasil cek"))
    return _as_file(content, sent, "xlsx", "application/vnd.openxmlformats-officedocument.spreadsheetml.sheet")


@page.get("/<uuid:list_id>/sheet.csv")
@access.signed_in
def text(list_id: UUID) -> Response:
    sent, own = _ready(list_id)
    content = findings.csv_text(_lines(sent, own), looks.language() in DECIMAL_COMMA)
    return _as_file(stream_with_context(content), sent, "csv", "text/csv; charset=utf-8")


def _found(connection: Connection, list_id: UUID) -> CheckList:
    if (sent := check_lists.by_id(connection, list_id)) is None:
        raise NotFound
    return sent


def _ready(list_id: UUID) -> tuple[CheckList, frozenset[int]]:
    with access.reading() as connection:
        return _found(connection, list_id), check_results.own_regions(connection)


def _works(result: Result, became: Mapping[int, UUID]) -> set[UUID]:
    own = {result.project_id} if result.project_id else set()
    return {*answers.works_of(result.answer, became), *own}


def _blind(unseen: Collection[tuple[UUID, UUID]], works: Collection[UUID]) -> set[UUID]:
    """Those of the works between which there is a pair that is to be judged without the machine's opinion."""
    return {side for pair in unseen if set(pair) <= set(works) for side in pair}


def _unseen(connection: Connection, rows: Sequence[check_results.Ranked], became: Mapping[int, UUID]) -> set[str]:
    """The numbers of the rows of which nothing is said, for they would tell what is to be judged blind."""
    works = {one.number: {*map(UUID, one.works), *([one.project_id] if one.project_id else []),
                          *(became[row["position"]] for row in one.within if row["position"] in became)}
             for one in rows}
    unseen = blind_samples.pairs(connection, set().union(*works.values()))
    return {number for number, its in works.items() if _blind(unseen, its)}


def _row(one: check_results.Ranked, own_regions: frozenset[int], unseen: Collection[str]) -> dict[str, object]:
    """A row of the page: the most alike, of the works there and of the other rows."""
    every = [answers.shown_work(one.first, own_regions)] if one.first else []
    first = max([*every, *one.within], key=answers.weight, default=None)
    blind = one.number in unseen
    if blind:
        first = None
    return {"number": one.number, "line": one.line, "name": one.name, "compared": one.compared, "first": first,
            "blind": blind,
            "strength": strength(first["probability"]) if first else None, "problems": one.problems,
            "not_searched": answers.not_searched(one.problems, one.placed, one.compared),
            "called": answers.kind_told(first, one.placed) if first else None}


def _lines(sent: CheckList, own: frozenset[int]) -> Iterator[list[object]]:
    words = Words(
        [_("Temuan"), _("Jenis kemiripan"), _("Paling mirip"), _("Nomor kegiatan"), _("Sumber dana kegiatan itu"),
         _("Tahun kegiatan itu"), _("Jarak (m)"), _("Berimpit (m)"), _("Penjelasan"), _("Baris lain yang mirip"),
         _("Masalah baris"), _("Nomor cek")],
        _("tidak ditemukan kemiripan"), _("tidak ditemukan kemiripan nama"),
        _("tidak dapat dibandingkan: tanpa titik, dan desa atau namanya tidak dikenal"),
        _("baris {line}: {name}"), _("usulan di {village}"),
        _("telaah buta: kemiripannya ditampilkan sesudah Anda memberi hasil"))
    return findings.lines(_results(sent.id), sent.columns, own, looks.sentence, words)


def _results(list_id: UUID) -> Iterator[tuple[Result, set[UUID], dict[int, UUID]]]:
    """The rows in the order of the file, some at a time: answers are long. With each the works that the reader is to
    judge blind, and those that rows of the list have become."""
    after = 0
    while True:
        with access.reading() as connection:
            batch = check_results.in_order(connection, list_id, after, BATCH)
            became = check_results.registered(connection, list_id)
            works = [_works(one, became) for one in batch]
            unseen = blind_samples.pairs(connection, set().union(*works))
        yield from ((one, _blind(unseen, its), became) for one, its in zip(batch, works, strict=True))
        if len(batch) < BATCH:
            return
        after += BATCH


def _as_file(content: object, sent: CheckList, ending: str, kind: str) -> Response:
    name = _("hasil-cek-%(n)s", n=sent.number) + f".{ending}"
    answer = Response(content, mimetype=None, content_type=kind)
    answer.headers["Content-Disposition"] = f'attachment; filename="{name}"'
    return answer
