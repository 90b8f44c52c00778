"""Photos beside the village's answer: what is taken, what is shown, to whom, and what lies where."""

import io
import stat
import struct
import zlib

import pytest
from PIL import Image

from app.jobs import photos
from tests import build


@pytest.fixture
def head(committing, client_of, village):
    return client_of(build.person(committing, "head", village))


@pytest.fixture
def pair(committing, village):
    return build.pair(committing, build.project(committing, village), build.project(committing, village))


def _jpeg(size=(60, 40), *, noted=True):
    """A photo as a phone sends it: on its side, with place and maker noted."""
    exif = Image.Exif()
    if noted:
        exif[0x0112] = 6
        exif[0x010F] = "KAMERA-RAHASIA"
        exif.get_ifd(0x8825)[1] = "S"
    out = io.BytesIO()
    Image.new("RGB", size, "green").save(out, "JPEG", exif=exif, comment=b"CATATAN-RAHASIA")
    return out.getvalue()


def _as(kind):
    out = io.BytesIO()
    Image.new("RGBA", (30, 20), (0, 90, 0, 120)).save(out, kind)
    return out.getvalue()


def _send(client, pair, *contents, text="Dua ruas yang berbeda."):
    return client.post(f"/pairs/{pair}/answers", content_type="multipart/form-data", data={
        "text": text, "photo": [(io.BytesIO(one), "../../foto.svg") for one in contents]})


def _photos(committing, pair):
    return committing.execute(
        """SELECT f.id, encode(f.sha256, 'hex'), encode(f.shown_sha256, 'hex'), f.width, f.height FROM answer_photo f
           JOIN answer t ON t.id = f.answer_id WHERE t.pair_id = %s ORDER BY f.id""", [pair]).fetchall()


def test_a_photo_is_shown_upright_without_what_the_camera_noted_and_its_original_is_sealed(app, committing, head, pair):
    sent = _jpeg()
    assert b"RAHASIA" in sent
    assert _send(head, pair, sent).status_code == 302
    ((photo, original, shown, width, height),) = _photos(committing, pair)
    assert (width, height) == (40, 60)
    answer = head.get(f"/pairs/{pair}/photos/{photo}")
    assert answer.status_code == 200
    assert b"RAHASIA" not in answer.data
    with Image.open(io.BytesIO(answer.data)) as opened:
        assert (opened.format, opened.size, dict(opened.getexif())) == ("JPEG", (40, 60), {})
    assert answer.headers["X-Content-Type-Options"] == "nosniff"
    assert answer.headers["Content-Security-Policy"].startswith("sandbox; default-src 'none'")
    assert answer.headers["Cache-Control"] == "private, no-store"
    folder = app.extensions["settings"].var / "photos"
    sealed = folder / "sealed" / original[:2] / original
    assert sealed.read_bytes() == sent
    assert stat.S_IMODE(sealed.stat().st_mode) == 0o400
    assert (folder / "shown" / shown[:2] / shown).read_bytes() == answer.data
    assert not list(folder.glob("receiving-*")), "nothing is left behind"
    assert f'src="/pairs/{pair}/photos/{photo}"' in head.get(f"/pairs/{pair}").text


@pytest.mark.parametrize("kind", ["PNG", "WEBP"])
def test_other_photos_become_jpeg(committing, head, pair, kind):
    assert _send(head, pair, _as(kind)).status_code == 302
    assert head.get(f"/pairs/{pair}/photos/{_photos(committing, pair)[0][0]}").data[:3] == b"\xff\xd8\xff"


def _flood():
    """A PNG of a few bytes that says it has four thousand million pixels."""
    def chunk(name, content):
        return struct.pack(">I", len(content)) + name + content + struct.pack(">I", zlib.crc32(name + content))
    return b"\x89PNG\r\n\x1a\n" + chunk(b"IHDR", struct.pack(">IIBBBBB", 65_500, 65_500, 8, 2, 0, 0, 0)) + chunk(
        b"IDAT", zlib.compress(b"\0" * 100)) + chunk(b"IEND", b"")


@pytest.mark.parametrize("content", [
    b'<svg xmlns="http://www.w3.org/2000/svg"><script>alert(1)</script></svg>', b"<html><script>alert(1)</script>",
    b"GIF89a" + b"\0" * 40, b"", b"\xff\xd8\xff\xe0 no photo", _jpeg()[:300], _flood(), b"%PDF-1.7 \xff\xd8\xff"],
    ids=["svg", "html", "gif", "empty", "head only", "cut off", "pixel flood", "pdf"])
def test_what_is_no_photo_is_refused_with_a_sentence_and_nothing_is_kept(app, committing, head, pair, content):
    answer = _send(head, pair, content)
    assert answer.status_code == 422
    assert "JPEG, PNG, atau WebP" in answer.text
    assert _photos(committing, pair) == []
    assert committing.execute("SELECT count(*) FROM answer WHERE pair_id = %s", [pair]).fetchone()[0] == 0


def test_too_large_and_too_many_are_said(head, pair, monkeypatch):
    monkeypatch.setattr(photos, "MOST_BYTES", 100_000)  # twelve megabytes would be slow to send, and say no more
    answer = _send(head, pair, b"\xff" * 100_001)
    assert answer.status_code == 422
    assert "Foto lebih besar dari" in answer.text
    answer = _send(head, pair, *[_jpeg(noted=False)] * 5)
    assert answer.status_code == 422
    assert "Paling banyak 4 foto" in answer.text


def test_a_photo_has_the_rights_of_its_pair(committing, client_of, head, places, village, pair):
    _send(head, pair, _jpeg())
    photo = _photos(committing, pair)[0][0]
    other = build.pair(committing, build.project(committing, village), build.project(committing, village))
    assert head.get(f"/pairs/{other}/photos/{photo}").status_code == 404
    assert head.get(f"/pairs/{pair}/photos/{photo + 1000}").status_code == 404
    stranger = client_of(build.person(committing, "head", places.far))
    assert _send(stranger, pair, _jpeg()).status_code == 403
    draft = build.project(committing, village, stage="proposed", name="Rahasia")
    hidden = build.pair(committing, draft, build.project(committing, village))
    _send(head, hidden, _jpeg())
    secret = _photos(committing, hidden)[0][0]
    assert head.get(f"/pairs/{hidden}/photos/{secret}").status_code == 200
    assert stranger.get(f"/pairs/{hidden}/photos/{secret}").status_code == 404
