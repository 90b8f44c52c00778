"""Samples for an inspection: drawn from a seed, kept with their frame, and drawn again by whoever doubts them."""

import secrets
from decimal import Decimal

from flask import Blueprint, Response, g, redirect, render_template, request, url_for
from flask_babel import gettext as _

from app import access, sent_once
from app.access import JUDGES
from app.db import Connection
from app.errors import NotAllowed, NotFound, Refused
from app.queries import inspection, regions, samples
from app.queries.filters import Filter
from geo import sampling
from geo.sampling import Drawn, Framed

page = Blueprint("samples", __name__, url_prefix="/inspection/samples")

MOST_DRAWN = 1_000


@page.get("")
@access.roles(*JUDGES)
def show_list() -> str:
    wanted = _wanted(request.query_string.decode("utf-8", "replace"))
    with access.reading() as connection:
        return render_template(
            "samples/list.html", wanted=wanted, rows=samples.latest(connection), seed=secrets.token_hex(4),
            choices=inspection.choices(connection, wanted), methods=samples.METHODS, strata=samples.STRATA)


@page.post("")
@access.roles(*JUDGES)
def draw() -> Response:
    wanted = _wanted(request.form.get("filter", ""))
    seed, purpose = request.form.get("seed", "").strip(), request.form.get("purpose", "").strip()
    size = request.form.get("size", type=int)
    method, strata_of = request.form.get("method", ""), request.form.get("strata", "")
    if not 1 <= len(seed) <= 80:
        raise Refused(_("Tulis benih 1 sampai 80 huruf, misalnya nomor surat tugas: dengan benih yang sama orang lain "
                        "mendapat sampel yang sama."))
    if size is None or not 1 <= size <= MOST_DRAWN:
        raise Refused(_("Jumlah sampel harus antara 1 dan 1.000."))
    if method not in samples.METHODS or strata_of not in samples.STRATA or len(purpose) > 400:
        raise Refused(_("Pilih cara menarik dan pembagian strata."))
    with sent_once.writing() as (connection, once):
        framed = samples.frame(connection, wanted, strata_of)
        _refuse_frame(framed, size)
        drawn = sampling.draw(framed, seed, size, by_money=method == "money")
        if not drawn:
            raise Refused(_("Tidak satu pun kegiatan di kerangka ini mempunyai nilai. Tariklah menurut jumlah."))
        lines = sampling.frame_lines(framed)
        facts = {"purpose": purpose, "seed": seed, "method": method, "strata_of": strata_of,
                 "filter": wanted.query_string(), "size": len(drawn), "works": len(framed),
                 "money": _money(framed), "frame_sum": sampling.frame_sum(lines), "strata": _strata(framed, drawn)}
        new = samples.store(connection, g.person.id, _region(connection, wanted), facts, lines, drawn)
        if new is None:
            raise NotAllowed
        there = once.keep(url_for("samples.show", sample_id=new))
    return redirect(there)


@page.get("/<int:sample_id>")
@access.roles(*JUDGES)
def show(sample_id: int) -> str:
    with access.reading() as connection:
        sample = samples.by_id(connection, _possible(sample_id))
        if sample is None:
            raise NotFound
        return render_template("samples/show.html", sample=sample, works=samples.works(connection, sample_id),
                               address=url_for("samples.show", sample_id=sample_id, _external=True))


@page.get("/<int:sample_id>/frame.csv")
@access.roles(*JUDGES)
def frame(sample_id: int) -> Response:
    """The frame without a heading: the sum on the paper is that of this file."""
    with access.reading() as connection:
        lines = samples.frame_of(connection, _possible(sample_id))
    if lines is None:
        raise NotFound
    answer = Response(lines, mimetype="text/csv")
    answer.headers["Content-Disposition"] = f'attachment; filename="frame-{sample_id}.csv"'
    return answer


def _possible(sample_id: int) -> int:
    if sample_id >= 2**63:
        raise NotFound
    return sample_id


def _wanted(query_string: str) -> Filter:
    return Filter.parse(query_string).without("q", "stage", "suspected")


def _refuse_frame(framed: list[Framed], size: int) -> None:
    if len(framed) > samples.MOST_FRAMED:
        raise Refused(_("Kerangka ini memuat lebih dari 200.000 kegiatan. Pilih kecamatan atau tahun."))
    if not framed:
        raise Refused(_("Tidak ada kegiatan di kerangka ini. Lepaskan salah satu saringan."))
    if size > len(framed):
        raise Refused(_("Kerangka ini hanya memuat %(n)s kegiatan; mintalah paling banyak sejumlah itu.",
                        n=len(framed)))


def _region(connection: Connection, wanted: Filter) -> int:
    """The region a sample belongs to: the chosen one, else where the person inspects."""
    chosen = regions.by_code(connection, wanted.village or wanted.district) if (
        wanted.village or wanted.district) else None
    return chosen.id if chosen else g.person.region_for(*JUDGES).region_id


def _money(works: list[Framed]) -> Decimal:
    return sum((work.amount for work in works if work.amount is not None), Decimal(0))


def _strata(framed: list[Framed], drawn: list[Drawn]) -> list[dict]:
    members: dict[str, list[Framed]] = {}
    for work in framed:
        members.setdefault(work.stratum, []).append(work)
    taken = [one.work.stratum for one in drawn]
    return [{"name": name, "works": len(members[name]), "money": str(_money(members[name])),
             "taken": taken.count(name)} for name in sorted(members)]


def stratum_words(name: str, strata_of: str) -> list[tuple[str, str]]:
    """(subject, code) of each part of a stratum's name, for the template to word."""
    subjects = {"fund": ("fund", "category", "size"), "village": ("village",)}.get(strata_of, ("all",))
    return list(zip(subjects, name.split(" / "), strict=False))


page.app_template_global("stratum_words")(stratum_words)
