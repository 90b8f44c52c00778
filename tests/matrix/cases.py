"""Every question there is: each route of the application, each way to ask for it, for whom it may lie anywhere.

Values for the parts of addresses come from the things of world.py by the names of these parts; a route with a part for
which nothing is known here, and one that no rule speaks of, stop the matrix.
"""

import hashlib
import io
from collections.abc import Iterator, Mapping
from typing import NamedTuple
from uuid import UUID, uuid4

from flask import Flask
from werkzeug.routing import Rule as Route

from geo.coordinates import written
from tests import build
from tests.matrix.rules import RULES
from tests.matrix.world import PLACES, Someone, Things, World

UNKNOWN = {"IntegerConverter": 2_000_000_000, "UUIDConverter": UUID("00000000-0000-4000-8000-00000000abcd")}
FIXED: Mapping[str, object] = {"level": "district", "measure": "works", "role": "planner", "token": "tak-ada",
                               "kind": "stale"}
SPOT = {"z": 14, "x": 13397, "y": 8567}
BOX = "114.2,-8.4,114.6,-8.0"
NORTH = {"own": 0, "child": 1, "parent": 3, "sibling": 4}
"""The tile in which the works of `own` stand, and how many further north those of the other places do."""
ASKED_FOR = {"q": "Qxdraft", "everywhere": "1"}
"""What lists and searches are asked: the beginning of every mark of a draft, so that a leak would show; everywhere."""


class Case(NamedTuple):
    """One question: `kind` and `place` of the thing it names, None where it names none."""

    endpoint: str
    method: str
    address: str
    who: Someone
    kind: str | None
    place: str
    own: bool
    query: Mapping[str, object]
    form: Mapping[str, object] | None
    named: tuple[str, ...]

    @property
    def let_in(self) -> bool:
        """Whether the route is for this person, whatever it is asked about."""
        needs = RULES[self.endpoint].needs
        if isinstance(needs, tuple):
            return self.who.role in needs and self.who.standing in ("holds", "whole")
        return needs == "everyone" or (needs == "signed_in" and self.who.standing != "visitor")

    @property
    def allowed(self) -> bool:
        return self.let_in and (self.kind is None
                                or RULES[self.endpoint].things[self.kind](self.who, self.place, self.own))

    def __str__(self) -> str:
        return f"{self.who} asks {self.method} {self.endpoint} of {self.kind or 'nothing'} {self.place}" + (
            ", their own" if self.own else "")


def routes(app: Flask) -> list[Route]:
    return sorted((one for one in app.url_map.iter_rules() if one.endpoint != "static"), key=str)


def untested(app: Flask) -> list[str]:
    """Routes of which no rule speaks, whose declaration is another than its rule says, or that cannot be asked for."""
    wrong = []
    for route in routes(app):
        rule, needs = RULES.get(route.endpoint), app.view_functions[route.endpoint].access_needed
        if rule is None:
            wrong.append(f"{route.endpoint}: no rule")
        elif (set(rule.needs) if isinstance(rule.needs, tuple) else rule.needs) != (
                set(needs) if isinstance(needs, tuple) else needs):
            wrong.append(f"{route.endpoint}: declares {needs}, the rule says {rule.needs}")
        else:
            parts = set(route.arguments) - set(FIXED)
            known = PARTS | {"spot": {"z", "x", "y"}, "model": {"draft_id", "model_id"}}
            wrong += [f"{route.endpoint}: no value for {parts} of {kind}" for kind in rule.things or ("",)
                      if not parts <= (known.get(kind) or set()) and not (
                          rule.things == {} and parts <= {"z", "x", "y", "draft_id", "model_id"})]
    return wrong + [f"{endpoint}: a rule without a route" for endpoint in RULES
                    if endpoint not in app.view_functions]


PARTS: dict[str, set[str]] = {
    "work": {"project_id", "site_id"}, "draft": {"project_id", "site_id"},
    "work beside a draft": {"project_id", "site_id"},
    "pair": {"pair_id", "group_id", "photo_id"}, "draft pair": {"pair_id", "group_id", "photo_id"},
    "two drafts": {"pair_id"}, "upload": {"upload_id", "batch", "correction_id", "number"},
    "stored upload": {"upload_id", "batch", "correction_id", "number"}, "list": {"list_id"}, "check": {"number"},
    "export": {"export_id"}, "finding": {"finding_id"}, "sample": {"sample_id"}, "demand": {"sample_id"},
    "person": {"person_id", "grant_id"}, "link": {"person_id", "number"}, "session": {"person_id", "number"},
    "phone": {"person_id", "number"}}


def cases(app: Flask, world: World) -> Iterator[Case]:
    """All of them, but for what cannot be told from another: who is refused before anything is looked up is asked of
    one thing, and what is open to everyone is asked by three people."""
    for route in routes(app):
        rule = RULES[route.endpoint]
        for method in sorted(route.methods - {"HEAD", "OPTIONS"}):
            for who in world.people:
                if rule.needs == "everyone" and (who.role, who.standing) not in (
                        (None, "visitor"), (None, "none"), ("planner", "holds")):
                    continue
                asked = list(_asked(app, world, route, method, who))
                yield from asked if asked[0].let_in else asked[:1]


def _asked(app: Flask, world: World, route: Route, method: str, who: Someone) -> Iterator[Case]:
    things = RULES[route.endpoint].things
    if not things:
        yield from _one(app, world, route, method, who, None, None)
    for kind in things:
        for place in _places(who):
            yield from _one(app, world, route, method, who, kind, world.things[place])
        if who.id and kind in world.mine[who.id]:
            yield from _one(app, world, route, method, who, kind, None)


def _places(who: Someone) -> tuple[str, ...]:
    """Where a thing may lie for this person; for who holds nothing every place is like the others."""
    return PLACES if who.standing == "holds" else ("own", "sibling") if who.standing == "whole" else ("own",)


def _one(app: Flask, world: World, route: Route, method: str, who: Someone, kind: str | None, things: Things | None
         ) -> Iterator[Case]:
    own = things is None and kind is not None
    place = things.place if things else "own"
    thing = _thing(world, kind, things) if not own else world.mine[who.id][kind]
    values = {name: FIXED.get(name, thing.get(name, SPOT.get(name, UNKNOWN.get(type(converter).__name__))))
              for name, converter in route._converters.items()}
    address = app.url_map.bind("localhost").build(route.endpoint, values, method=method)
    form = None if method == "GET" else FORMS.get(route.endpoint, lambda *_: {})(thing, world, who)
    for query in QUERIES.get(route.endpoint, lambda _thing: [{}])(thing):
        yield Case(route.endpoint, method, address, who, kind, place, own, query, form,
                   tuple(str(one) for name, one in values.items() if name not in FIXED))


def _thing(world: World, kind: str | None, things: Things | None) -> Mapping[str, object]:
    if kind is None:
        return {"draft_id": world.model_draft, "model_id": world.model}
    if kind == "model":
        return {"draft_id": world.model_draft, "model_id": world.model}
    if kind == "region":
        return {"code": things.code, "region": things.region}
    if kind == "spot":
        return SPOT | {"y": SPOT["y"] - NORTH[things.place]}
    if kind in ("source", "record"):
        return {"named": things.named}
    return things.named[kind]


def unknown(case: Case, app: Flask) -> Case:
    """The same question about something that is not there."""
    route = next(one for one in app.url_map.iter_rules(case.endpoint) if case.method in one.methods
                 and len(one.arguments) == len(case.named) + sum(name in FIXED for name in one.arguments))
    values = {name: FIXED.get(name, UNKNOWN.get(type(converter).__name__, "CEK-2026-999999"))
              for name, converter in route._converters.items()}
    address = app.url_map.bind("localhost").build(route.endpoint, values, method=case.method)
    return case._replace(address=address, named=tuple(str(one) for name, one in values.items() if name not in FIXED))


_AT = written(*build.away(5, 5))
_ASK = {"at": _AT, "name": "Rabat beton jalan", "year": "2024"}

QUERIES = {
    "sites.form": lambda thing: [{"project": thing["project_id"]}],
    "sites.show_near": lambda thing: [{"project": thing["project_id"], "coordinate": _AT}],
    "map.show_card": lambda thing: [{"work": thing["project_id"]}],
    "map.show_region": lambda thing: [{"code": thing["code"]}],
    "map.show": lambda thing: [{}, ASKED_FOR], "map.show_list": lambda thing: [{}, ASKED_FOR],
    "map.plain": lambda thing: [{"box": BOX, "zoom": 16}, {"box": BOX, "as_of": "2026-01-01"}],
    "map.places": lambda thing: [{"q": "Qxdraft"}],
    "projects.show_list": lambda thing: [{}, ASKED_FOR, {"stage": "proposed"}],
    "projects.show": lambda thing: [{}, {"as_of": "2026-01-01"}],
    "pairs.queue": lambda thing: [{}, {"everywhere": "1"}, {"everywhere": "1", "state": "visit"}],
    "check.form": lambda thing: [_ASK],
    "findings.form": lambda thing: [{"work": thing["number"]}],
    "exports.form": lambda thing: [{"of": one} for one in SOURCES],
}
SOURCES = ("works", "pairs", "anomalies", "findings", "samples", "visits")


def _judging(thing: Mapping, _world: World, _who: Someone) -> dict[str, object]:
    return {"facts_hash": "fakta-1", "latest": thing["latest"], "verdict": "not_related", "note": "catatan"}


def _alike(thing: Mapping, _world: World, _who: Someone) -> dict[str, object]:
    seen = hashlib.sha256(repr(thing["seen"]).encode()).hexdigest()
    return {"verdict": "not_related", "seen": seen}


def _file(*_about: object) -> dict[str, object]:
    return {"file": (io.BytesIO(b"nama kegiatan,tahun\nRabat beton,2024\n"), "kegiatan.csv")}


FORMS = {
    "pairs.judge": _judging, "pairs.judge_alike": _alike,
    "pairs.answer": lambda *_: {"text": "Dua ruas yang berbeda."},
    "pairs.part": lambda *_: {"reason": "bukan satu"}, "pairs.withdraw": lambda *_: {"given": 1},
    "packs.write_pair": lambda *_: {"condition": "kondisi", "seen": 1},
    "packs.write_group": lambda *_: {"condition": "kondisi", "seen": 1},
    "uploads.receive": _file, "check_lists.receive": _file,
    "corrections.type_value": lambda *_: {"column": "nama", "value": "Rabat"},
    "corrections.apply": lambda *_: {"reason": "x", "how": "swap"},
    "corrections.apply_one": lambda *_: {"reason": "x", "how": "swap"},
    "corrections.leave_pattern": lambda *_: {"reason": "x"},
    "check.ask": lambda *_: _ASK, "check.keep": lambda *_: _ASK | {"once": uuid4()},
    "kept.keep_again": lambda *_: {"once": uuid4()},
    "sites.send": lambda thing, *_: {"project": thing["project_id"], "coordinate": _AT, "seen": _AT, "reason": "pindah",
                                     "confirmed": "1"},
    "exports.begin": lambda thing, *_: {"of": "works", "format": "csv", "query": ""},
    "samples.draw": lambda thing, *_: {"seed": "benih", "size": "1", "method": "count", "strata": "none",
                                       "filter": f"district={thing['code']}"},
    "findings.write": lambda thing, *_: {"work": thing["number"], "title": "judul", "condition": "k", "criteria": "k",
                                         "recommendation": "r"},
    "findings.add": lambda *_: {"kind": "followed_up", "text": "sudah"},
    "blind_samples.demand": lambda thing, *_: {"percent": "1", "reason": "uji", "region": thing["code"]},
    "people.invite": lambda thing, *_: {"name": "orang.baru", "full_name": "Orang Baru", "role": "field",
                                        "region": thing["region"]},
    "people.give": lambda thing, *_: {"role": "head", "region": thing["region"]},
    "people.set_active": lambda *_: {"active": "0"}, "people.set_full_name": lambda *_: {"full_name": "Diganti"},
    "people.make_link": lambda *_: {"password": "1", "second_factor": "1"},
    "devices.add_phone": lambda *_: {"name": "telepon"},
    "models.learn": lambda *_: {"seed": "1"}, "models.save": lambda *_: {"reason": "uji", "measured_at": "2026-01-01"},
    "sign_in.set_password": lambda *_: {"new": "pendek", "again": "pendek"},
    "sign_in.check_second_factor": lambda *_: {"secret": "A" * 32, "code": "000000"},
}
