"""What Chromium makes of us: polyglot files, addresses that lead elsewhere, a form on another site. One browser, a few
pages."""

import base64
import io
from pathlib import Path

import pytest
from PIL import Image

from tests.hostile import addresses
from tests.hostile.knocking import Knocker
from tests.hostile.payloads import PAYLOADS, TEXTS
from tests.hostile.standing import standing
from tests.hostile.test_addresses import leads_away
from tests.hostile.watching import FOUND, WATCH, nodes_of
from tests.running import chromium

SCRIPT = b"<html><body data-qz><script>window.__ran&&__ran();document.title='ran'</script>"


@pytest.fixture(scope="module")
def stands(module_database, tmp_path_factory):
    with standing(module_database, Path(tmp_path_factory.mktemp("var"))) as made:
        yield made


@pytest.fixture(scope="module")
def browser():
    with chromium() as opened:
        yield opened


def _picture(kind: str, **more: object) -> bytes:
    out = io.BytesIO()
    Image.new("RGB", (24, 16), "green").save(out, kind, **more)
    return out.getvalue()


def polyglots() -> dict[str, bytes]:
    """Thirty contents that are one thing to one reader and a page or a program to another."""
    jpeg, png, webp, gif = (_picture(kind) for kind in ("JPEG", "PNG", "WEBP", "GIF"))
    svg = b'<svg xmlns="http://www.w3.org/2000/svg" onload="__ran()"><script>__ran()</script></svg>'
    pdf = b"%PDF-1.7\n1 0 obj<</Type/Catalog/OpenAction<</S/JavaScript/JS(app.alert(1))>>>>endobj\n%%EOF"
    zipped = b"PK\x03\x04" + b"\0" * 26
    made = {"svg": svg, "svg after xml": b"<?xml version='1.0'?>" + svg, "html": SCRIPT,
            "xhtml": b"<?xml version='1.0'?><html xmlns='http://www.w3.org/1999/xhtml'><script>__ran()</script></html>",
            "pdf with a script": pdf,
            "script": b"__ran();", "mhtml": b"MIME-Version: 1.0\r\nContent-Type: text/html\r\n\r\n" + SCRIPT,
            "swf": b"FWS\x08" + SCRIPT, "bmp": b"BM" + SCRIPT, "ico": b"\0\0\1\0" + SCRIPT,
            "gif as script": b"GIF89a=0;__ran();",
            "eml": b"From: x\r\n\r\n" + SCRIPT, "utf-7": b"+ADw-script+AD4-__ran()+ADw-/script+AD4-", "nothing": b"",
            "utf-16": "\ufeff<script>__ran()</script>".encode("utf-16-le")}
    for name, picture in (("jpeg", jpeg), ("png", png), ("webp", webp), ("gif", gif)):
        made |= {f"{name} then html": picture + SCRIPT, f"{name} then zip": picture + zipped + SCRIPT,
                 f"html then {name}": SCRIPT + picture}
    made |= {"html in a comment of a jpeg": _picture("JPEG", comment=SCRIPT), "html in exif": _exif(),
             "pdf in a jpeg": _picture("JPEG", comment=pdf)}
    return made


def _exif() -> bytes:
    exif = Image.Exif()
    exif[0x010E] = SCRIPT.decode()
    return _picture("JPEG", exif=exif)


@pytest.mark.timeout(600)
def test_no_script_in_a_sent_photo_runs(stands, browser):
    """Sent as a village's photo; what is taken is written anew, and opened by its own address. What is refused is put
    past the door, byte by byte, as if it had been taken long ago: the sandbox alone must hold."""
    sent = polyglots()
    assert len(sent) == 30
    knocker = Knocker(stands.app, stands.world, stands.sessions, origin=stands.address)
    case = next(one for one in knocker.questions if one.endpoint == "pairs.photo")
    answering = next(one for one in knocker.questions if one.endpoint == "pairs.answer")
    stands.app.config["WTF_CSRF_ENABLED"] = False
    refused = taken = 0
    for name, content in sent.items():
        answer = knocker.ask(answering, more={"photo": (io.BytesIO(content), f"{name}.jpg.html")})
        refused += answer.status_code == 422
        taken += answer.status_code == 302
    stands.app.config["WTF_CSRF_ENABLED"] = True
    assert refused + taken == 30
    assert refused >= 15
    shown = sorted((stands.app.extensions["settings"].var / "photos" / "shown").glob("*/*"))
    assert all(b"script" not in one.read_bytes() for one in shown), "what is shown is written anew"
    (asked,) = stands.db.execute("SELECT encode(shown_sha256, 'hex') FROM answer_photo WHERE id = %s",
                                 [int(case.address.rsplit("/", 1)[1])]).fetchone()
    place = stands.app.extensions["settings"].var / "photos" / "shown" / asked[:2] / asked
    context = browser.new_context(base_url=stands.address)
    name, _, token = knocker.cookie(case).partition("=")
    context.add_cookies([{"name": name, "value": token, "url": stands.address}])
    context.add_init_script(WATCH)
    page, faults = context.new_page(), []
    for what, content in sent.items():
        place.write_bytes(content or b" ")
        answer = page.goto(case.address)
        if not answer.headers["content-security-policy"].startswith("sandbox") or (
                answer.headers["x-content-type-options"] != "nosniff"
                or "foto-" not in answer.headers["content-disposition"]):
            faults.append(f"{what}: {answer.headers}")
        if page.evaluate("window.hits") or page.title() == "ran" or page.locator("[data-qz]").count():
            faults.append(f"{what} ran")
    context.close()
    assert faults == []


def test_chromium_reads_addresses_as_our_own_reading_does(browser):
    """And what ours lets through stays, as Chromium has it."""
    page = browser.new_page()
    shapes = [one for one in addresses.redirects() if "\0" not in one]
    origins = page.evaluate("""shapes => shapes.map(one => {
      try { return new URL(one, "http://localhost/sign-in").origin; } catch { return "none"; } })""", shapes)
    assert len(shapes) > 700
    astray = [shape for shape, origin in zip(shapes, origins, strict=True)
              if not leads_away(shape, "http://localhost") and origin not in ("http://localhost", "none")]
    assert astray == []
    assert sum(origin not in ("http://localhost", "none") for origin in origins) > 100
    page.close()


def test_a_page_of_another_site_signs_nobody_in_and_writes_nothing(stands, browser):
    """Another port of this machine is another site to our forms; a browser sends our cookie there, and says so."""
    knocker = Knocker(stands.app, stands.world, stands.sessions, origin=stands.address)
    before = stands.db.execute("SELECT count(*) FROM audit").fetchone()
    name = knocker.cookie(next(iter(knocker.unsafe()))).partition("=")[0]
    context = browser.new_context()
    context.add_cookies([{"name": name, "value": stands.sessions[stands.world.person("admin", "whole").id],
                          "url": stands.address}])
    context.route("http://evil.example/", lambda route: route.fulfill(
        content_type="text/html", body="<form method=post id=f><input name=csrf_token value=x></form>"))
    page, statuses = context.new_page(), {}
    for case in list(knocker.unsafe())[::6]:
        page.goto("http://evil.example/")
        with page.expect_navigation() as going:
            page.evaluate("where => { const f = document.querySelector('#f'); f.action = where; f.submit(); }",
                          stands.address + case.address)
        statuses[case.address] = going.value.status
    context.close()
    assert len(statuses) > 5
    assert {address: status for address, status in statuses.items() if status not in (400, 401, 403)} == {}
    assert stands.db.execute("SELECT count(*) FROM audit").fetchone() == before


def test_what_watches_the_pages_sees_what_runs(browser):
    """A page without a policy, with a payload in it as it stands: else the tests of payloads could not fail."""
    context = browser.new_context()
    context.add_init_script(WATCH)
    page = context.new_page()
    page.goto("data:text/html;base64," + base64.b64encode(b"<img data-qz src=x onerror=__ran()>").decode())
    page.wait_for_function("window.hits > 0")
    assert page.evaluate(FOUND)["faults"]
    context.close()


def test_each_text_of_thirty_payloads_does_what_its_payloads_do(browser):
    """Wherever a page might write it as it stands; thirty in one text must not hide one another, else `./pantau bench
    payloads` could not fail."""
    context = browser.new_context()
    context.add_init_script(WATCH)
    page, quiet = context.new_page(), []
    for text in TEXTS:
        singly = sum(one.startswith("<") and "data-qz" in one and "noscript" not in one
                     for one in PAYLOADS if one in text)
        made = [one for one in nodes_of(f"<!doctype html><main>{text}</main>") if "data-qz" in one]
        if len(made) < singly:
            quiet.append(f"{len(made)} of {singly} nodes: {text[:80]}")
        for where in ("<p>{}</p>", '<p title="{}">', "<p title='{}'>", "<p title={}>", "<textarea>{}</textarea>",
                      "<title>{}</title>", '<script type="application/json">"{}"</script>', '<script>x = "{}"</script>',
                      "<!-- {} -->"):
            page.goto("data:text/html;base64," + base64.b64encode(
                ("<!doctype html>" + where.replace("{}", text)).encode()).decode())
            found = page.evaluate(FOUND)
            if not found["faults"]:
                quiet.append(f"{where}: {text[:80]}")
    for text in TEXTS:
        page.goto("data:text/html;base64," + base64.b64encode(
            f"<a href='{text.replace(chr(39), '&#39;')}'>x</a>".encode()).decode())
        page.locator("a").click()
        page.wait_for_function("window.hits > 0")
    context.close()
    assert "\n".join(quiet) == ""
