"""For a phone in the field: whom it sends for, and where. It comes with its token, `Authorization: Bearer …`."""

from flask import Blueprint, g

from app import access
from app.queries import regions

page = Blueprint("device", __name__, url_prefix="/api/device")


@page.get("")
@access.device
def show() -> dict:
    with access.reading() as connection:
        own = regions.writable_ids(connection, access.SENDS)
        villages = [one for one in regions.of_level(connection, "village") if one.id in own]
    return {"person": {"name": g.person.name, "full_name": g.person.full_name, "language": g.person.language},
            "device": {"name": g.phone.called, "expires_at": g.phone.expires_at.isoformat()},
            "villages": [{"code": one.code, "name": one.name} for one in villages]}
