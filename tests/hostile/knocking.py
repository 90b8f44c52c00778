"""Every route and way to ask for it, once, by somebody whom it is for, about a thing that is there."""

import io
import re
from collections.abc import Iterator
from urllib.parse import urlsplit
from uuid import UUID

from flask import Flask
from werkzeug.test import TestResponse

from tests.matrix.cases import Case, cases
from tests.matrix.world import World

SAFE = ("GET", "HEAD", "OPTIONS")


class Knocker:
    """Asks one application; `origin` is where its pages stand."""

    def __init__(self, app: Flask, world: World, sessions: dict[UUID, str], origin: str = "http://localhost") -> None:
        self.app, self.world, self.origin, self._sessions = app, world, origin, sessions
        self.client = app.test_client(use_cookies=False)
        found: dict[tuple[str, str, int], Case] = {}
        for case in cases(app, world):
            key = (case.endpoint, case.method, case.address.count("/"))
            if case.allowed and (key not in found or _wider(case, found[key])):
                found[key] = case
        self.questions = list(found.values())

    @property
    def written(self) -> set[str]:
        """The tables that the last request would have changed."""
        return self.app.extensions["database"].written

    def unsafe(self) -> Iterator[Case]:
        return (one for one in self.questions if one.method not in SAFE)

    def ask(self, case: Case, *, signed_in: bool = True, form: dict | None = None, more: dict | None = None,
            query: dict | None = None, cookies: str = "", headers: dict[str, str] | None = None) -> TestResponse:
        """The answer, read to its end; `more` are fields beside those of the form."""
        self.app.extensions["database"].written = set()
        sent = None
        if case.method not in SAFE:
            sent = {name: _again(value) for name, value in (case.form or {} if form is None else form).items()}
            sent |= more or {}
        answer = self.client.open(
            case.address, method=case.method, data=sent, base_url=self.origin,
            query_string={name: str(value) for name, value in (case.query | (query or {})).items()},
            headers={"Cookie": "; ".join(filter(None, [self.cookie(case) if signed_in else "", cookies]))}
            | (headers or {}))
        answer.get_data()
        answer.close()
        return answer

    def cookie(self, case: Case) -> str:
        name = "__Host-pantau" if self.origin.startswith("https") else "pantau"
        return f"{name}={self._sessions[case.who.id]}" if case.who.id else ""

    def token(self) -> tuple[str, str]:
        """A token for forms and the cookie that belongs to it, as a page gives them to a visitor."""
        answer = self.client.get("/help", base_url=self.origin)
        token = re.search(r'name="csrf_token" value="([^"]+)"', answer.text)[1]
        return token, answer.headers["Set-Cookie"].split(";")[0]

    @property
    def host(self) -> str:
        return urlsplit(self.origin).netloc


def _wider(one: Case, other: Case) -> bool:
    """Whether this question shows more: of a thing that is there, with something asked for."""
    return (one.kind is not None, len(one.query), one.who.standing == "whole") > (
        other.kind is not None, len(other.query), other.who.standing == "whole")


def _again(value: object) -> object:
    """A file is read once; a form is sent several times."""
    if isinstance(value, tuple):
        value[0].seek(0)
        return io.BytesIO(value[0].read()), value[1]
    return str(value)
