"""The door for uploads: a file comes in here, from a page or from the command line, and each later step is asked for.

Nothing of a file becomes a work until a person has seen what was understood and confirmed it.
"""

import unicodedata
from collections.abc import Mapping
from typing import BinaryIO
from uuid import UUID

from app.db import Connection
from app.errors import Changed, NotFound
from app.jobs import begin, files
from app.queries import upload_rows, uploads
from app.queries.uploads import Upload
from app.settings import Settings

LONGEST_NAME = 200


def receive(connection: Connection, settings: Settings, person_id: UUID, region_id: int, file_name: str,
            stream: BinaryIO, batch: UUID | None = None) -> UUID:
    """Keep the file and note that it came; `region_id` is the widest region in which the sender may enter works.

    The file has reached the disk before the caller's transaction commits.
    """
    kept = files.keep(stream, settings.files, lambda sha256: uploads.hold_content(connection, sha256))
    return uploads.enter(connection, person_id, region_id, shown_name(file_name), kept.sha256, kept.bytes, batch)


def drop(connection: Connection, settings: Settings, upload: Upload) -> None:
    """Leave nothing of an upload but that it came: its rows go, and its file unless another upload has the same.

    The last act of its transaction: a file on disk does not come back when a transaction is undone.
    """
    upload_rows.drop_rows(connection, upload.id)
    uploads.note_dropped(connection, upload.id)
    uploads.hold_content(connection, upload.sha256)
    if not uploads.content_is_wanted(connection, upload.sha256, upload.id):
        files.remove(settings.files, upload.sha256)


def drop_unread(connection: Connection, settings: Settings, upload_id: UUID) -> None:
    """What cancelling the first reading of a file leaves: nothing. One that was read before waits to be read again."""
    upload = uploads.hold(connection, upload_id)
    if upload and upload.state == "received" and upload.rows is None:
        drop(connection, settings, upload)


def refuse(connection: Connection, settings: Settings, upload_id: UUID, refusal: Mapping) -> None:
    """Note why a file could not be used; it stays, to be read again by other columns."""
    uploads.note_refused(connection, upload_id, refusal)


def found(connection: Connection, upload_id: UUID) -> Upload:
    """The upload, if the person asking may see it. Raises NotFound."""
    if (upload := uploads.by_id(connection, upload_id)) is None:
        raise NotFound
    return upload


def own(connection: Connection, upload_id: UUID, person_id: UUID, *states: str, admin: bool = False) -> Upload:
    """The upload, held for this transaction, if it is this person's to act on (or `admin`'s) and in one of these
    states. Raises NotFound and Changed."""
    upload = uploads.hold(connection, upload_id)
    if upload is None or not (upload.person_id == person_id or admin):
        raise NotFound
    if upload.state not in states:
        raise Changed
    return upload


def shown_name(name: str) -> str:
    """The name as it may be shown; it is never used on disk."""
    name = name.replace("\\", "/").rsplit("/", 1)[-1]
    name = "".join(letter for letter in name if unicodedata.category(letter)[0] != "C").strip()
    if len(name) <= LONGEST_NAME:
        return name or "-"
    return f"{name[:LONGEST_NAME - 20]}…{name[-19:]}"


def ask_to_read(connection: Connection, upload: UUID, person_id: UUID) -> UUID:
    """Queue the reading of a received file. Answers the job's id."""
    return begin(connection, person_id, "upload.read", upload)


def ask_to_read_again(connection: Connection, upload: Upload, person_id: UUID, said: Mapping[str, str]) -> UUID:
    """Queue another reading, with what the person says that columns mean (file column -> schema column or '')."""
    columns = [one | ({"meaning": said[one["column"]] or None, "how": "person"} if one["column"] in said else {})
               for one in upload.columns]
    uploads.note_columns(connection, upload.id, columns)
    uploads.note_received_again(connection, upload.id)
    return begin(connection, person_id, "upload.read", upload.id)


def ask_to_store(connection: Connection, upload: UUID, person_id: UUID) -> UUID:
    return begin(connection, person_id, "upload.store", upload)


def ask_to_undo(connection: Connection, upload: UUID, person_id: UUID) -> UUID:
    return begin(connection, person_id, "upload.undo", upload)
