"""What is sent comes packed, and a page never tells by its length what is in it."""

import gzip

import brotli
import pytest


@pytest.mark.parametrize(("encoding", "unpack"), [("gzip", gzip.decompress), ("br", brotli.decompress)])
def test_scripts_come_packed_and_are_the_same(visitor, encoding, unpack):
    with (visitor.get("/static/map.js", headers={"Accept-Encoding": "identity"}) as plain,
          visitor.get("/static/map.js", headers={"Accept-Encoding": encoding}) as packed):
        assert packed.headers["Content-Encoding"] == encoding
        assert unpack(packed.data) == plain.data
        assert len(packed.data) < len(plain.data) / 2
        assert packed.headers["X-Content-Type-Options"] == "nosniff"
        assert packed.headers["Cache-Control"] == plain.headers["Cache-Control"]
        assert "javascript" in packed.mimetype


def test_a_browser_that_knows_both_gets_the_shorter_script(visitor):
    with visitor.get("/static/map.js", headers={"Accept-Encoding": "gzip, deflate, br"}) as packed:
        assert packed.headers["Content-Encoding"] == "br"


def test_a_page_comes_packed_and_its_length_varies(visitor):
    """What packs alike must not tell its length to whoever counts bytes of one page asked for again and again."""
    plain = visitor.get("/help", headers={"Accept-Encoding": "identity"})
    lengths = set()
    for _ in range(12):
        packed = visitor.get("/help", headers={"Accept-Encoding": "gzip"})
        assert packed.headers["Content-Encoding"] == "gzip"
        assert "Accept-Encoding" in packed.headers["Vary"]
        assert len(gzip.decompress(packed.data)) == pytest.approx(len(plain.data), abs=64)  # nonces differ
        lengths.add(len(packed.data))
    assert len(packed.data) < len(plain.data) / 2
    assert len(lengths) > 3
