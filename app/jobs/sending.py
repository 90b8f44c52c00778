"""Sending a point: it is placed among the villages, stored and compared in one transaction."""

from typing import NamedTuple
from uuid import UUID

import numpy as np
from shapely.geometry.base import BaseGeometry

from app.db import Connection
from app.jobs.matching import Matched, match
from app.queries import projects, sites
from app.queries.projects import Site
from app.queries.regions import ids_by_code
from app.queries.sites import Work


class Standing(NamedTuple):
    """Where a geometry lies: `village` (a code) and `name` None where no village holds it or no border is known;
    `approximate` borders only suggest it; `outside_m` metres outside the work's own village, None where not known."""

    village: str | None
    name: str | None
    approximate: bool
    outside_m: float | None
    standing: str
    borders_known: bool

    @property
    def nowhere(self) -> bool:
        """At sea or beyond every village that is known."""
        return self.borders_known and self.village is None


def standing(connection: Connection, shape: BaseGeometry, code: str | None, accuracy_m: float | None) -> Standing:
    """Where a geometry lies among the villages, beside the claimed one of `code`."""
    regions = sites.regions_around(connection, shape, code)
    placed = regions.place([shape], [code], np.nan if accuracy_m is None else accuracy_m)
    village, outside_m = placed.found[0], float(placed.outside_m[0])
    return Standing(village, regions.name_of(village) if village else None,
                    bool(village and regions.is_approximate(village)), None if np.isnan(outside_m) else outside_m,
                    placed.standing[0], sites.borders_known(connection))


def send(connection: Connection, work: Work, site: Site, person_id: UUID) -> tuple[int, Matched]:
    """Store a site as the one where the work is claimed to stand, and compare the work anew.

    The former claim is kept and says when it was replaced; the same point sent once more by the same person stores
    nothing. Answers the id of the site and what was compared.
    """
    sites.hold(connection, work.id)
    if (stored := sites.unchanged(connection, work.id, site.geometry, site.method, person_id)) is not None:
        return stored, Matched(0, 0, 0)
    lies = standing(connection, site.geometry, work.code, site.accuracy_m)
    found = None if lies.village is None or lies.approximate else ids_by_code(connection)[lies.village]
    placed = Site(site.geometry, site.method, site.accuracy_m, site.role, site.part, found, lies.outside_m, site.reason)
    projects.move(connection, work.id, [placed], person_id)
    return sites.latest(connection, work.id), match(connection, [work.id])
