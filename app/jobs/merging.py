"""Two records become one work, or two again: in the verdict's transaction, with the matching of what it touched."""

from collections.abc import Sequence
from uuid import UUID

from app.db import Connection
from app.jobs import matching
from app.queries import mergings


def merge(connection: Connection, pair_ids: Sequence[int]) -> list[tuple[UUID, UUID]]:
    """Make one work of each of these pairs for which that is decided; answers (kept, gone) of those that became one.

    A pair whose work became part of another a moment ago is no pair any more, and is passed over.
    """
    made = [both for pair_id in pair_ids if (both := mergings.merge(connection, pair_id))]
    if made:
        matching.match(connection, sorted({project for both in made for project in both}))
    return made


def part(connection: Connection, merging: mergings.Merging, reason: str) -> bool:
    """Take two works apart again and compare both anew; False where they have gone on since."""
    if not mergings.part(connection, merging.id, reason):
        return False
    matching.match(connection, [merging.kept_project, merging.gone_project])
    return True
