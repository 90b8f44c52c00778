"""Pemeriksaan: where an inspector begins, the lists of signals, and the villages ranked with their reasons."""

import math
from uuid import UUID

from flask import Blueprint, Response, abort, flash, redirect, render_template, request, url_for
from flask_babel import gettext as _
from markupsafe import Markup
from procrastinate.exceptions import AlreadyEnqueued

from app import access, looks
from app.db import Connection
from app.jobs import ask_for_anomalies
from app.maps import svg
from app.maps.drawn import Figure
from app.queries import anomalies, inspection, matching, offsets, samples, village_risks
from app.queries.filters import Filter
from app.queries.village_risks import WEIGHTS, VillageRisk

page = Blueprint("inspection", __name__, url_prefix="/inspection")

HIDDEN = ("suspected", "stage", "q")
"""Chips that these lists do without."""
MOST_VILLAGES, MOST_DRAWN = 30, 250
RAMP = ("#f2e8c9", "#e8c873", "#d99a2b", "#b86e00", "#7a4400")
"""From the lowest to the highest sum; the number beside it says the same."""


@page.get("")
@access.roles(*access.JUDGES)
def show() -> str:
    wanted = _wanted()
    with access.reading() as connection:
        run = anomalies.last_run(connection)
        return render_template(
            "inspection/show.html", wanted=wanted, run=run, choices=inspection.choices(connection, wanted),
            counts=anomalies.counts(connection, wanted), kinds=anomalies.KINDS, unmeasured=anomalies.UNMEASURED,
            villages=_ranked(connection, run, wanted)[:5], drawn=samples.latest(connection, limit=5))


@page.get("/anomalies/<kind>")
@access.roles(*access.JUDGES)
def list_anomalies(kind: str) -> str:
    if kind not in (*anomalies.KINDS, *anomalies.UNMEASURED):
        abort(404)
    wanted, after = _wanted(), _cursor(request.args.get("after", ""))
    with access.reading() as connection:
        rows, onward = anomalies.rows(connection, kind, wanted, after) if kind in anomalies.KINDS else ([], None)
        return render_template(
            "inspection/anomalies.html", wanted=wanted, kind=kind, kinds=anomalies.KINDS,
            unmeasured=anomalies.UNMEASURED, rows=rows,
            onward=f"{onward[0]!r}_{onward[1]}" if onward else None, first=after is None,
            run=anomalies.last_run(connection), choices=inspection.choices(connection, wanted),
            counts=anomalies.counts(connection, wanted))


@page.get("/villages")
@access.roles(*access.JUDGES)
def rank_villages() -> str:
    wanted = _wanted()
    with access.reading() as connection:
        run = anomalies.last_run(connection)
        ranked = _ranked(connection, run, wanted)
        shown = ranked[:MOST_VILLAGES]
        return render_template(
            "inspection/villages.html", wanted=wanted, run=run, villages=shown, total=len(ranked), weights=WEIGHTS,
            choices=inspection.choices(connection, wanted), prior=village_risks.PRIOR_WORKS,
            most=village_risks.MOST_TIMES, most_bare=matching.MOST_BARE, ramp=RAMP, link=_list_of,
            picture=_picture(connection, ranked[:MOST_DRAWN]))


@page.get("/offsets")
@access.roles(*access.JUDGES)
def list_offsets() -> str:
    wanted = _wanted()
    with access.reading() as connection:
        rows, sums = offsets.listed(connection, wanted)
        return render_template(
            "inspection/offsets.html", wanted=wanted, rows=rows, sums=sums,
            choices=inspection.choices(connection, wanted))


@page.post("/anomalies")
@access.roles(*access.JUDGES)
def refresh() -> Response:
    """Ask for a new counting; a second request while one waits changes nothing."""
    try:
        with access.writing() as connection:
            ask_for_anomalies(connection)
    except AlreadyEnqueued:
        pass
    flash(_("Penghitungan ulang sudah diminta. Muat ulang halaman ini sebentar lagi."), "done")
    return redirect(url_for("inspection.show"))


def _wanted() -> Filter:
    return Filter.parse(request.query_string.decode("utf-8", "replace")).without(*HIDDEN)


def _ranked(connection: Connection, run: anomalies.Run | None, wanted: Filter) -> list[VillageRisk]:
    return village_risks.ranked(connection, run, wanted.village or wanted.district) if run else []


def _picture(connection: Connection, villages: list[VillageRisk]) -> Markup | None:
    """The ranked villages, darker with their sum."""
    found = inspection.shapes(connection, [one.code for one in villages])
    highest = max((one.score for one in villages), default=0) or 1
    figures = [Figure(found[one.code][0], "region", one.code, colour=RAMP[_step(one.score / highest)])
               for one in villages if one.code in found]
    if not figures:
        return None
    return svg.draw(figures, title=_("Peta desa menurut jumlah alasan"), width=360, height=300,
                    approximate=any(approximate for _shape, approximate in found.values()),
                    borders=[shape for shape, _approximate in found.values()], language=looks.language(),
                    note=_("DATA CONTOH, bukan kegiatan nyata") if looks.demonstration() else None)


def _step(share: float) -> int:
    return min(int(share * len(RAMP)), len(RAMP) - 1)


def _list_of(part: str, code: str) -> str:
    """The list on which a part of a village's sum rests."""
    match part:
        case "indicated_money":
            return url_for("pairs.queue", village=code)
        case "confirmed":
            return url_for("pairs.queue", state="judged", village=code)
        case "pointless":
            return url_for("projects.show_list", village=code, pointless=1)
        case "unvisited":
            return url_for("projects.show_list", village=code, stage=["done", "running"])
    return url_for("inspection.list_anomalies", kind=part, village=code)


def _cursor(text: str) -> tuple[float, UUID] | None:
    """(measure, id) of the last row seen; an address that was tampered with starts at the beginning."""
    measure, _line, project = text.partition("_")
    try:
        found = float(measure), UUID(project)
    except ValueError:
        return None
    return found if math.isfinite(found[0]) else None
