"""Taking the record out, as it can be verified anywhere."""

from pathlib import Path

import psycopg

from app.audit.verify import BLOCK_COLUMNS, COLUMNS
from app.queries import audit


def export(url: str, folder: Path) -> None:
    """Write `audit.copy` and `audit_block.copy` of the database at this address (the operator's) into a folder, as
    they stood at one moment."""
    with psycopg.connect(url) as connection:
        connection.isolation_level = psycopg.IsolationLevel.REPEATABLE_READ
        for table, columns in (("audit_block", BLOCK_COLUMNS), ("audit", COLUMNS)):
            with (folder / f"{table}.copy").open("wb") as file:
                file.writelines(audit.copied(connection, table, columns))
