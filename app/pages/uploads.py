"""Uploads: send files, see what was understood of each, confirm, see what it became, take it back."""

import io
from uuid import UUID, uuid4

from flask import Blueprint, Response, g, jsonify, redirect, render_template, request, send_file, url_for
from flask_babel import gettext as _
from werkzeug.datastructures import FileStorage

from app import access, looks, sent_once
from app.access import Grant
from app.db import Connection
from app.drawing import draw
from app.errors import NotAllowed, NotFound, Refused, Repeated
from app.jobs import keeping, returned
from app.jobs import uploads as sending
from app.jobs.overriding import PLACE
from app.maps import svg
from app.maps.drawn import Figure
from app.queries import column_mappings, jobs, regions, upload_corrections, upload_places, upload_rows, uploads
from app.queries.uploads import Upload
from geo import sheets
from geo.schema import COLUMNS
from geo.tables import LIMITS, Problem

page = Blueprint("uploads", __name__, url_prefix="/uploads")

ACCEPTED = (".csv,.tsv,.txt,.xlsx,.xls,.ods,.geojson,.json,.geojsonl,.ndjson,.kml,.kmz,.gpx,.gpkg,.fgb,.parquet,"
            ".geoparquet,.zip")
LISTED, PLACES, EXAMPLES, PATTERNS = 100, 400, 3, 12
MOST_TOGETHER = 50
AMBER, TEAL = "#c77700", "#0f6b68"


@page.get("")
@access.roles(*access.SENDS)
def start() -> str:
    with access.reading(by_key=True) as connection:
        latest = uploads.latest_of(connection, g.person.id)
    return render_template("uploads/start.html", latest=latest, accepted=ACCEPTED, row_limit=LIMITS.rows,
                           most=MOST_TOGETHER, batch=uuid4(), sample_offered=looks.demonstration())


@page.post("")
@access.roles(*access.SENDS)
def receive() -> Response:
    """One file, several of a form, or one of several that a script sends one by one under the same `batch`."""
    sent = [one for one in request.files.getlist("file") if one.filename]
    if not sent:
        raise Refused(_("Pilih berkas lebih dahulu."))
    if len(sent) > MOST_TOGETHER:
        raise Refused(_("Paling banyak %(n)s berkas sekaligus. Kirim sisanya sesudahnya.", n=MOST_TOGETHER))
    scripted = request.headers.get("X-Requested-With") == "fetch"
    batch = _uuid(request.form.get("batch")) if scripted else _batch_of_form() if len(sent) > 1 else None
    new = [_received(one, batch, part) for part, one in enumerate(sent)]
    if scripted:
        return jsonify(upload=url_for("uploads.show", upload_id=new[0]),
                       batch=url_for("uploads.show_batch", batch=batch) if batch else None)
    return _to(new[0]) if batch is None else redirect(url_for("uploads.show_batch", batch=batch), 303)


@page.get("/template.xlsx")
@access.roles(*access.SENDS)
def template() -> Response:
    return _sheet(sheets.template(looks.language()), _("templat-kegiatan.xlsx"))


@page.get("/sample.xlsx")
@access.roles(*access.SENDS)
def sample() -> Response:
    return _sheet(_sample(), _("berkas-contoh.xlsx"))


@page.post("/sample")
@access.roles(*access.SENDS)
def try_sample() -> Response:
    return _to(_received(FileStorage(io.BytesIO(_sample()), _("berkas-contoh.xlsx")), None))


@page.get("/batch/<uuid:batch>")
@access.roles(*access.SENDS)
def show_batch(batch: UUID) -> str:
    return render_template("uploads/batch.html", **_batch(batch))


@page.get("/batch/<uuid:batch>/states")
@access.roles(*access.SENDS)
def batch_states(batch: UUID) -> str:
    return render_template("uploads/_batch.html", **_batch(batch))


@page.get("/<uuid:upload_id>")
@access.signed_in
def show(upload_id: UUID) -> str:
    with access.reading(by_key=True) as connection:
        upload = sending.found(connection, upload_id)
        job = jobs.latest_of_upload(connection, upload_id)
        if job and job.unfinished:
            return render_template("uploads/progress.html", upload=upload, job=job,
                                   waiting=jobs.waits(connection, job))
        shown = {"upload": upload, "job": job, "own": upload.person_id == g.person.id}
        match upload.state:
            case "read":
                return render_template("uploads/review.html", **shown, **_review(connection, upload))
            case "stored" | "undone":
                return render_template("uploads/result.html", **shown, **_result(connection, upload))
            case _:
                return render_template("uploads/refused.html", **shown, choices=_choices())


@page.get("/<uuid:upload_id>/progress")
@access.signed_in
def progress(upload_id: UUID) -> str:
    with access.reading(by_key=True) as connection:
        upload = sending.found(connection, upload_id)
        job = jobs.latest_of_upload(connection, upload_id)
    return render_template("uploads/progress_row.html", upload=upload, job=job)


@page.post("/<uuid:upload_id>/columns")
@access.roles(*access.SENDS)
def read_again(upload_id: UUID) -> Response:
    meanings = {column.name for column in COLUMNS}
    with access.writing() as connection:
        upload = sending.own(connection, upload_id, g.person.id, "read", "refused", "received")
        said = {}
        for place, one in enumerate(upload.columns):
            meaning = request.form.get(f"column-{place}", one["meaning"] or "")
            if meaning and meaning not in meanings:
                raise Refused(_("Kolom ini tidak dikenal."))
            if meaning != (one["meaning"] or "") or one.get("how") == "person":
                said[one["column"]] = meaning
        sending.ask_to_read_again(connection, upload, g.person.id, said)
    return _to(upload_id)


@page.post("/<uuid:upload_id>/store")
@access.roles(*access.SENDS)
def store(upload_id: UUID) -> Response:
    with access.writing() as connection:
        upload = sending.own(connection, upload_id, g.person.id, "read", "stored")
        if upload.state == "read":  # a second press of the button finds it stored, and stores nothing more
            if not upload.good_rows:
                raise Refused(_("Tidak ada baris yang siap disimpan."))
            sending.ask_to_store(connection, upload.id, g.person.id)
    return _to(upload_id)


@page.post("/<uuid:upload_id>/undo")
@access.roles(*access.SENDS)
def undo(upload_id: UUID) -> Response:
    with access.writing() as connection:
        upload = sending.own(connection, upload_id, g.person.id, "stored", "undone", admin=g.person.holds("admin"))
        if upload.state == "stored":
            sending.ask_to_undo(connection, upload.id, g.person.id)
    return _to(upload_id)


@page.post("/<uuid:upload_id>/drop")
@access.roles(*access.SENDS)
def drop(upload_id: UUID) -> Response:
    with access.writing() as connection:
        upload = sending.own(connection, upload_id, g.person.id, "read", "refused", "received")
        sending.drop(connection, access.settings(), upload)
    return redirect(url_for("uploads.start"))


@page.post("/<uuid:upload_id>/cancel")
@access.roles(*access.SENDS)
def cancel(upload_id: UUID) -> Response:
    with access.writing() as connection:
        sending.found(connection, upload_id)
        if job := jobs.latest_of_upload(connection, upload_id):
            jobs.ask_to_cancel(connection, job.id)
            if jobs.by_id(connection, job.id).state == "cancelled":  # it still waited; else the worker clears away
                sending.drop_unread(connection, access.settings(), upload_id)
    return _to(upload_id)


def _received(sent: FileStorage, batch: UUID | None, part: int = 0) -> UUID:
    """One file in a transaction of its own: what is wrong with one does not touch the others. The same form sent once
    more, whose first answer got lost, is the same upload."""
    responsible: Grant | None = g.person.region_for(*access.SENDS)
    if responsible is None:
        raise NotAllowed
    try:
        with sent_once.writing(part) as (connection, once):
            new = sending.receive(connection, access.settings(), g.person.id, responsible.region_id, sent.filename,
                                  sent.stream, batch)
            sending.ask_to_read(connection, new, g.person.id)
            once.keep(str(new))
    except Repeated as before:
        return UUID(before.answer)
    return new


def _batch_of_form() -> UUID:
    """The same form sent again is the same batch."""
    return _uuid(request.form.get(sent_once.FIELD)) or uuid4()


def _batch(batch: UUID) -> dict[str, object]:
    with access.reading() as connection:
        sent = uploads.of_batch(connection, g.person.id, batch)
        if not sent:
            raise NotFound
        working = {one.id: jobs.latest_of_upload(connection, one.id) for one in sent}
        lives = jobs.worker_lives(connection)
    unfinished = any(job and job.unfinished for job in working.values())
    return {"batch": batch, "sent": sent, "jobs": working, "unfinished": unfinished,
            "waiting": unfinished and not lives}


def _to(upload_id: UUID) -> Response:
    return redirect(url_for("uploads.show", upload_id=upload_id), 303)


def _uuid(text: str | None) -> UUID | None:
    try:
        return UUID(text or "")
    except ValueError:
        return None


def _sheet(content: bytes, name: str) -> Response:
    return send_file(io.BytesIO(content), download_name=name, as_attachment=True, max_age=0,
                     mimetype="application/vnd.openxmlformats-officedocument.spreadsheetml.sheet")


def _sample() -> bytes:
    if not looks.demonstration():
        raise NotFound  # invented works belong among invented works only
    from app.demonstration import sample as invented  # only where somebody tries it

    return invented.workbook()


def _choices() -> list[tuple[str, str]]:
    return [(column.name, f"column.{column.name}") for column in COLUMNS]


def _review(connection: Connection, upload: Upload) -> dict[str, object]:
    """What the review page shows of a file that has been read."""
    first = upload_rows.first_rows(connection, upload.id, EXAMPLES)
    examples = {one["column"]: [row.raw[one["column"]] for row in first if row.raw.get(one["column"]) is not None]
                for one in upload.columns}
    known = column_mappings.by_id(connection, upload.mapping_id) if upload.mapping_id else None
    bounds = upload_places.bounds(connection, upload.id)
    return {
        "counts": upload_rows.counts(connection, upload.id), "examples": examples, "choices": _choices(),
        "problems": [(row, Problem.from_json(problem)) for row in
                     upload_rows.rows_with_problems(connection, upload.id, LISTED) for problem in row.problems],
        "of_file": [Problem.from_json(problem) for problem in upload.problems], "listed": LISTED,
        "stored_before": uploads.same_file_stored(connection, upload), "map": _map(connection, upload),
        "groups": [(one, Problem.from_json(one.example)) for one in
                   upload_corrections.groups(connection, upload.id, keeping.LEFT_OUT)[:PATTERNS]],
        "corrections": upload_corrections.made(connection, upload.id), "of_place": PLACE, "remembered": known,
        "whole": returned.WHOLE,
        "may_forget": known is not None and known.region_id in regions.writable_ids(connection, access.SENDS),
        "drawn": draw(connection, "upload", bounds=bounds) if bounds else None}


def _map(connection: Connection, upload: Upload) -> str | None:
    """Where the rows stand, without a script: amber what has a problem, teal what is ready."""
    found = upload_places.places(connection, upload.id, PLACES)
    if not found:
        return None
    figures = [Figure(place.geometry, "work", colour=AMBER if place.noted else TEAL) for place in reversed(found)]
    borders, approximate = upload_places.borders(connection, upload.id)
    return svg.draw(figures, title=_("Peta lokasi baris yang terbaca"), width=560, height=420, borders=borders,
                    approximate=approximate, language=looks.language(),
                    note=_("DATA CONTOH, bukan kegiatan nyata") if looks.demonstration() else None)


def _result(connection: Connection, upload: Upload) -> dict[str, object]:
    return {"pairs": uploads.pairs_of(connection, upload.id), "region": regions.by_id(connection, upload.region_id),
            "counts": upload_rows.counts(connection, upload.id),
            "left_out": [(row, Problem.from_json(problem)) for row in
                         upload_rows.rows_with_problems(connection, upload.id, LISTED) if not row.good
                         for problem in row.problems]}
