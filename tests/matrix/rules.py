"""Who may do what: declared here, route by route, by people; never read out of the application.

A rule says what the route asks for before anything is looked up (`needs`, as app/access.py has it), and of each kind of
thing its address may name, whom it is for. Whoever is not among them is refused as if there were no such thing, or told
that it is somebody else's to do; either way nothing is written, and nothing of what is not for them is shown.
"""

from collections.abc import Callable, Mapping
from dataclasses import dataclass, field

from app.access import ANSWERS, JUDGES, SENDS
from tests.matrix.world import Someone

For = Callable[[Someone, str, bool], bool]
"""(who asks, where it lies for them, whether it is their own doing) -> whether it is for them."""


def over(*roles: str) -> For:
    """Whoever holds one of these roles (any, if none is named) in its region or above."""
    return lambda who, place, own: who.over(place, *roles)


def own_or(*roles: str) -> For:
    """The same, and whoever made it, also where they hold no role any more."""
    return lambda who, place, own: own or who.over(place, *roles) if roles else own


def sender_or(*roles: str) -> For:
    """The same, and whoever made it while they hold a role there."""
    return lambda who, place, own: who.over(place) if own else bool(roles) and who.over(place, *roles)


def others(*roles: str) -> For:
    """Whoever holds one of these roles in its region or above, and never whose own it is."""
    return lambda who, place, own: not own and who.over(place, *roles)


def whole(role: str) -> For:
    """Whoever holds the role in the whole installation."""
    return lambda who, place, own: who.role == role and who.standing == "whole"


def anybody(who: Someone, place: str, own: bool) -> bool:
    """Whoever has come this far: public works, and what the page narrows itself."""
    return True


@dataclass(frozen=True)
class Rule:
    """`needs`: everyone, signed_in, device or roles. `things`: whom each kind is for. `also`: answers to those that say
    no more than that the form of these tests is not one a page would send, or that there is nothing to do. `refused`:
    how others are told, where it is not 403 or 404."""

    needs: str | tuple[str, ...]
    things: Mapping[str, For] = field(default_factory=dict)
    also: tuple[int, ...] = ()
    refused: tuple[int, ...] = (403, 404)


WORKS = {"work": anybody, "work beside a draft": anybody, "draft": over()}
PAIRS = {"pair": anybody, "draft pair": over(), "two drafts": over()}
GROUPS = {"pair": anybody, "draft pair": over()}
_ABOVE = ("head", "planner", "auditor", "admin")
FILES = {"upload": sender_or(*_ABOVE), "stored upload": over(*_ABOVE)}
OWN_FILE = {"upload": sender_or(), "stored upload": sender_or()}
LISTS = {"list": own_or(*_ABOVE)}
CHECKS = {"check": own_or("field", "head", "planner", "auditor", "admin")}
PAPERS = {"pair": over("auditor", "admin"), "draft pair": over("auditor", "admin")}
EVERYONE, SIGNED_IN, ADMIN = "everyone", "signed_in", ("admin",)

RULES: dict[str, Rule] = {
    # what stands open: it shows nothing of a region, a work or a person
    "health.alive": Rule(EVERYONE), "health.ready": Rule(EVERYONE, also=(503,)),
    "help.show": Rule(EVERYONE), "help.of_role": Rule(EVERYONE),
    "sign_in.form": Rule(EVERYONE), "sign_in.enter": Rule(EVERYONE, also=(422, 429)),
    "sign_in.link": Rule(EVERYONE), "sign_in.use_link": Rule(EVERYONE, also=(404,)),
    "sign_in.leave": Rule(EVERYONE), "sign_in.language": Rule(EVERYONE, also=(422,)),
    # one's own account
    "sign_in.password": Rule(SIGNED_IN), "sign_in.set_password": Rule(SIGNED_IN, also=(422,)),
    "sign_in.second_factor": Rule(SIGNED_IN), "sign_in.check_second_factor": Rule(SIGNED_IN, also=(422,)),
    "devices.show": Rule(SIGNED_IN), "devices.end_others": Rule(SIGNED_IN),
    "devices.end_session": Rule(SIGNED_IN, {"session": own_or()}),
    "devices.add_phone": Rule(SENDS), "devices.end_phone": Rule(SIGNED_IN, {"phone": own_or()}),
    # a phone comes with its own token: to everybody with a session it is closed (tests/web/test_devices.py opens it)
    "device.show": Rule("device", refused=(401,)),
    # people, by those whose territory holds all their roles; tests/db/test_people.py opens the doors past the pages
    "people.show_list": Rule(ADMIN), "people.form": Rule(ADMIN),
    "people.invite": Rule(ADMIN, {"region": over("admin")}), "people.show": Rule(ADMIN, {"person": over("admin")}),
    "people.give": Rule(ADMIN, {"person": over("admin")}), "people.end_grant": Rule(ADMIN, {"person": over("admin")}),
    "people.set_active": Rule(ADMIN, {"person": over("admin")}),
    "people.set_full_name": Rule(ADMIN, {"person": over("admin")}),
    "people.make_link": Rule(ADMIN, {"person": over("admin")}),
    "people.take_back": Rule(ADMIN, {"link": over("admin")}),
    "people.end_session": Rule(ADMIN, {"session": others("admin")}),
    "people.end_phone": Rule(ADMIN, {"phone": others("admin")}),
    # public works, and drafts where one holds a role
    "home.show": Rule(SIGNED_IN),
    "projects.show_list": Rule(SIGNED_IN), "projects.show": Rule(SIGNED_IN, WORKS),
    "map.show": Rule(SIGNED_IN), "map.show_list": Rule(SIGNED_IN),
    "map.show_region": Rule(SIGNED_IN, {"region": anybody}, also=(404,)),
    "map.show_card": Rule(SIGNED_IN, WORKS),
    "map.plain": Rule(SIGNED_IN), "map.ground": Rule(SIGNED_IN), "map.places": Rule(SIGNED_IN),
    "prints.show": Rule(SIGNED_IN), "basemap.tile": Rule(SIGNED_IN, also=(404,)),
    "tiles.works": Rule(SIGNED_IN, {"spot": anybody}), "tiles.shaded": Rule(SIGNED_IN, {"spot": anybody}),
    "tiles.regions": Rule(SIGNED_IN, {"spot": anybody}),
    # sending a point
    "sites.show": Rule(SIGNED_IN, WORKS),
    "sites.form": Rule(SENDS, {"work": over(*SENDS), "draft": over(*SENDS)}),
    "sites.show_near": Rule(SENDS, {"work": over(*SENDS), "draft": over(*SENDS)}),
    "sites.send": Rule(SENDS, {"work": over(*SENDS), "draft": over(*SENDS)}),
    # indications: read with their works, judged and answered by territory
    "pairs.queue": Rule(SIGNED_IN), "pairs.show": Rule(SIGNED_IN, PAIRS),
    "pairs.judge": Rule(JUDGES, {"pair": over(*JUDGES), "draft pair": over(*JUDGES), "two drafts": over(*JUDGES)},
                        refused=(403, 404, 409)),
    "pairs.judge_alike": Rule(JUDGES, {"pair": over(*JUDGES), "draft pair": over(*JUDGES)}, refused=(403, 404, 409)),
    "pairs.leave": Rule(JUDGES, PAIRS),
    "pairs.withdraw": Rule(JUDGES, PAIRS, also=(409,), refused=(403, 404, 409)),
    # the two drafts were made one work: those who plan there may take them apart
    "pairs.part": Rule(JUDGES, PAIRS | {"two drafts": over("planner", "admin")}, also=(409,), refused=(403, 404, 409)),
    "pairs.answer": Rule(ANSWERS, {"pair": over(*ANSWERS), "draft pair": over(*ANSWERS), "two drafts": over(*ANSWERS)}),
    "pairs.photo": Rule(SIGNED_IN, {"pair": over(), "draft pair": over()}),
    "packs.show_pair": Rule(SIGNED_IN, PAIRS), "packs.show_group": Rule(SIGNED_IN, GROUPS),
    "packs.print_pair": Rule(SIGNED_IN, PAIRS), "packs.print_group": Rule(SIGNED_IN, GROUPS),
    "packs.write_pair": Rule(("auditor", "admin"), PAPERS), "packs.write_group": Rule(("auditor", "admin"), PAPERS),
    "packs.review_pair": Rule(("auditor", "admin"), PAPERS, also=(409, 422), refused=(403, 404, 422)),
    "packs.review_group": Rule(("auditor", "admin"), PAPERS, also=(409, 422), refused=(403, 404, 422)),
    # files that were sent
    "uploads.start": Rule(SENDS), "uploads.receive": Rule(SENDS), "uploads.template": Rule(SENDS),
    "uploads.sample": Rule(SENDS, also=(404,)), "uploads.try_sample": Rule(SENDS, also=(404,)),
    "uploads.show_batch": Rule(SENDS, {"upload": sender_or()}),
    "uploads.batch_states": Rule(SENDS, {"upload": sender_or()}),
    "uploads.show": Rule(SIGNED_IN, FILES), "uploads.progress": Rule(SIGNED_IN, FILES),
    "uploads.read_again": Rule(SENDS, OWN_FILE), "uploads.store": Rule(SENDS, OWN_FILE),
    "uploads.undo": Rule(SENDS, {"upload": sender_or("admin"), "stored upload": over("admin")}, also=(409,)),
    "uploads.drop": Rule(SENDS, OWN_FILE), "uploads.cancel": Rule(SENDS, FILES),
    "corrections.rows": Rule(SIGNED_IN, FILES), "corrections.sheet": Rule(SIGNED_IN, FILES),
    "corrections.preview": Rule(SENDS, OWN_FILE, also=(404,)),
    "corrections.apply": Rule(SENDS, OWN_FILE, also=(409, 422)),
    "corrections.leave_pattern": Rule(SENDS, OWN_FILE, also=(409, 422)),
    "corrections.apply_one": Rule(SENDS, OWN_FILE, also=(409, 422)),
    "corrections.type_value": Rule(SENDS, OWN_FILE, also=(409, 422)),
    "corrections.leave_row": Rule(SENDS, OWN_FILE, also=(409, 422)),
    "corrections.undo": Rule(SENDS, OWN_FILE, also=(409, 422)),
    "corrections.forget": Rule(SENDS, OWN_FILE, also=(409,)),
    # questions, kept answers, lists of them
    "check.form": Rule(SIGNED_IN), "check.ask": Rule(SIGNED_IN), "check.keep": Rule(SIGNED_IN),
    "kept.show": Rule(SIGNED_IN, CHECKS), "kept.again": Rule(SIGNED_IN, CHECKS),
    "kept.keep_again": Rule(SIGNED_IN, CHECKS),
    "kept.register": Rule(SENDS, {"check": over(*SENDS)}),
    "check_lists.start": Rule(SIGNED_IN), "check_lists.receive": Rule(SIGNED_IN),
    "check_lists.show": Rule(SIGNED_IN, LISTS), "check_lists.progress": Rule(SIGNED_IN, LISTS),
    "check_lists.cancel": Rule(SIGNED_IN, LISTS), "check_lists.workbook": Rule(SIGNED_IN, LISTS),
    "check_lists.text": Rule(SIGNED_IN, LISTS),
    # what is taken out: of what one may read, and given to whoever ordered it
    "exports.form": Rule(SIGNED_IN, {"source": anybody}, also=(404, 422)),
    "exports.begin": Rule(SIGNED_IN, {"source": anybody}, also=(404, 422)),
    "exports.show": Rule(SIGNED_IN, {"export": own_or()}), "exports.progress": Rule(SIGNED_IN, {"export": own_or()}),
    "exports.cancel": Rule(SIGNED_IN, {"export": own_or()}),
    "exports.file": Rule(SIGNED_IN, {"export": own_or()}, also=(422,)),
    # inspection
    "inspection.show": Rule(JUDGES), "inspection.list_anomalies": Rule(JUDGES),
    "inspection.rank_villages": Rule(JUDGES),
    "inspection.list_offsets": Rule(JUDGES), "inspection.refresh": Rule(JUDGES),
    "visits.show": Rule(JUDGES), "visits.gpx": Rule(JUDGES), "visits.kml": Rule(JUDGES),
    "samples.show_list": Rule(JUDGES), "samples.draw": Rule(JUDGES, {"region": over(*JUDGES)}, refused=(403, 422)),
    "samples.show": Rule(JUDGES, {"sample": over(*JUDGES)}), "samples.frame": Rule(JUDGES, {"sample": over(*JUDGES)}),
    "findings.show_list": Rule(("auditor", *ANSWERS)),
    "findings.form": Rule(("auditor",), {"work": anybody, "draft": anybody}),
    "findings.write": Rule(("auditor",), {"work": over("auditor"), "draft": over("auditor")}, refused=(403, 422)),
    "findings.show": Rule(("auditor", *ANSWERS), {"finding": over("auditor", *ANSWERS)}),
    "findings.add": Rule(("auditor", *ANSWERS), {"finding": over("auditor", *ANSWERS)}),
    # administration
    "blind_samples.show_list": Rule(ADMIN), "blind_samples.demand": Rule(ADMIN, {"region": over("admin")}),
    "blind_samples.end": Rule(ADMIN, {"demand": over("admin")}),
    "models.show": Rule(ADMIN), "models.again": Rule(ADMIN), "models.draft_again": Rule(ADMIN),
    "models.edit": Rule(ADMIN, {"model": whole("admin")}, also=(409,), refused=(403, 404, 409)),
    "models.learn": Rule(ADMIN, {"model": whole("admin")}, also=(409,), refused=(403, 404, 409)),
    "models.take_back": Rule(ADMIN, {"model": whole("admin")}, also=(409,), refused=(403, 404, 409)),
    "models.draft": Rule(ADMIN, {"model": whole("admin")}), "models.progress": Rule(ADMIN, {"model": whole("admin")}),
    "models.cancel": Rule(ADMIN, {"model": whole("admin")}),
    "models.measure": Rule(ADMIN, {"model": whole("admin")}, also=(409,)),
    "models.save": Rule(ADMIN, {"model": whole("admin")}, also=(409, 422), refused=(403, 404, 422)),
    "record.show": Rule(("admin", "auditor"), {"record": lambda who, place, own: who.standing == "whole"}),
}

SHOWS_PUBLIC = {"sites.form", "sites.show_near"}
"""Pages that show a public work to whom may send a point for it. The policies let anybody read such a work, and refuse
the point; that the page is not opened to others is the query's matter alone."""

READERS: dict[str, For] = {
    "draft": over(), "verdict": over(), "answer": over(), "photo": over(), "upload": FILES["upload"],
    # a mapping holds for files of its region and of those below it
    "mapping": lambda who, place, own: who.over(place) or (place == "parent" and who.standing in ("holds", "whole")),
    "list": LISTS["list"], "check": CHECKS["check"], "finding": over("auditor", *ANSWERS),
    # what was asked for stands in the record of changes as well
    "export": lambda who, place, own: own or (who.standing == "whole" and who.role in ("admin", "auditor")),
    "phone": own_or("admin"), "sample": over(*JUDGES), "signal": over(), "paper": over("auditor", "admin"),
}
"""Whom the mark of each kind of thing may be shown to, on whatever page or in whatever file."""
