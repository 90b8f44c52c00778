"""The record of changes, for those who look after the whole installation or look into it: what was done by whom, and
how far it is sealed."""

import re
from datetime import UTC, datetime
from typing import NamedTuple
from uuid import UUID

import segno
from flask import Blueprint, g, render_template, request
from flask_babel import gettext
from flask_babel import lazy_gettext as _

from app import access
from app.errors import NotAllowed
from app.queries import audit
from app.queries.audit import Recorded

page = Blueprint("record", __name__, url_prefix="/record")

SHOWN = 50
TABLES = {
    "answer": _("tanggapan desa"), "answer_photo": _("foto tanggapan"), "blind_sample": _("telaah buta"),
    "check_list": _("daftar usulan"), "check_result": _("hasil cek usulan"), "column_mapping": _("arti kolom"),
    "crowd": _("titik bersama"), "device_token": _("telepon"), "export": _("ekspor"), "finding": _("temuan"),
    "finding_event": _("perkembangan temuan"),
    "finding_project": _("kegiatan sebuah temuan"), "installation": _("instalasi"), "job": _("pekerjaan panjang"),
    "merging": _("penggabungan data"), "model": _("bobot"), "model_draft": _("rancangan bobot"), "pair": _("pasangan"),
    "pair_later": _("pasangan yang ditunda"), "person": _("orang"), "person_grant": _("peran"),
    "project": _("kegiatan"),
    "project_fact": _("versi kegiatan"), "region": _("wilayah"), "sample": _("sampel"),
    "sample_work": _("kegiatan dalam sampel"), "session": _("sesi"), "sign_in_attempt": _("percobaan masuk"),
    "sent_form": _("formulir yang dikirim"), "sign_in_link": _("tautan masuk"), "site": _("lokasi"),
    "upload": _("unggahan"),
    "upload_correction": _("pembetulan unggahan"), "upload_correction_row": _("baris yang dibetulkan"),
    "upload_row": _("baris unggahan"), "verdict": _("hasil telaah"), "working_paper": _("kertas kerja"),
    "working_paper_review": _("reviu kertas kerja"),
}
"""What is on the record, in words."""
CHANGES = {"insert": _("menambah"), "update": _("mengubah"), "delete": _("menghapus"), "truncate": _("mengosongkan"),
           "reading": _("membaca")}


class Line(NamedTuple):
    """One record as it is shown."""

    seq: int
    at: datetime
    who: object
    request: str | None
    change: object
    what: object
    about: str
    key: str
    content: dict[str, str] | None


@page.get("")
@access.roles(*access.READS_RECORD)
def show() -> str:
    if not g.person.reads_record:
        raise NotAllowed(_("Rekaman perubahan dibaca oleh pengelola dan auditor seluruh instalasi."))
    table = request.args.get("table") if request.args.get("table") in TABLES else None
    before = request.args.get("before", type=int)
    whose = _person(request.args.get("person", ""))
    with access.reading() as connection:
        sealed = audit.sealed_to(connection)
        found = audit.recorded(connection, table, whose, before, SHOWN + 1)
    lines = [_line(one) for one in found[:SHOWN]]
    return render_template(
        "record/show.html", lines=lines, more=lines[-1].seq if len(found) > SHOWN else None, tables=TABLES, table=table,
        whose=whose, sealed=sealed, sealed_at=_moment(sealed.sealed_at_us) if sealed else None,
        code=segno.make(f"PantauDesa {sealed.number} {sealed.head.hex()}", error="m", micro=False).svg_data_uri(
            scale=3, border=2) if sealed else None)


def _line(one: Recorded) -> Line:
    return Line(one.seq, _moment(one.at_us), one.full_name or _nobody(one), one.request, CHANGES[one.change],
                TABLES.get(one.table_name, one.table_name), one.about or _short(one.key), one.key, one.content)


def _nobody(one: Recorded) -> object:
    """Who it was where no person asked: somebody at the door, the office's machine, or somebody at the database."""
    if not one.login.endswith("_web"):
        return gettext("Operator mesin (%(login)s)", login=one.login)
    asked = re.match(r"[0-9a-f]{16} ", one.request or "")  # by a browser, see app/access.py
    return _("Seseorang yang belum masuk") if asked else _("Sistem")


def _short(key: str) -> str:
    """The beginning of a key that nobody reads: of a long number, of the token of an old session."""
    return re.sub(r"\\x([0-9a-f]{8})[0-9a-f]{24,}|([0-9a-f]{8})-[0-9a-f-]{27}", r"\1\2", key)


def _moment(microseconds: int) -> datetime:
    return datetime.fromtimestamp(microseconds / 1e6, UTC)


def _person(text: str) -> UUID | None:
    try:
        return UUID(text)
    except ValueError:
        return None
