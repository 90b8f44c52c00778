"""Two works that may be one, as the tests of pairs, of their sums and of verdicts need them."""

import psycopg

from tests import build


def new_pair(db: psycopg.Connection, places: build.Places, *, left: dict | None = None, right: dict | None = None,
             **measured: object) -> int:
    one = build.project(db, places.village, **(left or {}))
    other = build.project(db, places.village, fund="APBD", at=build.away(6), **(right or {}))
    return build.pair(db, one, other, **measured)


def ids(rows: list) -> list[int]:
    return [row.id for row in rows]
