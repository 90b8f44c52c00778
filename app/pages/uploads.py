"""Uploads: send a file, see what was understood of it, confirm, see what it became, take it back."""

import io
from uuid import UUID

from flask import Blueprint, Response, g, redirect, render_template, request, send_file, url_for
from flask_babel import gettext as _

from app import access, looks
from app.db import Connection
from app.errors import Changed, NotAllowed, NotFound, Refused
from app.jobs import uploads as sending
from app.maps import svg
from app.maps.drawn import Figure
from app.queries import jobs, regions, upload_rows, uploads
from app.queries.uploads import Upload
from geo import sheets
from geo.schema import COLUMNS
from geo.tables import LIMITS, Problem

page = Blueprint("uploads", __name__, url_prefix="/uploads")

ACCEPTED = ".csv,.tsv,.txt,.xlsx,.geojson,.json,.gpkg,.zip"
LISTED, PLACES, EXAMPLES = 100, 400, 3
AMBER, TEAL = "#c77700", "#0f6b68"


@page.get("")
@access.roles(*access.SENDS)
def start() -> str:
    with access.reading() as connection:
        latest = uploads.latest_of(connection, g.person.id)
    return render_template("uploads/start.html", latest=latest, accepted=ACCEPTED, row_limit=LIMITS.rows,
                           sample_offered=looks.demonstration())


@page.post("")
@access.roles(*access.SENDS)
def receive() -> Response:
    sent = request.files.get("file")
    if sent is None or not sent.filename:
        raise Refused(_("Pilih berkas lebih dahulu."))
    return _received(sent.filename, sent.stream)


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
    return _received(_("berkas-contoh.xlsx"), io.BytesIO(_sample()))


@page.get("/<uuid:upload_id>")
@access.signed_in
def show(upload_id: UUID) -> str:
    with access.reading() as connection:
        upload = _upload(connection, upload_id)
        job = jobs.latest_of_upload(connection, upload_id)
        if job and job.unfinished:
            return render_template("uploads/progress.html", upload=upload, job=job,
                                   waiting=job.state == "queued" and not jobs.worker_lives(connection))
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
    with access.reading() as connection:
        upload = _upload(connection, upload_id)
        job = jobs.latest_of_upload(connection, upload_id)
    return render_template("uploads/progress_row.html", upload=upload, job=job)


@page.post("/<uuid:upload_id>/columns")
@access.roles(*access.SENDS)
def read_again(upload_id: UUID) -> Response:
    meanings = {column.name for column in COLUMNS}
    with access.writing() as connection:
        upload = _own(connection, upload_id, "read", "refused", "received")
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
        upload = _own(connection, upload_id, "read", "stored")
        if upload.state == "read":  # a second press of the button finds it stored, and stores nothing more
            if not upload.good_rows:
                raise Refused(_("Tidak ada baris yang siap disimpan."))
            sending.ask_to_store(connection, upload.id, g.person.id)
    return _to(upload_id)


@page.post("/<uuid:upload_id>/undo")
@access.roles(*access.SENDS)
def undo(upload_id: UUID) -> Response:
    with access.writing() as connection:
        upload = _own(connection, upload_id, "stored", "undone", also_admin=True)
        if upload.state == "stored":
            sending.ask_to_undo(connection, upload.id, g.person.id)
    return _to(upload_id)


@page.post("/<uuid:upload_id>/drop")
@access.roles(*access.SENDS)
def drop(upload_id: UUID) -> Response:
    with access.writing() as connection:
        upload = _own(connection, upload_id, "read", "refused", "received")
        upload_rows.drop_rows(connection, upload.id)
        uploads.note_dropped(connection, upload.id)
    return redirect(url_for("uploads.start"))


@page.post("/<uuid:upload_id>/cancel")
@access.roles(*access.SENDS)
def cancel(upload_id: UUID) -> Response:
    with access.writing() as connection:
        _upload(connection, upload_id)
        if job := jobs.latest_of_upload(connection, upload_id):
            jobs.ask_to_cancel(connection, job.id)
    return _to(upload_id)


def _received(file_name: str, stream: object) -> Response:
    responsible = g.person.region_for(*access.SENDS)
    if responsible is None:
        raise NotAllowed
    with access.writing() as connection:
        new = sending.receive(connection, access.settings(), g.person.id, responsible.region_id, file_name, stream)
        sending.ask_to_read(connection, new, g.person.id)
    return _to(new)


def _upload(connection: Connection, upload_id: UUID) -> Upload:
    upload = uploads.by_id(connection, upload_id)
    if upload is None:
        raise NotFound
    return upload


def _own(connection: Connection, upload_id: UUID, *states: str, also_admin: bool = False) -> Upload:
    """The upload, held for this transaction, if it is this person's to act on and in one of these states."""
    upload = uploads.hold(connection, upload_id)
    if upload is None or not (upload.person_id == g.person.id or (also_admin and g.person.holds("admin"))):
        raise NotFound
    if upload.state not in states:
        raise Changed
    return upload


def _to(upload_id: UUID) -> Response:
    return redirect(url_for("uploads.show", upload_id=upload_id), 303)


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
    counts = upload_rows.counts(connection, upload.id)
    first = upload_rows.first_rows(connection, upload.id, EXAMPLES)
    examples = {one["column"]: [row.raw[one["column"]] for row in first if row.raw.get(one["column"]) is not None]
                for one in upload.columns}
    return {
        "counts": counts, "examples": examples, "choices": _choices(),
        "problems": [(row, Problem.from_json(problem)) for row in
                     upload_rows.rows_with_problems(connection, upload.id, LISTED) for problem in row.problems],
        "of_file": [Problem.from_json(problem) for problem in upload.problems], "listed": LISTED,
        "stored_before": uploads.same_file_stored(connection, upload), "map": _map(connection, upload)}


def _map(connection: Connection, upload: Upload) -> str | None:
    """Where the rows stand: amber what has a problem, teal what is ready."""
    found = upload_rows.places(connection, upload.id, PLACES)
    if not found:
        return None
    figures = [Figure(place.geometry, "work", colour=AMBER if place.noted else TEAL) for place in reversed(found)]
    borders, approximate = upload_rows.borders(connection, upload.id)
    return svg.draw(figures, title=_("Peta lokasi baris yang terbaca"), width=560, height=420, borders=borders,
                    approximate=approximate, language=looks.language(),
                    note=_("DATA CONTOH, bukan kegiatan nyata") if looks.demonstration() else None)


def _result(connection: Connection, upload: Upload) -> dict[str, object]:
    return {"pairs": uploads.pairs_of(connection, upload.id), "region": regions.by_id(connection, upload.region_id),
            "left_out": [(row, Problem.from_json(problem)) for row in
                         upload_rows.rows_with_problems(connection, upload.id, LISTED) if not row.good
                         for problem in row.problems]}
