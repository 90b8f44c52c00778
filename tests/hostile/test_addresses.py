"""Addresses that lead elsewhere, and addresses of tiles that are none: nobody is led away, no word reaches a statement.

The short form; `./pantau bench hostile_addresses` asks 100,000 tiles.
"""

import re
import time
from urllib.parse import urljoin, urlsplit

import pytest

from tests.hostile import addresses
from tests.statements import recorded

SENT_ON = ("onward", "next", "url", "return_to", "came_from", "redirect", "back", "given", "query", "filter", "use",
           "reason")
PARAMETERS = ("q", "order", "after", "year", "district", "state", "table", "kind", "at", "of")
A_TILE_S = 20.0
"""By the clock, on a machine with much else to do; what a tile costs is the matter of its benchmark."""


def leads_away(location: str, origin: str) -> bool:
    """Whether a browser that is sent here leaves the site, as the URL standard reads it; the browser tests ask Chromium
    of the same addresses."""
    read = re.sub(r"[\t\n\r]", "", location.strip("".join(map(chr, range(33))))).replace("\\", "/")
    try:
        if urlsplit(urljoin(origin + "/sign-in", read)).netloc != urlsplit(origin).netloc:
            return True
    except ValueError:  # brackets that hold no address: nobody knows what the next reader makes of it
        return True
    scheme = re.match(r"[a-zA-Z][a-zA-Z0-9+.-]*:", read)
    return read.startswith("//") or bool(scheme and not read.startswith(f"{origin}/"))


def question(knocker, endpoint: str):
    return next(one for one in knocker.questions if one.endpoint == endpoint)


def test_our_own_reading_of_an_address_knows_the_tricks():
    away = ["//evil.example", "/\\evil.example", "\\\\evil.example", "/\t/evil.example", " https://evil.example",
            "https:evil.example", "javascript:alert(1)", "\x01//evil.example", "data:text/html,x"]
    assert [one for one in away if not leads_away(one, "http://localhost")] == []
    stays = ["/", "/pairs/1?x=//evil.example", "/%2f/evil.example", "http://localhost/pairs", "/.//evil.example"]
    assert [one for one in stays if leads_away(one, "http://localhost")] == []


@pytest.mark.parametrize("endpoint", ["sign_in.form", "sign_in.language"])
def test_nobody_is_led_elsewhere_after_signing_in(knocker, endpoint):
    case = question(knocker, endpoint)._replace(who=knocker.world.person("admin", "whole"))
    token, cookie = knocker.token()
    shapes, led, faults = addresses.redirects(), 0, []
    for shape in shapes:
        answer = knocker.ask(case, query={"onward": shape} if case.method == "GET" else None, cookies=cookie,
                             more={"onward": shape, "csrf_token": token, "language": "id"})
        led += answer.status_code == 302
        refused = answer.status_code == 400 and "\0" in shape
        if not refused and (answer.status_code != 302 or leads_away(answer.location, knocker.origin)):
            faults.append(f"{shape!r}: {answer.status_code} {answer.headers.get('Location')!r}")
    assert faults == []
    assert led > 700


def test_no_route_leads_elsewhere_whatever_is_sent_with_it(knocker):
    """Every route, each field that any of them might follow, a shape of its own each time."""
    shapes, faults, led = addresses.redirects(), [], 0
    token, cookie = knocker.token()
    for number, case in enumerate(one for _ in range(3) for one in knocker.questions):
        shape = shapes[number * 37 % len(shapes)]
        fields = dict.fromkeys(SENT_ON, shape)
        answer = knocker.ask(case, query={k: v for k, v in fields.items() if k not in case.query}, cookies=cookie,
                             more={"csrf_token": token}
                             | {k: v for k, v in fields.items() if k not in (case.form or {})},
                             headers={"Referer": knocker.origin + "/" + shape.encode("ascii", "ignore").decode()
                                      .translate(dict.fromkeys((0, 10, 13)))})
        if answer.status_code >= 500:
            faults.append(f"{case.endpoint} {shape!r}: {answer.status_code}")
        if location := answer.headers.get("Location"):
            led += 1
            if leads_away(location, knocker.origin):
                faults.append(f"{case.endpoint} {shape!r}: {location!r}")
        faults += [f"{case.endpoint} {shape!r} links to {link!r}" for link in
                   re.findall(r'(?:href|action|src)="([^"]*)"', answer.text if answer.mimetype == "text/html" else "")
                   if link.startswith(("//", "/\\", "\\")) or addresses.EVIL in urlsplit(_plain(link)).netloc]
    assert "\n".join(faults) == ""
    assert led > 20


def _plain(link: str) -> str:
    return "".join(letter for letter in link if letter.isprintable()).replace("[", "").replace("]", "")


@pytest.mark.parametrize("address", ["//evil.example/..", "//evil.example//help", "/%5cevil.example", "///help//",
                                     "//help/"])
def test_slashes_that_are_joined_lead_nowhere_else(knocker, address):
    answer = knocker.client.get(address, base_url=knocker.origin)
    assert not leads_away(answer.headers.get("Location", "/"), knocker.origin)
    assert not re.search(r'(?:href|action|src|value)="(//|/\\)', answer.text)


def ask_tiles(knocker, count: int, seed: int = 7) -> dict[str, object]:
    """Ask so many addresses; what was answered, the statements, and the slowest by the clock."""
    knocker.client.get("/help")
    who = {"Cookie": knocker.cookie(question(knocker, "tiles.works"))}
    statuses: dict[int, int] = {}
    slowest, faults = 0.0, []
    with recorded() as statements:
        for address in addresses.tiles(count, seed):
            begun = time.monotonic()
            answer = knocker.client.get(address, headers=who)
            slowest = max(slowest, time.monotonic() - begun)
            statuses[answer.status_code] = statuses.get(answer.status_code, 0) + 1
            if answer.status_code not in (200, 204, 304, 400, 404, 308):
                faults.append(f"{address}: {answer.status_code}")
            if answer.status_code == 308 and leads_away(answer.location, knocker.origin):
                faults.append(f"{address}: leads to {answer.location}")
        said = set(statements)
    return {"asked": count, "statuses": statuses, "slowest_s": round(slowest, 2), "statements": len(said),
            "marked": [one for one in said if addresses.is_marked(one)], "faults": faults}


def test_two_thousand_tiles_that_nobody_asks_for(knocker):
    found = ask_tiles(knocker, 2_000)
    assert found["faults"] == []
    assert found["marked"] == [], "a word of the address has become a part of a statement"
    assert found["statuses"][200] > 100
    assert found["statuses"][404] > 100
    assert found["slowest_s"] < A_TILE_S
    assert 0 < found["statements"] < 250


@pytest.mark.parametrize("endpoint", [
    "projects.show_list", "pairs.queue", "map.show_list", "map.places", "exports.form",
    "inspection.list_anomalies", "record.show", "check.form", "findings.show_list"])
def test_no_word_of_a_filter_becomes_a_part_of_a_statement(knocker, endpoint):
    case = question(knocker, endpoint)
    faults = []
    with recorded() as statements:
        for asked in addresses.queries(PARAMETERS):
            answer = knocker.ask(case._replace(query=case.query | asked))
            if answer.status_code not in (200, 404, 422, 400):
                faults.append(f"{asked}: {answer.status_code}")
        faults += [one for one in statements if addresses.is_marked(one)]
    assert faults == []
    assert statements
