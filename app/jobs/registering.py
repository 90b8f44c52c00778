"""From a kept check to a proposal that stands among the works: stored and compared in one transaction."""

from collections.abc import Mapping
from uuid import UUID

from app.access import SENDS
from app.db import Connection
from app.errors import NotFound, Refused
from app.jobs import answers, be_patient, matching, sending
from app.jobs.checking import Proposal
from app.jobs.matching import Matched
from app.queries import check_results, projects, regions, uploads
from app.queries.check_results import Result
from app.queries.projects import Site, Work
from geo.sentences import Sentence


def may_register(connection: Connection, result: Result) -> bool:
    """Whether the person asking may enter works in the village where the place lies."""
    code = result.answer["village_code"]
    village = regions.by_code(connection, code) if code else None
    return village is not None and village.id in regions.writable_ids(connection, SENDS)


def register(connection: Connection, person_id: UUID, result_id: UUID, name: str) -> tuple[UUID, Matched]:
    """Store the proposal of a kept check as a draft of its village, under the check's number, and compare it.

    Twice registers once. Answers the work and what it was compared with. Raises NotFound and Refused.
    """
    be_patient(connection)
    if (result := check_results.hold(connection, result_id)) is None:
        raise NotFound
    if result.project_id is not None:
        return result.project_id, Matched(0, 0, 0)
    village = regions.by_code(connection, result.answer["village_code"]) if result.answer["village_code"] else None
    if village is None:
        raise Refused(Sentence("check.no_village"))
    if village.id not in regions.writable_ids(connection, SENDS):
        raise Refused(Sentence("check.not_your_village", {"village": village.name}))
    proposal = answers.proposal_of(result.question)
    if not (name.strip() or proposal.name.strip()):
        raise Refused(Sentence("check.no_name"))
    uploads.hold_regions(connection, [village.id])
    work = Work(f"check:{village.code}", result.number, village.id, True, _facts(proposal, name, result),
                _sites(connection, proposal, village.code))
    projects.insert(connection, [work], person_id)
    matched = matching.match(connection, [work.id])
    check_results.note_registered(connection, result.id, work.id)
    return work.id, matched


def _facts(proposal: Proposal, name: str, result: Result) -> Mapping[str, object]:
    """The number of the check is the record the work comes from: it is found again on the work's own page."""
    said = {key: value for key, value in proposal.more.items() if key in projects.FACTS}
    return said | {"name": (name.strip() or proposal.name)[:1000], "year": proposal.year, "stage": "proposed",
                   "fund": proposal.fund, "category": proposal.category, "amount": proposal.amount,
                   "volume": proposal.volume, "unit": proposal.unit, "record": result.number}


def _sites(connection: Connection, proposal: Proposal, code: str) -> list[Site]:
    if proposal.geometry is None:
        return []
    lies = sending.standing(connection, proposal.geometry, code, proposal.accuracy_m)
    found = None if lies.village is None or lies.approximate else regions.ids_by_code(connection)[lies.village]
    return [Site(proposal.geometry, None, proposal.accuracy_m, found_region_id=found, outside_m=lies.outside_m)]
