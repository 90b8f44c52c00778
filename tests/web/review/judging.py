"""A pair to judge over HTTP, what its page says, and a verdict as its form sends it."""

import re

from tests import build


def new_pair(committing, village, *, right=None, **measured):
    one = build.project(committing, village, name="Rabat beton Krajan", at=build.line((0, 0), (200, 0)))
    other = build.project(committing, village, **{"name": "Jalan rabat Krajan", "fund": "APBD", "amount": 210_000_000,
                                                  "at": build.line((0, 4), (200, 4))} | (right or {}))
    return build.pair(committing, one, other, levels={"place": 3, "fund": 1}, weights={"place": 4.0, "fund": -1.0},
                      **measured)


def page_of(client, address):
    answer = client.get(address)
    assert answer.status_code == 200, answer.text
    return answer.text


def seen_on(client, pair):
    """What the form of the pair page sends along: what its reader saw."""
    text = page_of(client, f"/pairs/{pair}")
    return {name: re.search(rf'name="{name}" value="([^"]*)"', text)[1] for name in ("facts_hash", "latest")}


def judge(client, pair, verdict="not_related", **more):
    return client.post(f"/pairs/{pair}/verdicts", data=seen_on(client, pair) | {"verdict": verdict} | more)


def verdicts_of(committing, pair):
    return [row[0] for row in committing.execute("SELECT verdict FROM verdict WHERE pair_id = %s ORDER BY id", [pair])]
