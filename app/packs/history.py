"""What happened to a work, in words: to its facts and to its places, and what differs between then and now."""

from collections.abc import Sequence
from datetime import date, datetime
from decimal import Decimal
from typing import NamedTuple

import shapely
from flask_babel import gettext as _

from app import looks
from app.past import local_day
from app.queries.project_details import Project, SiteRow, Version
from geo import crs

FACTS = ("name", "category", "activity_code", "year", "stage", "fund", "fund_shares", "amount", "volume", "unit",
         "place", "rt", "rw", "contractor", "contract", "record", "start_date", "end_date", "withdrawn_at")
"""Facts that a person reads in the history, in this order."""


class Change(NamedTuple):
    """One fact that a version changed, all three in words."""

    label: str
    before: str
    after: str


class Deed(NamedTuple):
    """What was recorded in one moment, by whom and from which file; `first`: with it the work became known."""

    at: datetime
    day: date
    person: str | None
    file_name: str | None
    first: bool
    merging: bool
    changes: list[Change]


class Held(NamedTuple):
    """A fact as it was, and as it is where that differs, in words."""

    label: str
    then: str
    now: str | None


def changes(version: Version) -> list[Change]:
    """What the version changed, fact by fact; empty for the first one."""
    if version.before is None:
        return []
    found = [_withdrawn(version) if name == "withdrawn_at" else
             Change(label(name), fact(name, version.before.get(name)), fact(name, version.facts.get(name)))
             for name in FACTS if name in version.changed]
    if {"region_id", "village_known", "claimed_region"} & set(version.changed):
        found.append(Change(_("Wilayah penanggung jawab"), _region(version.before, version.region_before),
                            _region(version.facts, version.region)))
    if "merged_into" in version.changed:
        whole, part = _("catatan sendiri"), _("bagian dari kegiatan lain")
        found.append(Change(_("Catatan"), *((whole, part) if version.facts.get("merged_into") else (part, whole))))
    return found


def _withdrawn(version: Version) -> Change:
    if (since := version.facts.get("withdrawn_at")) is not None:
        return Change(label("withdrawn_at"), "", fact("withdrawn_at", since))
    return Change(label("withdrawn_at"), fact("withdrawn_at", version.before.get("withdrawn_at")), _("Dicatat kembali"))


def deeds(versions: Sequence[Version], sites: Sequence[SiteRow], *, whole: bool = False) -> list[Deed]:
    """All that was recorded of a work, the latest first; what one transaction wrote is one deed. With `whole` the first
    one says every fact that it brought."""
    by_moment: dict[datetime, tuple[list[Version], list[Change], set, set]] = {}

    def told(at: datetime) -> tuple[list[Version], list[Change], set, set]:
        return by_moment.setdefault(at, ([], [], set(), set()))

    for version in reversed(versions):
        written, _changes, persons, files = told(version.recorded_at)
        written.append(version)
        persons.add(version.person)
        files.add(version.file_name)
    replaced = {one.superseded_by: one for one in sites if one.superseded_by is not None}
    for site in sorted(sites, key=lambda one: one.id):
        _versions, moved, persons, files = told(site.valid_from)
        moved.append(_moved(replaced.get(site.id), site))
        persons.add(site.entered_by)
        files.add(site.file_name)
        if site.superseded_at is not None and site.superseded_by is None:
            told(site.superseded_at)[1].append(Change(_place_label(site), place(site), _("tidak berlaku lagi")))
    found = []
    for at, (written, moved, persons, files) in sorted(by_moment.items(), key=lambda one: one[0], reverse=True):
        first = any(one.before is None for one in written)
        said = [change for one in written for change in (_brought(one) if whole else changes(one))]
        said += [one._replace(before="") for one in moved] if first else moved
        found.append(Deed(at, local_day(at), _only(persons), _only(files), first, any(one.merging for one in written),
                          said))
    return found


def _brought(version: Version) -> list[Change]:
    if version.before is not None:
        return changes(version)
    return [Change(label(name), "", fact(name, value)) for name in FACTS
            if (value := version.facts.get(name)) is not None]


def held(then: Project, now: Project) -> list[Held]:
    """Every fact as it was, and as it is where that differs; what was and is unknown and may be is left out."""
    rows = [("", _("Wilayah penanggung jawab"), _village(then), _village(now))]
    rows += [(name, label(name), fact(name, getattr(then, name)), fact(name, getattr(now, name)))
             for name in FACTS if name not in ("name", "withdrawn_at")]
    unknown = _("tidak diketahui")
    return [Held(words, was, None if was == is_now else is_now) for name, words, was, is_now in rows
            if name not in _SELDOM or not was == is_now == unknown]


_SELDOM = ("activity_code", "fund_shares", "place", "rt", "rw", "contract", "record")


def label(name: str) -> str:
    match name:
        case "record":
            return _("ID kegiatan")
        case "withdrawn_at":
            return _("Ditarik")
        case "fund_shares":
            return _("Pembagian dana")
    return looks.sentence(f"column.{name}")


def fact(name: str, value: object) -> str:
    """One fact of a version in words; versions hold dates as text."""
    if value is None:
        return _("tidak diketahui")
    match name:
        case "category" | "fund" | "stage":
            return looks.sentence(f"{name}.{value}")
        case "fund_shares":
            return "; ".join(f"{looks.sentence('fund.' + one['fund'])}: {looks.money(one['amount'])}" for one in value)
        case "amount":
            return looks.money(value)
        case "volume":
            return looks.amount(Decimal(str(value)))
        case "start_date" | "end_date":
            return looks.day(value if isinstance(value, date) else date.fromisoformat(value[:10]))
        case "withdrawn_at":
            return looks.day(value if isinstance(value, datetime) else datetime.fromisoformat(value))
    return str(value)


def place(site: SiteRow) -> str:
    """Where a site lies, and how well that is known."""
    point = site.geometry if site.geometry.geom_type == "Point" else shapely.point_on_surface(site.geometry)
    return f"{looks.point(point)} ({_shape(site)})"


def _shape(site: SiteRow) -> str:
    if site.length_m:
        return _("garis %(m)s", m=looks.metres(site.length_m))
    if site.area_m2:
        return _("area %(n)s m²", n=looks.whole(site.area_m2))
    return f"± {looks.metres(site.accuracy_m)}" if site.accuracy_m is not None else _("ketelitian tidak diketahui")


def _moved(old: SiteRow | None, new: SiteRow) -> Change:
    if old is None:
        return Change(_place_label(new), _("belum ada"), place(new))
    away_m = float(crs.distance_m([old.geometry.centroid], [new.geometry.centroid])[0])
    moved = _("bergeser %(m)s", m=looks.metres(away_m)) if away_m >= 0.5 else _("di tempat yang sama")
    return Change(_place_label(new), place(old), f"{place(new)}, {moved}")


def _place_label(site: SiteRow) -> str:
    words = {"visited": _("Lokasi dikunjungi"), "claimed": _("Lokasi menurut catatan"),
             "planned": _("Lokasi rencana")}[site.role]
    return words if site.part == 1 else f"{words} ({site.part})"


def _region(facts: dict, name: str | None) -> str:
    if facts.get("village_known") or not (written := facts.get("claimed_region")):
        return name or _("tidak diketahui")
    return _("tertulis: %(words)s", words=written)


def _village(project: Project) -> str:
    if project.village:
        return ", ".join(part for part in (project.village, project.district) if part)
    return _("tertulis: %(words)s", words=project.claimed_region) if project.claimed_region else _("tidak diketahui")


def _only(names: set) -> str | None:
    return ", ".join(sorted(name for name in names if name)) or None
