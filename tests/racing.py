"""Many people at one thing at the same moment, over the application as it is served: what races and crashes are
measured with."""

import io
import threading
from collections import Counter
from collections.abc import Callable, Sequence
from concurrent.futures import ThreadPoolExecutor
from uuid import UUID, uuid4

import psycopg
from flask import Flask
from flask.testing import FlaskClient

from tests import build

SENDING = "id,nama kegiatan,tahun,desa\nK1,Rabat beton {key},2024,Sarongan\n"
BUSY = 503


def signed_in(app: Flask, committing: psycopg.Connection, person: UUID) -> FlaskClient:
    client = app.test_client()
    client.set_cookie("pantau", build.session(committing, person))
    return client


def at_once(acts: Sequence[Callable[[], int]], pool: ThreadPoolExecutor) -> Counter:
    """How often each status was answered when all of them begin at the same moment."""
    together = threading.Barrier(len(acts))

    def act(one: Callable[[], int]) -> int:
        together.wait()
        return one()

    return Counter(pool.map(act, acts))


def deciding(clients: Sequence[FlaskClient], pair: int, facts_hash: str, verdicts: Sequence[str],
             pool: ThreadPoolExecutor) -> Counter:
    """Everybody gives a verdict on a pair that nobody has judged, on the same page; one that is told the system is busy
    asks again, as a person would."""
    def decide(client: FlaskClient, verdict: str) -> int:
        while True:
            status = client.post(f"/pairs/{pair}/verdicts", data={
                "verdict": verdict, "facts_hash": facts_hash, "latest": "0", "form_key": str(uuid4())}).status_code
            if status != BUSY:
                return status

    return at_once([lambda one=one, said=said: decide(one, said)
                    for one, said in zip(clients, verdicts, strict=True)], pool)


def repeating(clients: Sequence[FlaskClient], path: str, form: Callable[[], dict], pool: ThreadPoolExecutor
              ) -> tuple[Counter, set[str]]:
    """One form sent by each of these windows of the same person at once; statuses, and the different answers."""
    answers: list[str] = []

    def send(client: FlaskClient) -> int:
        while True:
            answer = client.post(path, data=form())
            if answer.status_code != BUSY:
                answers.append(answer.headers.get("Location", ""))
                return answer.status_code

    return at_once([lambda one=one: send(one) for one in clients], pool), set(answers)


def upload_form(key: UUID, content: str = SENDING) -> dict:
    return {"form_key": str(key), "file": (io.BytesIO(content.format(key=key).encode()), "kegiatan.csv")}
