"""A form that is sent twice is done once: by a second press, or because the line broke before the answer came.

Every form carries a key (`token()` in templates/_forms.html). What it brings is stored together with the key and the
answer; the same form sent again gets that answer. The same key with another content is refused, for then somebody would
believe something stored that is not. A form without a key, as a script may send it, is done each time.

    with sent_once.writing() as (connection, once):
        new = …
        once.keep(url_for(…))
"""

import hashlib
from collections.abc import Iterator
from contextlib import contextmanager
from uuid import UUID, uuid4, uuid5

from flask import g, request
from flask_babel import gettext as _

from app import access
from app.db import Connection
from app.errors import Changed, Repeated
from app.queries import sent_forms

FIELD = "form_key"
NOT_CONTENT = (FIELD, "csrf_token")
_BLOCK = 1 << 20


def new_key() -> str:
    """The key of a form that is about to be shown."""
    return str(uuid4())


class Once:
    """One sending of a form, in the transaction that stores what it brings."""

    def __init__(self, connection: Connection, key: UUID | None, content: bytes) -> None:
        self._connection, self._key, self._content = connection, key, content

    def keep(self, answer: str) -> str:
        """Keep what is answered, an address of ours or an id, for whenever this form comes again."""
        if self._key is not None:
            sent_forms.keep(self._connection, g.person.id, self._key, self._content, answer)
        return answer


@contextmanager
def writing(part: int = 0) -> Iterator[tuple[Connection, Once]]:
    """A transaction of the person asking, for what this form brings; `part` counts the files of one form, each stored
    by itself. Raises Repeated, with what was answered then, where it was stored before, and Changed where the same key
    comes with another content."""
    key = _key(part)
    content = b"" if key is None else _content(part)
    with access.writing() as connection:
        if key is not None:
            sent_forms.hold(connection, g.person.id, key)
            _refuse_known(connection, key, content)
        yield connection, Once(connection, key, content)


def look(connection: Connection) -> None:
    """Raise as `writing` does, before work that would be in vain; afterwards the files of the form may be closed."""
    if (key := _key(0)) is not None:
        _refuse_known(connection, key, _content(0))


def _refuse_known(connection: Connection, key: UUID, content: bytes) -> None:
    before = sent_forms.known(connection, g.person.id, key)
    if before is not None and before.sum != content:
        raise Changed(_("Formulir ini sudah dikirim dengan isi lain, dan yang itu sudah tersimpan. Muat ulang halaman, "
                        "lalu kirim lagi."))
    if before is not None:
        raise Repeated(before.answer)


def _key(part: int) -> UUID | None:
    try:
        key = UUID(request.form.get(FIELD, ""))
    except ValueError:
        return None
    return uuid5(key, str(part)) if part else key


def _content(part: int) -> bytes:
    """The sum of this form, worked out once a request."""
    if "form_sums" not in g:
        g.form_sums = {}
    if part not in g.form_sums:
        g.form_sums[part] = _sum(part)
    return g.form_sums[part]


def _sum(part: int) -> bytes:
    """Of the address, of every field, and of the content and name of every file (of the file of this part)."""
    total = hashlib.sha256()

    def add(*parts: str | bytes) -> None:
        for one in parts:
            told = one.encode() if isinstance(one, str) else one
            total.update(b"%d:" % len(told) + told)

    add(request.path)
    for name, value in sorted(request.form.items(multi=True)):
        if name not in NOT_CONTENT:
            add(name, value)
    sent = [(name, one) for name, one in request.files.items(multi=True) if one.filename]
    for name, one in sent[part:part + 1] if len(sent) > 1 else sent:
        file = hashlib.sha256()
        while block := one.stream.read(_BLOCK):
            file.update(block)
        one.stream.seek(0)
        add(name, one.filename or "", file.digest())
    return total.digest()
