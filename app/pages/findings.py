"""The register of findings: written by auditors, answered by their villages, closed by a second auditor."""

from datetime import UTC, date, datetime, timedelta
from decimal import Decimal

from flask import Blueprint, Response, g, redirect, render_template, request, url_for
from flask_babel import gettext as _

from app import access, sent_once
from app.db import Connection
from app.errors import CONSTRAINTS, NotAllowed, NotFound, Refused
from app.queries import findings
from app.queries.findings import DUE_DAYS, EVENTS, STATES, Finding
from geo import money

page = Blueprint("findings", __name__, url_prefix="/inspection/findings")

READS = ("auditor", *access.ANSWERS)
PARTS = ("title", "condition", "criteria", "cause", "effect", "recommendation", "responsible")


@page.get("")
@access.roles(*READS)
def show_list() -> str:
    state = request.args.get("state") if request.args.get("state") in STATES else None
    with access.reading() as connection:
        return render_template("findings/list.html", rows=findings.listed(connection, state), state=state,
                               states=STATES, writes=g.person.holds("auditor"))


@page.get("/new")
@access.roles("auditor")
def form() -> str:
    with access.reading() as connection:
        works = findings.about(connection, _numbers(), _pair())
    return render_template("findings/form.html", works=works, pair=_pair(), due=_today() + timedelta(DUE_DAYS))


@page.post("")
@access.roles("auditor")
def write() -> Response:
    facts = {name: request.form.get(name, "").strip() for name in PARTS}
    facts |= {"amount": _amount(request.form.get("amount", "")), "due_on": _due(request.form.get("due_on", "")),
              "pair_id": _pair()}
    with sent_once.writing() as (connection, once):
        works = findings.about(connection, _numbers(), _pair())
        if not works:
            raise Refused(_("Temuan harus menyebut kegiatan di wilayah Anda. Tulis nomornya."))
        there = once.keep(url_for("findings.show", finding_id=findings.write(connection, g.person.id, facts, works)))
    return redirect(there)


@page.get("/<int:finding_id>")
@access.roles(*READS)
def show(finding_id: int) -> str:
    with access.reading() as connection:
        finding = _found(connection, finding_id)
        return render_template("findings/show.html", finding=finding, works=findings.works(connection, finding_id),
                               events=findings.events(connection, finding_id), may=_may(finding))


@page.post("/<int:finding_id>/events")
@access.roles(*READS)
def add(finding_id: int) -> Response:
    kind, text = request.form.get("kind", ""), request.form.get("text", "").strip()
    if kind not in EVENTS:
        raise Refused(_("Pilih apa yang Anda catat."))
    with sent_once.writing() as (connection, once):
        finding = _found(connection, finding_id)
        if kind in ("closed", "reopened") and not finding.may_audit:
            raise NotAllowed
        if kind == "answered" and not finding.may_answer:
            raise NotAllowed(_("Tanggapan diberikan oleh desa yang kegiatannya disebut di sini."))
        if not findings.add(connection, finding_id, g.person.id, kind, text):
            raise Refused(CONSTRAINTS["a finding is closed by another person"]) if kind == "closed" else NotAllowed
        there = once.keep(url_for("findings.show", finding_id=finding_id) + "#riwayat")
    return redirect(there)


def _found(connection: Connection, finding_id: int) -> Finding:
    found = findings.by_id(connection, finding_id) if finding_id < 2**63 else None
    if found is None:
        raise NotFound
    return found


def _may(finding: Finding) -> list[str]:
    """What the person may record now, as the trigger of migrations/0011 will judge it."""
    steps = {"open": ("answered", "followed_up"), "answered": ("answered", "followed_up"),
             "followed_up": ("answered", "followed_up", "closed", "reopened"), "closed": ("reopened",)}[finding.state]
    allowed = {"answered": finding.may_answer, "followed_up": finding.may_answer or finding.may_audit,
               "closed": finding.may_audit and finding.written_by != g.person.id, "reopened": finding.may_audit}
    return [step for step in steps if allowed[step]]


def _numbers() -> list[int]:
    given = request.values.getlist("work")
    words = " ".join(given).replace(",", " ").replace("#", " ").split()
    return sorted({int(word) for word in words if word.isascii() and word.isdigit() and len(word) < 19})[:50]


def _pair() -> int | None:
    found = request.values.get("pair", type=int)
    return found if found and 0 < found < 2**63 else None


def _amount(text: str) -> Decimal | None:
    if not text.strip():
        return None
    [reading] = money.read_money([text], access.settings().currency)
    if reading.value is None:
        raise Refused(_("Nilai tidak terbaca. Tulis dalam rupiah, misalnya 12.500.000."))
    return reading.value


def _due(text: str) -> date:
    try:
        due = date.fromisoformat(text) if text else _today() + timedelta(DUE_DAYS)
    except ValueError:
        raise Refused(_("Tanggal tidak terbaca.")) from None
    if not 2000 <= due.year <= 2100:
        raise Refused(_("Tanggal tidak terbaca."))
    return due


def _today() -> date:
    return datetime.now(UTC).date()
