"""Exports: any filtered list or selection as a file. A small one comes at once, a large one is made in the background.

`GET /exports?of=works&year=2024&area=…` is the page that other pages link to; it says what the file will hold before
anything is made. `area` is WKT or west,south,east,north; `selected` are ids of works; `as_of` is a day of the past.
"""

import os
from collections.abc import Iterator
from datetime import UTC, datetime
from pathlib import Path
from urllib.parse import parse_qs, urlencode
from uuid import UUID
from zoneinfo import ZoneInfo

from flask import Blueprint, Response, g, redirect, render_template, request, url_for
from flask_babel import gettext as _

from app import access, looks, past
from app.errors import NotFound, Refused
from app.frame import address
from app.jobs import exporting
from app.jobs.exporting import AT_ONCE, ROLES, SOURCES
from app.queries import exports, jobs
from app.queries.areas import AreaFaulty
from app.queries.exported import Source
from app.queries.exports import Export
from geo.exports import FORMATS
from geo.sentences import Sentence

page = Blueprint("exports", __name__, url_prefix="/exports")

LISTS: dict[str, tuple[str, dict[str, str]]] = {
    "works": ("projects.show_list", {}), "pairs": ("pairs.queue", {}),
    "anomalies": ("inspection.list_anomalies", {"kind": "kind"}), "findings": ("findings.show_list", {}),
    "samples": ("samples.show", {"sample_id": "sample"}), "visits": ("visits.show", {})}
"""Where each list is looked at, and what of it stands in the path of that address."""
BLOCK, LONGEST_LINK = 1 << 18, 2_000
MOST_FIELDS = 5_000


@page.get("")
@access.signed_in
def form() -> str:
    """What the file would hold, and the choice of its format; below it what was ordered lately."""
    source, wanted = _asked(request.args.get("of"), request.query_string.decode("utf-8", "replace"))
    with access.reading() as connection:
        counted = source.count(connection, wanted)
        return render_template(
            "exports/form.html", source=source, query=wanted.query_string(), counted=counted,
            filters=source.describe(connection, wanted), latest=exports.latest(connection, _hours()),
            at_once=AT_ONCE, list_url=_list(source, wanted.query_string()))


@page.post("")
@access.signed_in
def begin() -> Response:
    """The file itself where it is soon made, else the page on which it is waited for."""
    picked = urlencode({"selected": ",".join(request.form.getlist("selected"))})
    query = request.form.get("query", "")
    source, wanted = _asked(request.form.get("of"), f"{query}&{picked}" if request.form.get("selected") else query)
    form = request.form.get("format", "")
    if form not in FORMATS:
        raise Refused(_("Pilih salah satu bentuk berkas."))
    with access.reading() as connection:
        counted = source.count(connection, wanted)
    if not counted.rows:
        raise Refused(Sentence("export.empty"))
    if counted.rows <= AT_ONCE:
        making = exporting.made_at_once(access.database(), access.settings(), g.person.id, source, wanted, form,
                                        looks.language())
        with making as out:
            return _sent(out, source, form, datetime.now(UTC))
    with access.writing() as connection:
        new = exporting.order(connection, g.person.id, source, wanted, form, looks.language())
    return redirect(url_for("exports.show", export_id=new), 303)


@page.get("/<uuid:export_id>")
@access.signed_in
def show(export_id: UUID) -> str:
    with access.reading() as connection:
        export = _found(connection, export_id)
        job = jobs.by_id(connection, export.job_id) if export.job_id else None
        source = SOURCES[export.source]
        told = {"export": export, "job": job, "source": source, "list_url": _list(source, export.asked),
                "suffix": FORMATS[export.format].SUFFIX}
        if job and job.unfinished:
            return render_template("exports/progress.html", **told,
                                   waiting=jobs.waits(connection, job))
        return render_template("exports/result.html", **told, until=_until(export), size=_size(export.bytes or 0),
                               held=exporting.held(access.settings(), export) is not None,
                               filters=source.describe(connection, source.parse(export.asked)))


@page.get("/<uuid:export_id>/progress")
@access.signed_in
def progress(export_id: UUID) -> str:
    with access.reading() as connection:
        export = _found(connection, export_id)
        job = jobs.by_id(connection, export.job_id) if export.job_id else None
    return render_template("exports/progress_row.html", export=export, job=job,
                           suffix=FORMATS[export.format].SUFFIX)


@page.post("/<uuid:export_id>/cancel")
@access.signed_in
def cancel(export_id: UUID) -> Response:
    with access.writing() as connection:
        export = _found(connection, export_id)
        if export.job_id:
            jobs.ask_to_cancel(connection, export.job_id)
    return redirect(url_for("exports.show", export_id=export_id), 303)


@page.get("/<uuid:export_id>/file")
@access.signed_in
def file(export_id: UUID) -> Response:
    """The file, to whoever ordered it, while they may still read all that it holds."""
    with access.reading() as connection:
        export = _found(connection, export_id)
    if not export.allowed:
        raise Refused(_("Wewenang Anda berubah sejak berkas ini dibuat, dan sebagian isinya bukan lagi untuk Anda. "
                        "Buat ekspor yang baru."))
    place = exporting.held(access.settings(), export)
    if place is None:
        raise Refused(_("Berkas ini tidak disimpan lagi. Buat ekspor yang baru; saringannya masih tercatat."))
    return _sent(place, SOURCES[export.source], export.format, export.made_at)


def _asked(of: str | None, query: str) -> tuple[Source, object]:
    """Which list, and what of it. Raises NotFound and Refused."""
    source = SOURCES.get(of or "works")
    if source is None or not _may_take(source.name):
        raise NotFound
    try:
        then, fault = past.read(parse_qs(query, max_num_fields=MOST_FIELDS).get("as_of", [""])[-1])
        if fault:  # today's works under the name of another day would be believed
            raise Refused(_("Tanggal ekspor ini tidak terbaca atau belum tiba, jadi tidak ada berkas yang dibuat. "
                            "Tulis seperti 2026-03-03, paling akhir hari ini."))
        if then and source.name != "works":
            raise Refused(_("Daftar ini hanya ada untuk hari ini, bukan untuk %(day)s.", day=then.words))
        return source, source.parse(f"{query}&{then.asked}" if then else query)
    except AreaFaulty as fault:
        raise Refused(Sentence(str(fault))) from fault
    except ValueError as fault:  # more fields than any form of ours sends
        raise Refused from fault


def _may_take(name: str) -> bool:
    return name not in ROLES or g.person.holds(*ROLES[name])


def _found(connection: object, export_id: UUID) -> Export:
    """The export; that of another person and one that does not exist are answered alike."""
    export = exports.by_id(connection, export_id)
    if export is None or not _may_take(export.source):
        raise NotFound
    return export


def _list(source: Source, query: str) -> str | None:
    endpoint, parts = LISTS[source.name]
    wanted = source.parse(query)
    where = address(endpoint, **{name: getattr(wanted, part) for name, part in parts.items()})
    return f"{where}?{query}" if where and 0 < len(query) < LONGEST_LINK else where


def _until(export: Export) -> datetime | None:
    return export.made_at + exporting.KEPT if export.made_at else None


def _size(size: int) -> str:
    """How large a file is, as a person says it."""
    return f"{looks.whole(size / 1000)} kB" if size < 1_000_000 else f"{looks.whole(size / 1_000_000)} MB"


def _hours() -> int:
    return int(exporting.KEPT.total_seconds() // 3600)


def _sent(place: Path, source: Source, form: str, made_at: datetime) -> Response:
    """The file in blocks; it is opened before this ends, so that it may be deleted while it is sent."""
    opened = place.open("rb")

    def blocks() -> Iterator[bytes]:
        with opened:
            while block := opened.read(BLOCK):
                yield block

    answer = Response(blocks(), mimetype=None, content_type=FORMATS[form].MEDIA)
    answer.content_length = os.fstat(opened.fileno()).st_size
    when = made_at.astimezone(ZoneInfo(access.settings().timezone)).strftime("%Y-%m-%d-%H%M")
    mark = "-CONTOH" if looks.demonstration() else ""
    name = {"works": _("kegiatan"), "pairs": _("indikasi"), "anomalies": _("tanda"), "findings": _("temuan"),
            "samples": _("sampel"), "visits": _("kunjungan")}[source.name]
    answer.headers["Content-Disposition"] = (
        f'attachment; filename="pantaudesa{mark}-{name}-{when}{FORMATS[form].SUFFIX}"')
    answer.headers["Cache-Control"] = "private, no-store"
    answer.call_on_close(opened.close)
    return answer
