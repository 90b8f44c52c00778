"""What happened to the facts of a work, in words."""

from typing import NamedTuple

from flask_babel import gettext as _

from app import looks
from app.queries.project_details import Version

FACTS = ("name", "category", "activity_code", "year", "stage", "fund", "amount", "volume", "unit", "place", "rt", "rw",
         "contractor", "contract", "record", "start_date", "end_date", "withdrawn_at")
"""Facts that a person reads in the history, in this order."""


class Change(NamedTuple):
    """One fact that a version changed, all three in words."""

    label: str
    before: str
    after: str


def changes(version: Version) -> list[Change]:
    """What the version changed, fact by fact; empty for the first one."""
    before = version.before or {}
    return [Change(label(name), fact(name, before.get(name)), fact(name, version.facts.get(name)))
            for name in FACTS if name in version.changed]


def label(name: str) -> str:
    match name:
        case "record":
            return _("ID kegiatan")
        case "withdrawn_at":
            return _("Ditarik")
    return looks.sentence(f"column.{name}")


def fact(name: str, value: object) -> str:
    """One fact of a version in words."""
    if value is None:
        return _("tidak diketahui")
    match name:
        case "category" | "fund" | "stage":
            return looks.sentence(f"{name}.{value}")
        case "amount":
            return looks.money(value)
        case "year" | "withdrawn_at":
            return str(value)[:10]
    return str(value)
