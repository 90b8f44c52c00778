"""One-time links with which a person signs in for the first time: no password exists that nobody chose."""

import secrets
from datetime import UTC, datetime, timedelta
from typing import NamedTuple
from uuid import UUID

from app.access import hash_of
from app.db import Connection
from app.queries import people

VALID_FOR = timedelta(hours=24)
ORDER = ("admin", "auditor", "planner", "field", "head")


class Link(NamedTuple):
    """A person and the address that signs them in, once."""

    name: str
    full_name: str
    address: str


def sign_in_link(connection: Connection, person_id: UUID, address: str) -> str:
    """A new link for one person under the address of the installation; only its hash is stored."""
    token = secrets.token_urlsafe(24)
    people.add_sign_in_link(connection, person_id, hash_of(token), datetime.now(UTC) + VALID_FOR)
    return f"{address.rstrip('/')}/sign-in/{token}"


def demonstration_links(connection: Connection, address: str) -> list[Link]:
    """A new link for each demonstration person, in the order in which a newcomer needs them."""
    found = people.demonstration_people(connection)
    known = {name: place for place, name in enumerate(ORDER)}
    ordered = sorted(found, key=lambda person: (known.get(person[1], len(ORDER)), person[1]))
    return [Link(name, full, sign_in_link(connection, person_id, address)) for person_id, name, full in ordered]
