"""Checking a proposal: is something like it there already, what does the like cost, what is planned beside it?

Asking stores nothing: a short question becomes an address that can be shared and gone back to, a long pasted geometry
is answered at once. What somebody wants to print or to rely on they keep, and that is another button (pages/kept.py).
"""

from datetime import UTC, datetime
from urllib.parse import urlencode
from uuid import uuid4

from flask import Blueprint, Response, g, redirect, render_template, request, url_for

from app import access, looks, proposals
from app.db import Connection
from app.drawing import PageMap, draw
from app.jobs import answers
from app.maps.drawn import Figure
from app.pictures import SHOWN, shown_answer
from app.proposals import Asked
from app.queries import blind_samples, check_results
from app.queries.filters import Filter
from geo import coordinates
from geo.schema import CATEGORY, FUNDS

page = Blueprint("check", __name__, url_prefix="/check")

LONGEST_QUERY = 1_500


@page.get("")
@access.signed_in
def form() -> str | tuple[str, int]:
    typed = proposals.typed_in(request.args)
    lon, lat = request.args.get("lon", type=float), request.args.get("lat", type=float)
    if not typed["at"] and lon is not None and lat is not None:
        typed["at"] = coordinates.written(lon, lat)
    return answered(typed, asked="at" in request.args or any(typed.values()))


@page.post("")
@access.signed_in
def ask() -> Response | str | tuple[str, int]:
    typed = proposals.typed_in(request.form)
    sent = request.files.get("shape")
    if sent and sent.filename:
        typed["at"], fault = proposals.read_file(sent)
        if fault:
            return answered(typed, asked=False, faults={"shape": fault})
    typed["at"] = request.form.get("use") or typed["at"]
    query = urlencode({"at": typed["at"]} | {name: value for name, value in typed.items() if value})
    if len(query) <= LONGEST_QUERY:
        return redirect(f"{url_for('check.form')}?{query}", 303)
    return answered(typed, asked=True)


@page.post("/keep")
@access.signed_in
def keep() -> Response | str | tuple[str, int]:
    """Ask once more and keep the answer under a number: what is printed is what was true when it was kept."""
    typed = proposals.typed_in(request.form)
    once = looks.uuid_of(request.form.get("once")) or uuid4()
    with access.writing() as connection:
        read = proposals.read(connection, typed)
        if read.proposal is not None:
            number = answers.keep(connection, g.person, once, read.proposal)
            return redirect(url_for("kept.show", number=number), 303)
    return answered(typed, asked=True)


def answered(typed: dict[str, str], asked: bool, faults: dict[str, str] | None = None) -> str | tuple[str, int]:
    """The form, with what was found when something was asked: pressing the button on an empty form asks too."""
    with access.reading() as connection:
        read = proposals.read(connection, typed) if asked else Asked(typed)
        read.faults |= faults or {}
        answer = None
        if read.proposal:
            content = answers.answer(connection, read.proposal).content
            answer = shown_answer(read.proposal, content, check_results.own_regions(connection),
                                  blind=blind_samples.among(connection, answers.works_of(content)))
        drawn = _map(connection, read, answer)
        kept = [] if asked or faults else check_results.latest_of(connection, g.person.id, 5)
    page_ = render_template(
        "check/form.html", typed=typed, asked=read, answer=answer, drawn=drawn, kept=kept, once=uuid4(),
        at=datetime.now(UTC), funds=[(code, looks.sentence(f"fund.{code}")) for code in FUNDS],
        categories=[(code, looks.sentence(f"category.{code}")) for code in CATEGORY])
    return (page_, 422) if read.faults else page_


def _map(connection: Connection, asked: Asked, answer: dict | None) -> PageMap:
    """All works; with an answer also the proposal and what resembles it."""
    if not asked.proposal:
        return draw(connection, "check", Filter())
    figures = [Figure(one["shape"], "work", work=one["project"], accuracy_m=one["accuracy_m"])
               for one in answer["alike"][:SHOWN] if one["shape"] is not None]
    return draw(connection, "check", Filter(), figures=[*figures, Figure(asked.proposal.geometry, "proposal",
                                                                         accuracy_m=asked.proposal.accuracy_m)])
