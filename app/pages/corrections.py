"""Correcting an upload before it is stored: a pattern once for all its rows, one value, rows that are left out; and the
rows as a map and as a sheet to correct elsewhere."""

import io
from uuid import UUID

from flask import Blueprint, Response, g, jsonify, redirect, render_template, request, send_file, url_for
from flask_babel import gettext as _

from app import access, looks
from app.db import Connection
from app.drawing import draw
from app.errors import Changed, NotFound
from app.jobs import correcting, returned
from app.jobs import uploads as sending
from app.queries import column_mappings, regions, upload_corrections, upload_places, upload_rows
from app.queries.upload_corrections import Change, Pattern
from geo.coordinates import point
from geo.tables import Problem

page = Blueprint("corrections", __name__, url_prefix="/uploads/<uuid:upload_id>")

DRAWN, A_PAGE = 2_000, 200


@page.get("/rows.json")
@access.signed_in
def rows(upload_id: UUID) -> Response:
    """The rows on a map: at most DRAWN one by one, the others in crowds; with a pattern only its rows."""
    with access.reading() as connection:
        sending.found(connection, upload_id)
        numbers = upload_corrections.numbers(connection, upload_id, _pattern(request.args)) if (
            "reason" in request.args) else None
        drawn = upload_places.features(connection, upload_id, DRAWN, numbers)
    answer = jsonify(type="FeatureCollection", features=drawn.features, shown=drawn.shown, total=drawn.total)
    answer.headers["Cache-Control"] = "private, no-cache"
    return answer


@page.get("/sheet.xlsx")
@access.signed_in
def sheet(upload_id: UUID) -> Response:
    with access.reading() as connection:
        upload = sending.found(connection, upload_id)
        if upload.state not in ("read", "stored", "undone"):
            raise NotFound
        whole = upload_rows.whole_rows(connection, upload_id, with_problems=(upload.rows or 0) > returned.WHOLE)
        content = returned.workbook(upload, whole, looks.sentence, _("Untuk diperbaiki"))
    name = upload.file_name.rsplit(".", 1)[0]
    return send_file(io.BytesIO(content), download_name=_("%(name)s-diperiksa.xlsx", name=name), as_attachment=True,
                     max_age=0, mimetype="application/vnd.openxmlformats-officedocument.spreadsheetml.sheet")


@page.get("/pattern")
@access.roles(*access.SENDS)
def preview(upload_id: UUID) -> str:
    """Everything that applying a suggestion to all its rows would change, before and after."""
    pattern, first = _pattern(request.args), max(request.args.get("from", 0, type=int), 0)
    with access.reading() as connection:
        upload = sending.found(connection, upload_id)
        if upload.person_id != g.person.id or upload.state != "read":
            raise NotFound
        numbers = upload_corrections.numbers(connection, upload_id, pattern)
        if not numbers or pattern.how is None:
            raise NotFound
        changes = upload_corrections.changes(connection, upload_id, pattern, A_PAGE, first)
        bounds = upload_places.bounds(connection, upload_id, numbers)
        return render_template(
            "uploads/pattern.html", upload=upload, pattern=pattern, rows=len(numbers),
            seen=correcting.seen(numbers), changes=_placed(connection, changes), first=first, page_size=A_PAGE,
            example=Problem.from_json(changes[0].problem) if changes else None,
            drawn=draw(connection, "upload", bounds=bounds))


@page.post("/pattern/apply")
@access.roles(*access.SENDS)
def apply(upload_id: UUID) -> Response:
    with access.writing() as connection:
        upload = correcting.held(connection, upload_id, g.person.id)
        correcting.apply(connection, access.settings(), upload, _pattern(request.form), request.form.get("seen", ""))
    return _back(upload_id)


@page.post("/pattern/leave")
@access.roles(*access.SENDS)
def leave_pattern(upload_id: UUID) -> Response:
    pattern = _pattern(request.form)
    with access.writing() as connection:
        upload = correcting.held(connection, upload_id, g.person.id)
        numbers = upload_corrections.numbers(connection, upload_id, pattern)
        correcting.leave_out(connection, access.settings(), upload, numbers, pattern)
    return _back(upload_id)


@page.post("/rows/<int:number>/apply")
@access.roles(*access.SENDS)
def apply_one(upload_id: UUID, number: int) -> Response:
    with access.writing() as connection:
        upload = correcting.held(connection, upload_id, g.person.id)
        correcting.apply(connection, access.settings(), upload, _pattern(request.form), "", number)
    return _back(upload_id, "masalah")


@page.post("/rows/<int:number>/value")
@access.roles(*access.SENDS)
def type_value(upload_id: UUID, number: int) -> Response:
    with access.writing() as connection:
        upload = correcting.held(connection, upload_id, g.person.id)
        correcting.type_value(connection, access.settings(), upload, number, request.form.get("column") or None,
                              request.form.get("value", ""))
    return _back(upload_id, "masalah")


@page.post("/rows/<int:number>/leave")
@access.roles(*access.SENDS)
def leave_row(upload_id: UUID, number: int) -> Response:
    with access.writing() as connection:
        upload = correcting.held(connection, upload_id, g.person.id)
        correcting.leave_out(connection, access.settings(), upload, [number])
    return _back(upload_id, "masalah")


@page.post("/corrections/<int:correction_id>/undo")
@access.roles(*access.SENDS)
def undo(upload_id: UUID, correction_id: int) -> Response:
    with access.writing() as connection:
        upload = correcting.held(connection, upload_id, g.person.id)
        correcting.undo(connection, access.settings(), upload, correction_id)
    return _back(upload_id)


@page.post("/mapping/forget")
@access.roles(*access.SENDS)
def forget(upload_id: UUID) -> Response:
    """Forget how columns of such a file were understood, and read this one as if for the first time."""
    with access.writing() as connection:
        upload = correcting.held(connection, upload_id, g.person.id)
        if upload.mapping_id is None or not column_mappings.forget(connection, upload.mapping_id):
            raise Changed
        sending.ask_to_read_again(connection, upload, g.person.id, {})
    return _back(upload_id)


def _pattern(given: dict) -> Pattern:
    return Pattern(given.get("reason", "")[:200], given.get("how") or None, given.get("column") or None)


def _back(upload_id: UUID, part: str = "perbaikan") -> Response:
    return redirect(url_for("uploads.show", upload_id=upload_id) + f"#{part}", 303)


def _placed(connection: Connection, changes: list[Change]) -> list[tuple[Change, Problem, str | None, bool]]:
    """Each change with the village that the suggested point lies in, and whether that is the claimed one."""
    known = regions.load_regions(connection)
    problems = [Problem.from_json(one.problem) for one in changes]
    offered = [point(one.suggestion.lon, one.suggestion.lat) for one in problems]
    codes = known.village_of(offered) if len(known) else [None] * len(offered)
    return [(one, problem, known.name_of(code) if code else None, bool(code) and code == one.region_code)
            for one, problem, code in zip(changes, problems, codes, strict=True)]

