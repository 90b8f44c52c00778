"""check: is a work already there? Asked from the terminal, by the operator of the machine, across everything."""

import json
import sys
from collections.abc import Callable
from datetime import date
from typing import NamedTuple

import click
import shapely
from shapely.errors import ShapelyError

from app.installation import terminal
from app.installation.ready import ready
from app.installation.terminal import Stop, choose, say
from app.jobs import checking
from app.jobs.checking import Alike, Checked, Proposal
from app.queries import installation
from app.settings import Settings
from geo import vocabulary
from geo.schema import CATEGORY, FUNDS
from geo.sentences import metres, worded
from geo.tables import LIMITS

INVENTED = "DATA CONTOH, bukan kegiatan nyata"


class Read(NamedTuple):
    """What was typed, and the code it was read as."""

    typed: str
    code: str


class Named(click.ParamType):
    """A code of geo.schema, or what people call it; `codes_of` answers every code that a text names."""

    def __init__(self, name: str, codes: tuple[str, ...], codes_of: Callable[[str], tuple[str, ...]]) -> None:
        self.name, self.codes, self.codes_of = name, codes, codes_of

    def convert(self, value: str, param: click.Parameter | None, ctx: click.Context | None) -> Read:
        called = vocabulary.code_called(value, self.name)
        found = (called,) if called else self.codes_of(value)
        if len(found) == 1:
            return Read(value, found[0])
        listed = "; ".join(f"{code} ({self.words_of(code)})" for code in found or self.codes)
        if found:
            self.fail(choose(f"“{value}” menyebut lebih dari satu: {listed}. Beri satu saja.",
                             f"“{value}” names more than one: {listed}. Give one."), param, ctx)
        return self.fail(choose(f"“{value}” tidak dikenal. Yang diharapkan salah satu dari: {listed}.",
                                f"“{value}” is not known. Expected one of: {listed}."), param, ctx)

    def words_of(self, code: str) -> str:
        return worded(f"{self.name}.{code}", terminal.language)


def _categories_of(text: str) -> tuple[str, ...]:
    found = vocabulary.category_by_word(text)
    return (found,) if found else ()


FUND = Named("fund", FUNDS, vocabulary.funds_of)
WORK = Named("category", tuple(CATEGORY), _categories_of)


@click.command()
@click.option("--lon", type=click.FloatRange(-180, 180), help="Longitude in degrees.")
@click.option("--lat", type=click.FloatRange(-90, 90), help="Latitude in degrees.")
@click.option("--wkt", help="A geometry instead of a point: WKT, lon lat, EPSG:4326.")
@click.option("--name", default="", help="What the proposed work is called.")
@click.option("--year", type=click.IntRange(*LIMITS.years(date.today())), help="Budget year.")
@click.option("--fund", type=FUND, help="Where the money would come from: a code, or its name, as in a sheet.")
@click.option("--work", type=WORK, help="What kind of thing it builds: a code, or its name, as in a sheet.")
@click.option("--json", "as_json", is_flag=True, help="One object on stdout.")
@click.pass_obj
def check(settings: Settings, lon: float | None, lat: float | None, wkt: str | None, name: str, year: int | None,
          fund: Read | None, work: Read | None, as_json: bool) -> None:
    """Rank the works that may be the proposed one already. Nothing is stored."""
    proposal = Proposal(_place(lon, lat, wkt), name, year, fund and fund.code, work and work.code)
    with ready(settings) as place, place.operator() as connection:
        found = checking.check(connection, proposal)
        invented = installation.is_demonstration(connection)
    if as_json:
        said = _answer(found) | {"read": _read_as(fund, work)} | ({"note": INVENTED} if invented else {})
        print(json.dumps(said, ensure_ascii=False))
    else:
        if invented:
            print(INVENTED)
        for option, one in _read_as(fund, work).items():
            if one["typed"] != one["code"]:
                say(f"--{option} {one['typed']}: dibaca sebagai {one['code']} ({one['words']}).",
                    f"--{option} {one['typed']}: read as {one['code']} ({one['words']}).")
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


def _read_as(fund: Read | None, work: Read | None) -> dict[str, dict[str, str]]:
    """What was typed for fund and kind of work, the code it was read as, and what that is called."""
    return {option: {"typed": one.typed, "code": one.code, "words": kind.words_of(one.code)}
            for option, one, kind in (("fund", fund, FUND), ("work", work, WORK)) if one}


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
