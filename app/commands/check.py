"""check: is a work already there? Asked from the terminal, by the operator of the machine, across everything."""

import json
import sys
from datetime import date

import click
import shapely
from shapely.errors import ShapelyError

from app.installation import terminal
from app.installation.ready import ready
from app.installation.terminal import Stop, choose
from app.jobs import checking
from app.jobs.checking import Alike, Checked, Proposal
from app.queries import installation
from app.settings import Settings
from geo.schema import CATEGORY, FUNDS
from geo.sentences import metres, worded
from geo.tables import LIMITS

INVENTED = "DATA CONTOH, bukan kegiatan nyata"


@click.command()
@click.option("--lon", type=click.FloatRange(-180, 180), help="Longitude in degrees.")
@click.option("--lat", type=click.FloatRange(-90, 90), help="Latitude in degrees.")
@click.option("--wkt", help="A geometry instead of a point: WKT, lon lat, EPSG:4326.")
@click.option("--name", default="", help="What the proposed work is called.")
@click.option("--year", type=click.IntRange(*LIMITS.years(date.today())), help="Budget year.")
@click.option("--fund", type=click.Choice(FUNDS), help="Where the money would come from.")
@click.option("--work", type=click.Choice(list(CATEGORY)), help="What kind of thing it builds.")
@click.option("--json", "as_json", is_flag=True, help="One object on stdout.")
@click.pass_obj
def check(settings: Settings, lon: float | None, lat: float | None, wkt: str | None, name: str, year: int | None,
          fund: str | None, work: str | None, as_json: bool) -> None:
    """Rank the works that may be the proposed one already. Nothing is stored."""
    proposal = Proposal(_place(lon, lat, wkt), name, year, fund, work)
    with ready(settings) as place, place.operator() as connection:
        found = checking.check(connection, proposal)
        invented = installation.is_demonstration(connection)
    if as_json:
        print(json.dumps(_answer(found) | ({"note": INVENTED} if invented else {}), ensure_ascii=False))
    else:
        if invented:
            print(INVENTED)
        _print(found)
    sys.exit(0)


def _place(lon: float | None, lat: float | None, wkt: str | None) -> shapely.Geometry:
    if wkt:
        try:
            shape = shapely.from_wkt(wkt)
        except ShapelyError:
            shape = None
        if shape is None or shape.is_empty or not shapely.box(-180, -90, 180, 90).covers(shape):
            raise Stop("--wkt harus berisi geometri WKT dengan bujur lintang, misalnya POINT (114.37 -8.22).",
                       "--wkt must hold a WKT geometry in lon lat, such as POINT (114.37 -8.22).")
        return shape
    if lon is None or lat is None:
        raise Stop("Beri --lon dan --lat, atau --wkt.", "Give --lon and --lat, or --wkt.")
    return shapely.Point(lon, lat)


def _answer(found: Checked) -> dict[str, object]:
    return {"works": [_work(one) for one in found.alike],
            "searched": {"works": found.searched.works, "near": found.near, "reach_m": found.reach_m,
                         "first_year": found.searched.first_year, "last_year": found.searched.last_year,
                         "funds": found.searched.funds, "without_point": found.searched.without_point},
            "without_point": found.searched.without_point}


def _work(one: Alike) -> dict[str, object]:
    return {"project": str(one.project), "number": one.number, "name": one.name, "year": one.year, "fund": one.fund,
            "amount": None if one.amount is None else float(one.amount), "village": one.village, "kind": one.kind,
            "probability": round(one.probability, 4), "distance_m": one.distance_m, "overlap_m": one.overlap_m,
            "overlap_share": one.overlap_share,
            "reason": worded(one.reason, terminal.language) if one.reason else None}


def _print(found: Checked) -> None:
    searched = found.searched
    years = f"{searched.first_year}-{searched.last_year}" if searched.first_year else "?"
    print(choose(
        f"{searched.works} kegiatan dicari, {years}, {searched.funds} sumber dana; {found.near} di sekitar titik ini. "
        f"{searched.without_point} kegiatan belum ada titik.",
        f"{searched.works} works searched, {years}, {searched.funds} funds; {found.near} around this place. "
        f"{searched.without_point} works have no point."))
    for one in found.alike:
        apart = "" if one.distance_m is None else f" · {metres(one.distance_m, terminal.language)}"
        print(f"  {one.probability:.2f} {one.kind}: {one.name} ({one.village}, {one.year}){apart}")
        if one.reason:
            print(f"       {worded(one.reason, terminal.language)}")
