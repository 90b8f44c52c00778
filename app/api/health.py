"""For what watches the application: is the process alive, and can it answer?"""

from flask import Blueprint

from app import access

page = Blueprint("health", __name__)


@page.get("/healthz")
@access.everyone
def alive() -> dict:
    return {"alive": True}


@page.get("/readyz")
@access.everyone
def ready() -> dict:
    with access.database().transaction(read_only=True) as connection:
        connection.execute("SELECT 1")
    return {"ready": True}
