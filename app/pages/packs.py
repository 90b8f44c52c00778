"""Evidence packs of a pair or a group, as a page and as the inspectorate's working paper in PDF."""

from dataclasses import dataclass
from datetime import UTC, datetime
from uuid import UUID

import segno
from flask import Blueprint, Response, g, redirect, render_template, request, url_for
from flask_babel import gettext as _
from markupsafe import Markup

from app import access
from app.db import Connection
from app.errors import CONSTRAINTS, NotAllowed, NotFound, Refused
from app.frame import blind
from app.packs import group as group_packs
from app.packs import pair as pair_packs
from app.packs import pdf
from app.packs.group import PAIRS_SHOWN, GroupPack
from app.packs.pair import PairPack
from app.queries import pair_details, working_papers
from app.queries.working_papers import HEAD, PARTS, Paper

page = Blueprint("packs", __name__)

WRITES = ("auditor", "admin")
"""Who writes and reviews a working paper, where they audit; the pack itself is for whoever may read its works."""
PER_PAGE = 10
"""Works of a group whose particulars stand on one page."""


@dataclass(frozen=True, slots=True)
class Subject:
    """What a pack is about, as addresses and queries name it: a pair, or a group."""

    pair_id: int | None = None
    group_id: UUID | None = None

    @property
    def named(self) -> dict[str, int | UUID]:
        return {"pair_id": self.pair_id} if self.pair_id is not None else {"group_id": self.group_id}

    def address(self, endpoint: str, **more: object) -> str:
        suffix = "pair" if self.pair_id is not None else "group"
        return url_for(f"packs.{endpoint}_{suffix}", **self.named, **more)


@page.get("/pairs/<int:pair_id>/pack")
@access.signed_in
def show_pair(pair_id: int) -> str:
    return _show(Subject(pair_id=pair_id))


@page.get("/groups/<uuid:group_id>/pack")
@access.signed_in
def show_group(group_id: UUID) -> str:
    return _show(Subject(group_id=group_id))


@page.get("/pairs/<int:pair_id>/paper.pdf")
@access.signed_in
def print_pair(pair_id: int) -> Response:
    return _printed(Subject(pair_id=pair_id), f"kertas-kerja-pasangan-{pair_id}.pdf")


@page.get("/groups/<uuid:group_id>/paper.pdf")
@access.signed_in
def print_group(group_id: UUID) -> Response:
    return _printed(Subject(group_id=group_id), f"kertas-kerja-kelompok-{str(group_id)[:8]}.pdf")


@page.post("/pairs/<int:pair_id>/paper")
@access.roles(*WRITES)
def write_pair(pair_id: int) -> Response:
    return _written(Subject(pair_id=pair_id))


@page.post("/groups/<uuid:group_id>/paper")
@access.roles(*WRITES)
def write_group(group_id: UUID) -> Response:
    return _written(Subject(group_id=group_id))


@page.post("/pairs/<int:pair_id>/paper/reviews")
@access.roles(*WRITES)
def review_pair(pair_id: int) -> Response:
    return _reviewed(Subject(pair_id=pair_id))


@page.post("/groups/<uuid:group_id>/paper/reviews")
@access.roles(*WRITES)
def review_group(group_id: UUID) -> Response:
    return _reviewed(Subject(group_id=group_id))


def _show(subject: Subject) -> str:
    with access.reading() as connection:
        shown = _around(connection, subject)
        first = max(request.args.get("page", 1, type=int), 1) - 1
        template = "packs/pair.html" if subject.pair_id is not None else "packs/group.html"
        return render_template(template, first=first * PER_PAGE, per_page=PER_PAGE, can_print=pdf.available(), **shown)


def _printed(subject: Subject, name: str) -> Response:
    with access.reading() as connection:
        shown = _around(connection, subject)
    try:
        written = pdf.write(render_template("packs/paper.html", **shown))
    except pdf.NotHere:
        raise Refused(_("Berkas PDF belum dapat dibuat di server ini, karena pustaka Pango tidak terpasang. "
                        "Buka halaman berkas bukti, lalu pilih Cetak di peramban: isinya sama.")) from None
    except pdf.Busy:
        raise Refused(_("Beberapa berkas PDF sedang dibuat. Coba lagi sebentar.")) from None
    return Response(written, mimetype="application/pdf", headers={
        "Content-Disposition": f'inline; filename="{name}"', "Cache-Control": "no-store"})


def _written(subject: Subject) -> Response:
    with access.writing() as connection:
        _found(connection, subject)
        _refuse_strangers(connection, subject)
        words = {name: request.form.get(name, "").replace("\r\n", "\n").strip() for name in (*HEAD, *PARTS)}
        latest = working_papers.versions(connection, **subject.named)[:1]
        if not any(words.values()) and not latest:
            raise Refused(_("Isi paling sedikit satu bagian kertas kerja."))
        if not latest or any(getattr(latest[0], name) != value for name, value in words.items()):
            working_papers.write(connection, g.person.id, request.form.get("seen", 0, type=int), words,
                                 **subject.named)
    return redirect(subject.address("show") + "#kertas-kerja")


def _reviewed(subject: Subject) -> Response:
    with access.writing() as connection:
        _found(connection, subject)
        _refuse_strangers(connection, subject)
        latest = working_papers.versions(connection, **subject.named)[:1]
        if not latest or latest[0].id != request.form.get("paper", type=int):
            raise Refused(_("Kertas kerja ini sudah berubah. Muat ulang halaman, baca versi terbaru, lalu reviu."))
        note = request.form.get("note", "").strip() or None
        if not working_papers.review(connection, latest[0].id, g.person.id, note):
            raise Refused(CONSTRAINTS["a working paper is reviewed by another person"])
    return redirect(subject.address("show") + "#kertas-kerja")


def _around(connection: Connection, subject: Subject) -> dict[str, object]:
    """What the page and the paper both show."""
    versions = working_papers.versions(connection, **subject.named)
    where = (access.settings().public_url or request.url_root).rstrip("/") + subject.address("show")
    return {
        "pack": _found(connection, subject), "subject": subject, "versions": versions,
        "paper": versions[0] if versions else None, "pairs_shown": PAIRS_SHOWN,
        "may_write": g.person.holds(*WRITES) and working_papers.may_write(connection, **subject.named),
        "may_review": _may_review(versions), "where": where, "code": _code(where), "now": datetime.now(UTC),
        "parts_of_paper": _parts_of_paper(),
    }


def _parts_of_paper() -> dict[str, tuple[str, str]]:
    """What each part of a working paper is called, and what belongs into it."""
    return {
        "condition": (_("Kondisi"), _("Apa yang ditemukan, dengan angka dan tempatnya.")),
        "criteria": (_("Kriteria"), _("Ketentuan yang menjadi ukuran.")),
        "cause": (_("Sebab"), _("Mengapa keadaan ini terjadi.")),
        "effect": (_("Akibat"), _("Apa akibatnya, bila ada.")),
        "recommendation": (_("Rekomendasi"), _("Apa yang perlu dilakukan, oleh siapa, dan kapan.")),
    }


def _found(connection: Connection, subject: Subject) -> PairPack | GroupPack:
    """The pack; what is hidden and what does not exist are answered alike."""
    if subject.group_id is not None:
        pack = group_packs.assemble(connection, subject.group_id, blind=blind())
    else:
        pair = pair_details.one(connection, subject.pair_id, blind=blind())
        pack = pair and pair_packs.assemble(connection, pair)
    if pack is None:
        raise NotFound
    if any(one.hidden for one in ([pair] if subject.group_id is None else pack.pairs)):
        raise NotAllowed(_("Pasangan ini masih ditelaah buta; berkas buktinya tersedia sesudah hasil telaah."))
    return pack


def _refuse_strangers(connection: Connection, subject: Subject) -> None:
    if not working_papers.may_write(connection, **subject.named):
        raise NotAllowed(_("Kertas kerja ditulis oleh auditor wilayah kegiatan ini."))


def _may_review(versions: list[Paper]) -> bool:
    """Four eyes: whoever wrote any version does not review the last one; one review is enough."""
    return bool(versions) and versions[0].reviewer is None and g.person.id not in {one.person_id for one in versions}


def _code(address: str) -> Markup:
    """The address as a QR code, drawn in line; its text is ours, never a person's."""
    return Markup(segno.make(address, error="m", micro=False).svg_inline(scale=3, border=2, omitsize=False))
