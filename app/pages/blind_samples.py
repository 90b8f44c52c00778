"""Samples for blind review: an administrator demands that some pairs be judged without the machine's opinion."""

from flask import Blueprint, Response, g, redirect, render_template, request, url_for
from flask_babel import gettext as _

from app import access
from app.errors import NotFound, Refused
from app.queries import blind_samples

page = Blueprint("blind_samples", __name__, url_prefix="/pairs/samples")

LONGEST_REASON = 1000


@page.get("")
@access.roles("admin")
def show_list() -> str:
    with access.reading() as connection:
        return render_template("blind_samples/list.html", samples=blind_samples.all_of(connection),
                               regions=blind_samples.regions(connection))


@page.post("")
@access.roles("admin")
def demand() -> Response:
    percent = request.form.get("percent", type=int)
    if percent is None or not 1 <= percent <= 100:
        raise Refused(_("Bagian sampel harus bilangan bulat antara 1 dan 100 persen."))
    reason = request.form.get("reason", "").strip()
    if not reason:
        raise Refused(_("Tulis alasan sampel ini: penelaah dan pemeriksa akan menanyakannya."))
    if len(reason) > LONGEST_REASON:
        raise Refused(_("Alasan paling panjang 1.000 huruf."))
    with access.writing() as connection:
        if not blind_samples.demand(connection, request.form.get("region", ""), 10 * percent, reason, g.person.id):
            raise NotFound
    return redirect(url_for("blind_samples.show_list"))


@page.post("/<int:sample_id>/end")
@access.roles("admin")
def end(sample_id: int) -> Response:
    with access.writing() as connection:
        if sample_id >= 2**63 or not blind_samples.end(connection, sample_id):
            raise NotFound
    return redirect(url_for("blind_samples.show_list"))
