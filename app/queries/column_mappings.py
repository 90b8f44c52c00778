"""What people once said that the columns of a file mean, for the next file of the same shape.

A mapping belongs to the region of the upload on which it was said and holds for that region and all below it: an
office's sheet is corrected once, and no village decides for another one.
"""

import json
from collections.abc import Sequence
from datetime import datetime
from typing import NamedTuple
from uuid import UUID

from app.db import Connection
from app.queries import scope
from app.queries.uploads import Upload


class Remembered(NamedTuple):
    """A mapping in force; `meanings` by the place of the column, None where nobody said anything. `number` is that of
    the upload on which it was said, None where the person asking may not see it."""

    id: int
    shape: str
    region_id: int
    meanings: list[str | None]
    person: str
    made_at: datetime
    upload_id: UUID
    number: int | None

    def of(self, columns: Sequence[str]) -> dict[str, str]:
        """The same by the names of a file's columns."""
        return {column: meaning for column, meaning in zip(columns, self.meanings, strict=False) if meaning is not None}


_SELECT = f"""
    SELECT m.id, m.shape, m.region_id, m.meanings, p.full_name AS person, m.made_at, m.upload_id, u.number
      FROM column_mapping m JOIN person p ON p.id = m.person_id
      LEFT JOIN upload u ON u.id = m.upload_id AND {scope.upload("u")}
      JOIN LATERAL (SELECT FROM region held WHERE held.id = ANY ({scope.OWN}) AND m.region_id = ANY (held.lineage)
                     LIMIT 1) AS own ON true
"""  # noqa: S608  constants


def all_for(connection: Connection, region_id: int) -> dict[str, Remembered]:
    """The mappings that hold for files of a region, by shape: of its own and of those above it the nearest."""
    found = connection.execute(
        _SELECT + """
          JOIN region r ON r.id = %s AND m.region_id = ANY (r.lineage)
         WHERE m.forgotten_at IS NULL ORDER BY array_position(r.lineage, m.region_id) DESC
        """, [region_id]).fetchall()
    return {row.shape: Remembered(*row) for row in found}


def by_id(connection: Connection, mapping_id: int) -> Remembered | None:
    found = connection.execute(_SELECT + " WHERE m.id = %s AND m.forgotten_at IS NULL", [mapping_id]).fetchone()
    return Remembered(*found) if found else None


def remember(connection: Connection, shape: str, upload: Upload, meanings: Sequence[str | None]) -> None:
    """Keep what was said on an upload in the place of what its region remembered before."""
    connection.execute(
        f"""
        UPDATE column_mapping SET forgotten_at = now(), forgotten_by = current_person()
         WHERE shape = %s AND region_id = %s AND forgotten_at IS NULL AND region_id = ANY ({scope.SENDS})
        """, [shape, upload.region_id])  # noqa: S608  constants
    connection.execute(
        """
        INSERT INTO column_mapping (shape, region_id, meanings, upload_id, person_id)
        VALUES (%s, %s, %s, %s, current_person())
        ON CONFLICT DO NOTHING
        """, [shape, upload.region_id, json.dumps(list(meanings)), upload.id])


def forget(connection: Connection, mapping_id: int) -> bool:
    """Let the next file be understood without it; False where the person asking may not decide for its region."""
    return connection.execute(
        f"""
        UPDATE column_mapping SET forgotten_at = now(), forgotten_by = current_person()
         WHERE id = %s AND forgotten_at IS NULL
           AND region_id = ANY ({scope.SENDS}) RETURNING true
        """, [mapping_id]).fetchone() is not None  # noqa: S608  constants
