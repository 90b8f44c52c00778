"""Names of files: stored, shown and given back, and never a part of a path. A thousand are made ready to be shown; each
twelfth goes through the door, as a browser writes it and byte by byte, and comes back."""

import io
import re
import sys
import threading
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from urllib.parse import unquote
from uuid import UUID

import pytest

from app.jobs.uploads import LONGEST_NAME, shown_name
from tests import build
from tests.hostile.addresses import names

EVERY = 12
_WRITES = {"os.rename", "os.remove", "os.mkdir", "os.link", "os.symlink", "os.truncate", "os.chmod", "shutil.copyfile"}
_watching: list[tuple[int, list[str]]] = []


def _hear(event: str, arguments: tuple) -> None:
    if not _watching or _watching[-1][0] != threading.get_ident():
        return
    if event == "open" and isinstance(arguments[0], str | bytes):
        _watching[-1][1].append(str(arguments[0]))
    elif event in _WRITES:
        _watching[-1][1].extend(str(one) for one in arguments if isinstance(one, str | bytes | Path))


sys.addaudithook(_hear)  # Python tells of every path that it opens, makes or moves; there is no way to be quiet again


@contextmanager
def traced() -> Iterator[list[str]]:
    """Every path that this thread opens, makes, moves or removes meanwhile."""
    _watching.append((threading.get_ident(), []))
    try:
        yield _watching[-1][1]
    finally:
        _watching.pop()


@pytest.fixture(scope="module")
def sender(app, committing, village, client_of_module):
    return client_of_module(build.person(committing, "field", village))


@pytest.fixture(scope="module")
def client_of_module(app, committing):
    def signed_in(person: UUID):
        client = app.test_client()
        client.set_cookie("pantau", build.session(committing, person))
        return client

    return signed_in


def _sent(client, name: str, *, raw: bool) -> str | None:
    """The upload of a file of this name, as a browser writes it or with every byte as it stands; None if refused."""
    written = name.encode("utf-8", "replace")
    if raw:
        written = written.replace(b"\\", b"\\\\").replace(b'"', b'\\"')
    else:
        written = written.replace(b'"', b"%22").replace(b"\r", b"%0D").replace(b"\n", b"%0A")
    body = (b'--b\r\nContent-Disposition: form-data; name="file"; filename="' + written
            + b'"\r\nContent-Type: text/csv\r\n\r\nnama,tahun\nRabat,2024\n\r\n--b--\r\n')
    answer = client.post("/uploads", input_stream=io.BytesIO(body), content_length=len(body),
                         content_type="multipart/form-data; boundary=b")
    assert answer.status_code in (303, 400, 422), f"{name!r}: {answer.status_code}"
    return answer.location.rsplit("/", 1)[1] if answer.status_code == 303 else None


def test_a_shown_name_has_no_folder_no_sign_that_is_not_seen_and_an_end():
    for name in names():
        shown = shown_name(name)
        assert shown
        assert len(shown) <= LONGEST_NAME
        assert not set("/\\\0\r\n\t\x1b\x7f\u202e\u202d\u2066\ufeff\u200b") & set(shown), repr(name)


@pytest.mark.timeout(900)
def test_no_name_becomes_a_path_and_each_is_given_back_as_it_is_shown(app, committing, sender):
    folder = app.extensions["settings"].var
    with traced() as early:
        (folder / "probe").write_bytes(b"")
    assert str(folder / "probe") in early, "what is opened is heard"
    refused, given = 0, 0
    for number, name in enumerate(names()):
        if number % EVERY:
            continue
        for raw in (False, True):
            with traced() as paths:
                upload = _sent(sender, name, raw=raw)
            outside = [one for one in paths if _written(one) and folder not in Path(one).resolve().parents]
            assert outside == [], f"{name!r}"
            inside = [Path(one).name for one in paths if folder in Path(one).resolve().parents]
            ours = set("0123456789abcdefghijklmnopqrstuvwxyz_-")
            assert all(set(one) <= ours for one in inside), f"{name!r}: {inside}"
            if upload is None:
                refused += 1
                continue
            given += _given_back(committing, sender, upload)
    assert given > 100
    assert refused < given


def _written(path: str) -> bool:
    """Whether it is one of those that uploads could have to do with: not the program's own files."""
    ours = (sys.prefix, sys.base_prefix, str(Path(__file__).parents[2]))
    return not path.startswith((*ours, "/dev/", "/proc/", "/usr/"))


def _given_back(committing, sender, upload: str) -> int:
    """The name stands in the page as text; the file that is taken out is called by it, whole and alone."""
    committing.execute("UPDATE upload SET state = 'read', rows = 0, good_rows = 0 WHERE id = %s", [upload])
    (stored,) = committing.execute("SELECT file_name FROM upload WHERE id = %s", [upload]).fetchone()
    answer = sender.get(f"/uploads/{upload}/sheet.xlsx")
    assert answer.status_code == 200, stored
    (line,) = answer.headers.getlist("Content-Disposition")
    assert _name_in(line) == f"{stored.rsplit('.', 1)[0]}-diperiksa.xlsx"
    assert len(answer.headers.getlist("Content-Type")) == 1
    return 1


_TOKEN = r"[A-Za-z0-9!#$%&'*+.^_`|~-]+"
_DISPOSITION = re.compile(rf'attachment; filename=(?P<plain>{_TOKEN}|"(?:[^"\\\x00-\x1f\x7f]|\\.)*")'
                          r"(?:; filename\*=UTF-8''(?P<whole>(?:[A-Za-z0-9!#$&+.^_`|~-]|%[0-9A-F]{2})*))?")


def _name_in(line: str) -> str:
    """The name that a browser reads, by the grammar of RFC 6266 and 8187; the line must be nothing but that."""
    found = _DISPOSITION.fullmatch(line)
    assert found, line
    assert line.isascii()
    if found["whole"] is not None:
        return unquote(found["whole"], errors="strict")
    return re.sub(r"\\(.)", r"\1", found["plain"][1:-1]) if found["plain"].startswith('"') else found["plain"]
