"""The first page: what must I do now, what changed while I was away, and how do things stand?"""

from collections.abc import Sequence
from decimal import Decimal

from flask import Blueprint, g, render_template
from flask_babel import gettext as _
from markupsafe import Markup

from app import access, looks
from app.access import Person
from app.cards import cards, village_role
from app.db import Connection
from app.frame import address
from app.maps import charts, overview
from app.maps.charts import Chart, Layer
from app.queries import findings, home, home_village, pairs, uploads
from app.queries.home import MOST, Indications, Standing
from geo.kinds import KINDS

page = Blueprint("home", __name__)

MOST_LISTED = 20_000
"""Lists of single works are for as many works of the regions at most."""
STAGE_ORDER = ("done", "running", "planned", "proposed", None)
"""From the foot of a column upwards; what is cancelled costs nothing."""


@page.get("/")
@access.signed_in
def show() -> str:
    with access.reading(by_key=True) as connection:
        state = home.state(connection)
        found = home.indications(connection) if state.works else []
        dots = home.dots(connection, state.works) if state.works else None
        role = village_role(g.person)
        top = pairs.top(connection, 5) if state.works else []
        return render_template(
            "home/show.html", state=state, cards=cards(connection, g.person, state, found) if state.works else [],
            changed=_changed(connection), steps=_steps(g.person, top), top=top,
            begin=_begin(connection, g.person) if not state.works else [],
            charts=_charts(connection, role, found) if state.works else [], role=role,
            **_of_village(connection, role, state),
            villages=_villages(connection) if state.without_point else [],
            picture=_picture(dots) if dots else None, approximate=bool(dots and dots.approximate),
            may_send=g.person.holds(*access.SENDS),
            latest=uploads.latest_of(connection, g.person.id, 5), place=_place(g.person), links=_links())


def _changed(connection: Connection) -> tuple[str, list[tuple[str, str, str | None]]] | None:
    """(since when, [(how many, of what, address)]); None at a first visit."""
    since = home.last_here(connection)
    if since is None:
        return None
    found = home.changed(connection, since)
    said = [
        (found.indications, _("indikasi baru atau diukur ulang"), address("pairs.queue")),
        (found.answers, _("tanggapan desa"), address("pairs.queue")),
        (found.verdicts, _("hasil telaah"), address("pairs.queue", state="judged")),
        (found.works, _("kegiatan baru"), address("projects.show_list")),
    ]
    return looks.moment(since), [(_at_most(count), words, href) for count, words, href in said if count]


def _villages(connection: Connection) -> list[home.Village]:
    """Only where there are several to choose from."""
    found = home.villages_without_points(connection)
    return found if len(found) > 1 else []


def _at_most(count: int) -> str:
    return _("lebih dari %(n)s", n=looks.whole(MOST)) if count > MOST else looks.whole(count)


def _of_village(connection: Connection, role: str | None, state: home.State) -> dict[str, object]:
    """The lists of who is there for a village alone: to the operator what to send, to the head what to answer."""
    if role is None or not state.works or state.works > MOST_LISTED:
        return {}
    if role == "field":
        return {"bare": home_village.bare(connection) if state.without_point else [],
                "doubtful": home_village.doubtful(connection)[1], "proposed": home_village.proposed(connection)}
    return {"unanswered": home_village.unanswered(connection), "decided": home_village.decided(connection),
            "proposed": home_village.proposed(connection),
            "findings": [one for one in findings.listed(connection, "open") if one.may_answer][:5]}


def _charts(connection: Connection, role: str | None, found: Sequence[Indications]) -> list[Chart]:
    match role:
        case "field":
            made = (_points_by_year(home_village.placed(connection)), _money_by_year(home.standings(connection)))
        case "head":
            made = (_standing(found), _money_by_year(home.standings(connection)))
        case _:
            made = (_money_by_year(home.standings(connection)), _kinds_by_year(found), _progress(found))
    return [one for one in made if one]


def _points_by_year(years: Sequence[home_village.Placed]) -> Chart | None:
    layers = [Layer("done", _("sudah ada titik"), tuple(one.works - one.without_point for one in years)),
              Layer("waits", _("belum ada titik"), tuple(one.without_point for one in years))]
    return charts.columns(_("Kegiatan dengan dan tanpa titik"), [str(one.year) for one in years], layers,
                          looks.whole) if years else None


def _standing(found: Sequence[Indications]) -> Chart | None:
    """Whose turn it is, of everything that is said about the village's works."""
    def count(*said: str, answered: tuple[bool, ...] = (False, True)) -> tuple[int]:
        return (sum(one.count for one in found if one.said in said and one.answered in answered),)

    layers = [Layer("waits", _("menunggu tanggapan desa"), count("waits", "visit", answered=(False,))),
              Layer("visit", _("sudah ditanggapi, menunggu penelaah"), count("waits", "visit", answered=(True,))),
              Layer("confirmed", _("dipastikan"), count("confirmed")),
              Layer("cleared", _("bukan ganda"), count("cleared"))]
    return charts.share(_("Indikasi tentang desa Anda"), _("pasangan"), layers, looks.whole)


def _money_by_year(standings: Sequence[Standing]) -> Chart | None:
    years = _span(one.year for one in standings)
    money = {(one.year, one.stage): one.money for one in standings}
    layers = [Layer(stage or "unknown", looks.sentence(f"stage.{stage}") if stage else _("tahap tidak diketahui"),
                    tuple(money.get((year, stage), Decimal(0)) for year in years))
              for stage in STAGE_ORDER]
    return years and charts.columns(_("Anggaran menurut tahun dan tahap"), [str(year) for year in years], layers,
                                    looks.short_money)


def _kinds_by_year(found: Sequence[Indications]) -> Chart | None:
    """By the year of the later work; the kinds that occur most, the others together."""
    years = _span(one.year for one in found if one.year and one.said != "cleared")[-10:]
    count: dict[tuple[str, int], int] = {}
    for one in found:
        if one.said != "cleared" and one.year:
            count[one.kind, one.year] = count.get((one.kind, one.year), 0) + one.count
    layers = [Layer(f"kind-{number}", looks.sentence(f"kind.{kind}"),
                    tuple(count.get((kind, year), 0) for year in years))
              for number, kind in enumerate(kind for kind in KINDS if any(kind == one for one, _ in count))]
    return years and charts.columns(_("Indikasi menurut tahun dan jenis"), [str(year) for year in years], layers,
                                    looks.whole)


def _progress(found: Sequence[Indications]) -> Chart | None:
    words = {"confirmed": _("dipastikan"), "cleared": _("bukan ganda"), "visit": _("menunggu kunjungan"),
             "waits": _("belum ditelaah")}
    layers = [Layer(said, word, (sum(one.count for one in found if one.said == said),))
              for said, word in words.items()]
    return charts.share(_("Kemajuan telaah"), _("pasangan"), layers, looks.whole)


def _span(years) -> list[int]:
    """Every year from the first to the last, so that a year without a work is seen to be one."""
    known = sorted(set(years))
    return list(range(max(known[0], known[-1] - 9), known[-1] + 1)) if known else []


def _begin(connection: Connection, person: Person) -> list[tuple[str, bool, str | None, str | None]]:
    """What an administrator of an empty installation does first: (words, whether it is done, command, address)."""
    if not person.holds("admin"):
        return []
    boundaries, people = home.begun(connection)
    return [
        (_("Muat batas kecamatan dan desa, supaya titik dapat dicocokkan dengan desanya."), boundaries,
         f"./pantau regions {_('BERKAS')}", None),
        (_("Ajak orang lain masuk: operator desa, perencana, auditor."), people,
         f"./pantau person add {_('NAMA')} --role field --region 35.10.01.2001", None),
        (_("Unggah daftar kegiatan yang pertama; pasangan dicari begitu tersimpan."), False, None,
         address("uploads.start")),
    ]


def _steps(person: Person, top: Sequence[pairs.PairRow]) -> list[tuple[str, str, str]]:
    """First steps: (key, words, address); each can be put away on the device."""
    pair = address("pairs.show", pair_id=top[0].id) if top else address("pairs.queue")
    wanted = [("pair", _("Lihat satu pasangan: apakah ini pekerjaan yang sama?"), pair),
              ("upload", _("Unggah berkas contoh: lima kesalahan, dua pasangan"), address("uploads.start")),
              ("check", _("Cek satu titik: adakah pekerjaan di sana?"), address("check.form"))]
    return [(key, words, href) for key, words, href in wanted
            if href and (key != "upload" or person.holds(*access.SENDS))]


def _place(person: Person) -> str:
    return ", ".join(sorted({grant.name for grant in person.grants if grant.name}))


def _links() -> dict[str, str | None]:
    endpoints = {"map": "map.show", "upload": "uploads.start", "check": "check.form", "point": "sites.form"}
    return {name: address(endpoint) for name, endpoint in endpoints.items()}


def _picture(dots: home.Dots) -> Markup | None:
    return overview.draw(dots.outlines, dots.works, dots.flagged, approximate=dots.approximate,
                         title=_("Letak kegiatan dan indikasi di wilayah Anda"),
                         note=_("DATA CONTOH, bukan kegiatan nyata") if looks.demonstration() else "")
