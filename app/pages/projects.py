"""Works: the list with the map's filters, and one work in full."""

from uuid import UUID

import shapely
from flask import Blueprint, Response, g, redirect, render_template, request, url_for
from flask_babel import gettext as _

from app import access, looks, past
from app.access import Person
from app.db import Connection
from app.errors import NotFound
from app.frame import address
from app.frame import blind as by_choice
from app.maps import svg
from app.maps.drawn import Figure
from app.packs.history import deeds, held
from app.past import Past
from app.queries import (
    anomalies,
    filters,
    findings,
    matching,
    mergings,
    names,
    past_maps,
    project_details,
    project_list,
    project_past,
)
from app.queries.filters import Filter
from app.queries.maps import PAGE
from app.queries.past_maps import Then
from app.queries.project_details import Project, SiteRow
from app.queries.project_list import ORDERS, Place

page = Blueprint("projects", __name__, url_prefix="/projects")


@page.get("")
@access.signed_in
def show_list() -> str:
    wanted = Filter.parse(request.query_string.decode("utf-8", "replace"))
    order = request.args.get("order") if request.args.get("order") in ORDERS else ORDERS[0]
    after = Place.parse(request.args.get("after"))
    then, fault = past.read(request.args.get("as_of"))
    if then:
        return _list_as_it_stood(wanted.without("suspected"), then)
    with access.reading() as connection:
        named = names.named(connection, wanted)
        shown, onward = project_list.rows(connection, wanted, order, after, named=named)
        return render_template(
            "projects/list.html", rows=shown, onward=onward, first=after is None, order=order, wanted=wanted,
            totals=project_list.totals(connection, wanted, named), most_named=names.MOST,
            choices=filters.choices(connection, wanted), map_url=address("map.show"),
            upload_url=_upload_url(g.person), most_bare=matching.MOST_BARE, past_fault=fault, today=past.today())


def _list_as_it_stood(wanted: Filter, then: Past) -> str:
    """The works of a day, by what was recorded by its end."""
    offset, works = max(request.args.get("offset", 0, type=int), 0), Then(then.end)
    with access.reading() as connection:
        totals, first = works.total(connection, wanted), past_maps.first_recorded(connection)
        return render_template(
            "projects/list_past.html", rows=works.listed(connection, wanted, offset=min(offset, totals.works)),
            totals=totals, wanted=wanted, past=then, offset=offset, page=PAGE, today=past.today(),
            first=first and past.local_day(first), choices=filters.choices(connection, wanted),
            map_url=address("map.show"))


@page.get("/<uuid:project_id>")
@access.signed_in
def show(project_id: UUID) -> str | Response:
    then, fault = past.read(request.args.get("as_of"))
    blind = by_choice()
    with access.reading(by_key=True) as connection:
        project = project_details.by_id(connection, project_id)
        if project is None:
            raise NotFound
        if then and project_past.stood_alone(connection, project_id, then.end):
            return _as_it_stood(connection, project, then)
        if (onward := mergings.stands_for(connection, project_id)) != project_id:
            return redirect(url_for("projects.show", project_id=onward, came_from=project.number,
                                    as_of=then.code if then else None, blind=1 if blind else None))
        places = project_details.sites(connection, project_id)
        told = deeds(project_details.versions(connection, project_id), places)
        first = told[-1].day if told else past.local_day(project.entered_at)
        return render_template(
            "projects/show.html", project=project, places=[one for one in places if one.superseded_at is None],
            former=[one for one in places if one.superseded_at is not None], picture=_picture(project, places),
            inside=_inside(project, places), deeds=told, first=first, today=past.today(), past_fault=fault,
            indications=project_details.indications(connection, project_id, blind=blind), blind=blind,
            hidden=matching.hidden_pairs(connection, project_id), signals=anomalies.of_project(connection, project_id),
            findings=findings.of_project(connection, project_id), middle=middle,
            came_from=request.args.get("came_from", type=int), parts=[
                (one, deeds(project_details.versions(connection, one.gone_project),
                            project_details.sites(connection, one.gone_project), whole=True))
                for one in mergings.of_project(connection, project_id)],
            may_send=g.person.holds(*access.SENDS) and project.own, point_url=address("sites.form"),
            check_url=address("check.form"), map_url=address("map.show"))


def _as_it_stood(connection: Connection, project: Project, then: Past) -> str:
    """The work with what was recorded by the end of a day; what has changed or gone since says so."""
    sites = project_details.sites(connection, project.id)
    places = [one for one in sites if one.stood(then.end)]
    told = deeds(project_details.versions(connection, project.id), sites)
    was = project_past.by_id(connection, project.id, then.end)
    onward = mergings.stands_for(connection, project.id)
    return render_template(
        "projects/past.html", project=project, then=was, past=then, held=held(was, project) if was else [],
        places=places, picture=_picture(project, [one._replace(superseded_at=None) for one in places]), deeds=told,
        first=told[-1].day, today=past.today(), middle=middle, onward=onward if onward != project.id else None)


def _upload_url(person: Person) -> str | None:
    return address("uploads.start") if person.holds(*access.SENDS) else None


def _picture(project: Project, places: list[SiteRow]) -> str | None:
    """The small map: where it stands now, and faintly where it was said to stand before."""
    now = [Figure(one.geometry, "proposal", accuracy_m=one.accuracy_m)
           for one in places if one.superseded_at is None]
    before = [Figure(one.geometry, "before") for one in places if one.superseded_at is not None]
    if not now and not before:
        return None
    return svg.draw(before + now, title=_("Letak kegiatan %(name)s", name=project.name), width=400, height=300,
                    language=looks.language(),
                    note=_("DATA CONTOH, bukan kegiatan nyata") if looks.demonstration() else None)


def _inside(project: Project, places: list[SiteRow]) -> str:
    """Whether it stands in the village it belongs to, as far as the borders can tell."""
    current = [one for one in places if one.superseded_at is None]
    if not current:
        return ""
    if project.village is None:
        return _("Desa penanggung jawab tidak diketahui.")
    if project.approximate:
        return _("Di dalam desa? Tidak dapat dipastikan: batas desa di sini masih perkiraan.")
    known = [one for one in current if one.outside_m is not None]
    if not known:
        return _("Di dalam desa? Tidak dapat dipastikan.")
    farthest = max(known, key=lambda one: one.outside_m)
    if farthest.outside_m <= (farthest.accuracy_m or 0):
        return _("Berada di dalam Desa %(village)s.", village=project.village)
    return _("Berada %(metres)s di luar batas Desa %(village)s.", metres=looks.metres(farthest.outside_m),
             village=project.village)


def middle(place: SiteRow) -> tuple[float, float]:
    """A lon, lat on the place, to be read out."""
    point = place.geometry if place.geometry.geom_type == "Point" else shapely.point_on_surface(place.geometry)
    return point.x, point.y
