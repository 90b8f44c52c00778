"""Works by their names, where there are very many: their ids first, through the one door whose index holds no foreign
draft (migration 0018), and then whatever is asked of them under row-level security.

Under the policies themselves no index may look for a part of a name: every work would be read and compared.
"""

import re
from collections.abc import Iterator
from contextlib import contextmanager
from typing import NamedTuple
from uuid import UUID

from app.db import Connection
from app.queries.filters import Filter, patterns

MOST = 5_000
"""A name that more works have is no choice among them: lists then go through all, from the newest on."""

_INDEXED = re.compile("[0-9A-Za-z]{3}")


class Named(NamedTuple):
    """The works that have a name. `ids` is None where they were not looked for: too `many` have it, or the filter
    chooses few without it."""

    ids: list[UUID] | None
    many: bool


def named(connection: Connection, wanted: Filter) -> Named:
    if not wanted.q or wanted.region:
        return Named(None, many=False)
    ids = having(connection, wanted.q)
    return Named(ids, many=ids is None)


def having(connection: Connection, text: str) -> list[UUID] | None:
    """Ids of the works that have every word of `text` in name and place; None where more than MOST have, or where no
    word is long enough for the index."""
    words = sorted(text.split(), key=len, reverse=True)
    words.sort(key=lambda word: not _INDEXED.search(word))
    if not words or not _INDEXED.search(words[0]):
        return None
    ids = [found for found, in connection.execute("SELECT works_named(%s, %s)", [patterns(words), MOST + 1])]
    return ids if len(ids) <= MOST else None


@contextmanager
def in_order(connection: Connection) -> Iterator[None]:
    """Inside, works are gone through in the order of the index until there are enough. The planner takes any name for
    a rare one, and would rather read and sort them all."""
    ways = ("enable_seqscan", "enable_bitmapscan", "enable_hashjoin", "enable_mergejoin")
    query = "SELECT set_config(name, %s, true) FROM unnest(%s::text[]) AS name"
    connection.execute(query, ["off", list(ways)])
    yield
    connection.execute(query, ["on", list(ways)])
