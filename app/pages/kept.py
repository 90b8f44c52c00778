"""A kept check under its number: as it was, on paper too, asked again, and registered as a proposal."""

from datetime import UTC, datetime
from uuid import uuid4

import segno
from flask import Blueprint, Response, g, redirect, render_template, request, url_for
from flask_babel import gettext as _

from app import access, looks
from app.db import Connection
from app.errors import NotFound, Refused
from app.jobs import answers, registering
from app.pictures import proposal_picture, shown_answer
from app.queries import blind_samples, check_lists, check_results, project_details, regions
from app.queries.check_results import Result

page = Blueprint("kept", __name__, url_prefix="/check")


@page.get("/<number>")
@access.signed_in
def show(number: str) -> str:
    with access.reading() as connection:
        return _page(connection, _found(connection, number))


@page.get("/<number>/again")
@access.signed_in
def again(number: str) -> str:
    """The same question asked now, beside what was answered then; nothing is kept."""
    with access.reading() as connection:
        return _page(connection, _found(connection, number), now=True)


@page.post("/<number>/again")
@access.signed_in
def keep_again(number: str) -> Response:
    """Keep today's answer to the same question under a number of its own; the first stays as it was."""
    with access.writing() as connection:
        result = _found(connection, number)
        once = looks.uuid_of(request.form.get("once")) or uuid4()
        new = answers.keep(connection, g.person, once, answers.proposal_of(result.question),
                           result.answer.get("problems") or ())
    return redirect(url_for("kept.show", number=new), 303)


@page.post("/<number>/register")
@access.roles(*access.SENDS)
def register(number: str) -> Response:
    name = request.form.get("name", "").replace("\0", "").strip()
    with access.writing() as connection:
        result = _found(connection, number)
        if len(name) > 1000:
            raise Refused(_("Nama kegiatan paling panjang 1.000 huruf."))
        project_id, _matched = registering.register(connection, g.person.id, result.id, name)
    return redirect(url_for("projects.show", project_id=project_id), 303)


def _found(connection: Connection, number: str) -> Result:
    """The check, if it is there and for this person: both answered alike."""
    if (result := check_results.by_number(connection, number)) is None:
        raise NotFound
    return result


def _page(connection: Connection, result: Result, now: bool = False) -> str:
    proposal = answers.proposal_of(result.question)
    own = check_results.own_regions(connection)
    came_from = check_lists.by_id(connection, result.list_id) if result.list_id else None
    own_work = [result.project_id] if result.project_id else []
    became = check_results.registered(connection, result.list_id)
    blind = blind_samples.among(connection, [*answers.works_of(result.answer, became), *own_work])
    then = shown_answer(proposal, result.answer, own, came_from is not None, blind, became)
    today = None
    if now:
        fresh = answers.answer(connection, proposal)
        told = fresh.content | {"problems": result.answer.get("problems") or []}
        today = shown_answer(proposal, told, own, blind=blind | blind_samples.among(
            connection, [*answers.works_of(fresh.content), *own_work]))
    work = project_details.by_id(connection, result.project_id) if result.project_id else None
    address = _address(result.number)
    return render_template(
        "check/kept.html", result=result, proposal=proposal, answer=today or then, then=then, now=today is not None,
        changes=answers.changes(then, today) if today else None, at=datetime.now(UTC) if today else result.checked_at,
        picture=proposal_picture(proposal, then), work=work, once=uuid4(), address=address,
        code=segno.make(address, error="m", micro=False).svg_data_uri(scale=4, border=2),
        region=regions.by_id(connection, result.region_id),
        came_from=came_from, may_register=result.project_id is None and g.person.holds(*access.SENDS)
        and registering.may_register(connection, result))


def _address(number: str) -> str:
    """What the printed code opens: the address that people type, else the one this page was asked at."""
    public = access.settings().public_url
    path = url_for("kept.show", number=number)
    return f"{public.rstrip('/')}{path}" if public else request.url_root.rstrip("/") + path
