"""One proposal asked of the database gets the answer of the library on the whole table, on crowded spots as well."""

from uuid import UUID

import geopandas as gpd
import numpy as np
import pytest
import shapely

from app.db import Database
from app.jobs import checking
from app.jobs.checking import Proposal
from app.jobs.matching import model_in_force
from app.queries import checks, matching
from geo import duplicates
from tests import build
from tests.db.test_crowds import OFFICE, invented
from tests.db.test_matching import (  # noqa: F401  (fixtures are found by their names here)
    committing,
    generated,
    region_ids,
    send,
    sender,
    store,
    works_of,
)


def both(store: Database, sender: UUID, proposal: Proposal) -> tuple[list, list]:  # noqa: F811
    """(project, kind, probability, metres) of what stands within tolerance: by the database, and by the library."""
    with store.transaction(read_only=True, person=sender) as connection:
        found = checking.check(connection, proposal, every=True)
        sites = matching.sites_of(connection, matching.everyone(connection))
        model = model_in_force(connection)
    row = gpd.GeoDataFrame([{"project": "proposal", "name": proposal.name, "year": proposal.year, "fund": proposal.fund,
                             "category": proposal.category, "stage": "proposed", "role": "planned",
                             "amount": np.nan if proposal.amount is None else float(proposal.amount),
                             "accuracy_m": proposal.accuracy_m}], geometry=[proposal.geometry], crs=4326)
    whole = duplicates.check(row, sites, model, every=True)
    whole = whole[whole["distance_m"].notna()]
    ours = [(str(one.project), one.kind, round(one.probability, 9), round(one.distance_m, 3))
            for one in found.alike if one.distance_m is not None]
    theirs = [(sites["project"][pair.right], pair.kind, round(pair.probability, 9), round(pair.distance_m, 3))
              for pair in whole.itertuples()]
    return sorted(ours), sorted(theirs)


def test_works_proposed_again_find_what_the_library_finds_among_all(
        store, committing, sender, region_ids, generated) -> None:  # noqa: F811
    works = works_of(generated.iloc[:700], region_ids)
    send(store, sender, works)
    seen = 0
    for work in [one for one in works if one.sites][::40]:
        moved = shapely.affinity.translate(work.sites[0].geometry, 4e-5, -3e-5)
        ours, theirs = both(store, sender, Proposal(moved, work.facts["name"], work.facts.get("year"), "PBK",
                                                    work.facts.get("category"), work.facts.get("amount"), 8.0))
        assert ours == theirs
        seen += len(ours)
    assert seen > 15


@pytest.mark.parametrize("aside_m", [0, 6])
def test_a_proposal_on_or_beside_a_crowded_spot_is_compared_by_words_as_in_the_library(
        store, committing, sender, region_ids, aside_m) -> None:  # noqa: F811
    works = invented(50, list(region_ids.values())[:2], OFFICE, 8)
    send(store, sender, works)
    facts = works[7].facts
    ours, theirs = both(store, sender, Proposal(
        shapely.Point(build.away(aside_m, 0)), facts["name"], facts["year"], "PBP", facts["category"], facts["amount"],
        5.0))
    assert ours == theirs
    assert 0 < len(ours) < 50


def test_what_is_said_to_be_searched_is_what_there_is(superuser_db, database):
    """It is told from the counts by region: of public works, and of one's own drafts."""
    places = build.places(superuser_db)
    officer = build.person(superuser_db, "head", places.village)
    for region, facts in ((places.village, {"year": 2021, "fund": "DDS"}), (places.far, {"year": 2024, "at": None}),
                          (places.far, {"year": None, "fund": None}),
                          (places.village, {"year": 2026, "fund": "ADD", "stage": "proposed", "at": None}),
                          (places.far, {"year": 2019, "fund": "CSR", "stage": "proposed"}),
                          (places.village, {"year": 2018, "fund": "APBD", "withdrawn_at": "2026-01-01"})):
        build.project(superuser_db, region, **{"fund": "DDS", **facts})
    with build.asking(superuser_db, database, officer):
        drafts = tuple(superuser_db.execute(checks.DRAFTS).fetchone())
        checks._COUNTED.clear()
        assert checks.searched(superuser_db, drafts) == (4, 2, 2021, 2026, 2)
    checks._COUNTED.clear()
