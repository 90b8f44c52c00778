"""Working through the queue: groups as cases, one verdict for a group, later, and judging blind. Over HTTP."""

import re

import pytest

from tests import build


@pytest.fixture
def group(committing, village):
    """Three records that hang together: three pairs, strongest first, and the group's id."""
    works = [build.project(committing, village, name=f"Rabat beton {letter}", amount=amount)
             for letter, amount in (("Anggrek", 100), ("Bakung", 200), ("Cempaka", 300))]
    named = min(works)
    strong = build.pair(committing, works[0], works[1], probability=0.99, money=100, group_id=named)
    return [strong, build.pair(committing, works[0], works[2], probability=0.7, money=90, group_id=named),
            build.pair(committing, works[1], works[2], probability=0.8, money=200, group_id=named)], named


def _pair(committing, village, **measured):
    one, other = (build.project(committing, village, name=name) for name in ("Drainase Krajan", "Saluran Krajan"))
    return build.pair(committing, one, other, levels={"place": 3}, weights={"place": 4.0},
                      reason={"id": "kind.double_funding", "values": {}}, **measured)


def _page(client, address):
    answer = client.get(address)
    assert answer.status_code == 200, answer.text
    return answer.text


def _seen(client, pair, query=""):
    text = _page(client, f"/pairs/{pair}{query}")
    return {name: re.search(rf'name="{name}" value="([^"]*)"', text)[1] for name in ("facts_hash", "latest")}


def _listed(client, query=""):
    return [int(one) for one in re.findall(r'<li><a href="/pairs/(\d+)', _page(client, f"/pairs{query}"))]


def _verdicts(committing, pair):
    return [row[0] for row in committing.execute("SELECT verdict FROM verdict WHERE pair_id = %s ORDER BY id", [pair])]


def test_a_group_is_one_case_with_each_works_money_once_and_the_strongest_pair_in_front(auditor, group):
    pairs, _named = group
    assert _listed(auditor) == [pairs[0]]
    text = _page(auditor, "/pairs")
    assert "kelompok: 3 kegiatan, 3 pasangan" in text
    assert 'title="Rp 300"' in text, "the smallest counts 100 once, not 100 and 90"
    page = _page(auditor, f"/pairs/{pairs[0]}")
    assert "1 dari 3" in page
    for name in ("Anggrek", "Bakung", "Cempaka"):
        assert name in page


def test_one_verdict_for_a_group_is_a_verdict_on_each_pair_and_one_step_takes_all_back(committing, auditor, group):
    pairs, named = group
    seen = re.search(r'name="seen" value="([^"]*)"', _page(auditor, f"/pairs/{pairs[0]}"))[1]
    answer = auditor.post(f"/pairs/groups/{named}/verdicts", data={"seen": seen, "verdict": "double_funding"})
    assert answer.status_code == 302
    assert [_verdicts(committing, pair) for pair in pairs] == [["double_funding"]] * 3
    text = _page(auditor, answer.location)
    assert "untuk 3 pasangan" in text
    given = re.search(r'name="given" value="(\d+)"', text)[1]
    assert auditor.post(f"/pairs/{pairs[0]}/withdrawals", data={"given": given}).status_code == 302
    assert [_verdicts(committing, pair)[-1] for pair in pairs] == ["withdrawn"] * 3


@pytest.mark.parametrize("verdict", ["two_sides", "continuation", "neighbours", "withdrawn", ""])
def test_what_holds_between_two_works_only_is_not_said_of_a_group(committing, auditor, group, verdict):
    pairs, named = group
    seen = re.search(r'name="seen" value="([^"]*)"', _page(auditor, f"/pairs/{pairs[0]}"))[1]
    assert auditor.post(f"/pairs/groups/{named}/verdicts", data={"seen": seen, "verdict": verdict}).status_code == 422
    assert _verdicts(committing, pairs[0]) == []


def test_a_group_that_somebody_judged_meanwhile_is_not_judged_at_once(committing, auditor, group, village):
    pairs, named = group
    seen = re.search(r'name="seen" value="([^"]*)"', _page(auditor, f"/pairs/{pairs[0]}"))[1]
    build.verdict(committing, pairs[2], build.person(committing, "planner", village), "not_related")
    answer = auditor.post(f"/pairs/groups/{named}/verdicts", data={"seen": seen, "verdict": "double_funding"})
    assert answer.status_code == 409
    assert _verdicts(committing, pairs[0]) == []


def test_whoever_entered_one_work_of_a_group_is_not_offered_the_whole(committing, client_of, village):
    planner = build.person(committing, "planner", village)
    works = [build.project(committing, village), build.project(committing, village),
             build.project(committing, village, entered_by=planner)]
    first, *_rest = (build.pair(committing, one, other, group_id=min(works))
                     for one, other in ((works[0], works[1]), (works[0], works[2]), (works[1], works[2])))
    client = client_of(planner)
    assert 'name="seen"' not in _page(client, f"/pairs/{first}")
    assert client.post(f"/pairs/groups/{min(works)}/verdicts",
                       data={"seen": "x", "verdict": "not_related"}).status_code == 409
    assert client.post(f"/pairs/groups/{works[2]}/verdicts", data={"verdict": "not_related"}).status_code in (404, 409)


def test_what_is_left_for_later_comes_back_at_the_end_and_only_for_who_left_it(committing, client_of, auditor, village):
    first, second, third = (_pair(committing, village, money=money) for money in (30, 20, 10))
    answer = auditor.post(f"/pairs/{first}/later")
    assert answer.location == f"/pairs/{second}"
    assert _listed(auditor) == [second, third, first]
    assert "3 dari 3" in _page(auditor, f"/pairs/{first}")
    assert _listed(client_of(build.person(committing, "auditor", village))) == [first, second, third]
    assert auditor.post(f"/pairs/{second}/later").location == f"/pairs/{third}"
    assert auditor.post(f"/pairs/{third}/later").location == f"/pairs/{first}", "the round begins again"
    committing.execute("UPDATE pair_later SET at = now() - interval '13 hours'")
    assert _listed(auditor) == [first, second, third], "tomorrow is another day"


def test_pages_follow_each_other_past_what_was_left_for_later(committing, auditor, village):
    made = [_pair(committing, village, money=number) for number in range(33)]
    for pair in made[-3:]:
        auditor.post(f"/pairs/{pair}/later")
    first = _page(auditor, "/pairs")
    onward = re.search(r'href="(/pairs\?after=[^"]+)"', first)[1].replace("&amp;", "&")
    seen = [int(one) for page in (first, _page(auditor, onward))
            for one in re.findall(r'<li><a href="/pairs/(\d+)', page)]
    assert seen == [*made[-4::-1], *made[-3:]]


def _opinions(text):
    """What a page says of the machine's opinion: kind, strength, reasons, and which button it would press."""
    return set(re.findall(r'Kuat|menguatkan|suggested-verdict|badge-flag|class="evidence"', text))


def test_blind_by_choice_the_machines_opinion_is_not_in_the_page_until_a_verdict_is_given(committing, auditor, village):
    pair = _pair(committing, village)
    assert len(_opinions(_page(auditor, f"/pairs/{pair}"))) == 5
    for address in ("/pairs?blind=1", f"/pairs/{pair}?blind=1"):
        assert _opinions(_page(auditor, address)) == set(), address
    answer = auditor.post(f"/pairs/{pair}/verdicts?blind=1",
                          data=_seen(auditor, pair, "?blind=1") | {"verdict": "not_related"})
    assert answer.status_code == 302
    assert committing.execute("SELECT blind FROM verdict WHERE pair_id = %s", [pair]).fetchone()[0] == "chosen"
    shown = _page(auditor, f"/pairs/{pair}?blind=1")
    assert 'class="evidence"' in shown
    assert "telaah buta" in shown, "the history says how the verdict was given"


def test_what_is_opened_from_a_blind_pair_is_as_blind_until_the_verdict(committing, auditor, group):
    """The choice is in the address: whoever opens a work or the pack from the pair must not meet the opinion there."""
    [pair, *_others], named = group
    work = committing.execute("SELECT left_project FROM pair WHERE id = %s", [pair]).fetchone()[0]
    page = _page(auditor, f"/pairs/{pair}?blind=1")
    inside = page[page.index("<main"):]
    beside = [address for address in re.findall(r'href="(/(?:projects|inspection)/[^"#]*)', inside)]
    assert f"/projects/{work}?blind=1" in beside
    assert all("blind=1" in address for address in beside if "/findings" not in address), beside
    assert "badge-flag" in _opinions(_page(auditor, f"/projects/{work}")), "else this test says nothing"
    shown = _page(auditor, f"/projects/{work}?blind=1")
    assert _opinions(shown) == set()
    assert f'href="/pairs/{pair}?blind=1"' in shown
    packs = [f"/pairs/{pair}/pack", f"/pairs/{pair}/paper.pdf", f"/groups/{named}/pack"]
    assert [auditor.get(f"{address}?blind=1").status_code for address in packs] == [403] * 3
    assert auditor.get(packs[0]).status_code == 200
    auditor.post(f"/pairs/{pair}/verdicts?blind=1",
                 data=_seen(auditor, pair, "?blind=1") | {"verdict": "double_funding"})
    assert auditor.get(f"{packs[0]}?blind=1").status_code == 200


def test_who_took_a_verdict_back_has_seen_the_opinion_and_judges_blind_no_more(committing, auditor, village):
    pair = _pair(committing, village)
    location = auditor.post(f"/pairs/{pair}/verdicts?blind=1",
                            data=_seen(auditor, pair, "?blind=1") | {"verdict": "not_related"}).location
    given = re.search(r"given=(\d+)", location)[1]
    auditor.post(f"/pairs/{pair}/withdrawals?blind=1", data={"given": given})
    auditor.post(f"/pairs/{pair}/verdicts?blind=1", data=_seen(auditor, pair, "?blind=1") | {"verdict": "not_related"})
    blind = committing.execute("SELECT blind FROM verdict WHERE pair_id = %s ORDER BY id", [pair]).fetchall()
    assert blind == [("chosen",), (None,), (None,)]


def test_of_a_demanded_sample_no_page_shows_the_opinion_whatever_the_address_says(committing, auditor, village, places):
    pair = _pair(committing, village)
    admin = build.person(committing, "admin", places.regency)
    committing.execute("INSERT INTO blind_sample (region_id, per_mille, reason, set_by) VALUES (%s, 1000, 'Uji', %s)",
                       [village, admin])
    work = committing.execute("SELECT left_project FROM pair WHERE id = %s", [pair]).fetchone()[0]
    for address in ("/pairs", f"/pairs/{pair}", f"/projects/{work}", "/"):
        assert _opinions(_page(auditor, address)) == set(), address
    assert "sampel telaah buta" in _page(auditor, f"/pairs/{pair}")
    assert _listed(auditor, "?kind=double_funding") == [], "a list of one kind would tell the kind"
    auditor.post(f"/pairs/{pair}/verdicts", data=_seen(auditor, pair) | {"verdict": "double_funding"})
    assert committing.execute("SELECT blind FROM verdict WHERE pair_id = %s", [pair]).fetchone()[0] == "demanded"
    assert "menguatkan" in _page(auditor, f"/pairs/{pair}")


def test_no_page_beside_tells_a_judge_the_opinion_on_a_demanded_pair(committing, client_of, village, places):
    """The map's card, the sent point, the check of the very place and the result of an upload, beside each other."""
    auditor = client_of(build.person(committing, "auditor", village))
    sender = build.person(committing, "field", village)
    there = build.away(60_000, 0)  # where no other test has put anything
    one, other = (build.project(committing, village, name="Drainase Krajan", at=there) for _side in "ab")
    pair = build.pair(committing, one, other, levels={"place": 3}, weights={"place": 4.0},
                      reason={"id": "kind.double_funding", "values": {}})
    left, right, site = committing.execute(
        "SELECT left_project, right_project, (SELECT max(id) FROM site WHERE project_id = left_project) FROM pair "
        "WHERE id = %s", [pair]).fetchone()
    upload = committing.execute(
        "INSERT INTO upload (person_id, region_id, file_name, sha256, bytes, state, outcome, stored_at, rows) VALUES "
        "(%s, %s, 'uji.csv', sha256('uji'), 3, 'stored', %s, now(), 1) RETURNING id",
        [sender, village, '{"stored": 1, "updated": 0, "unchanged": 0, "left_out": 0}']).fetchone()[0]
    committing.execute("INSERT INTO upload_row (upload_id, number, position, raw, good, outcome, project_id, geom) "
                       "SELECT %s, 2, 0, '{}', true, 'stored', project_id, geom FROM site WHERE id = %s",
                       [upload, site])
    at = "{1:.6f}, {0:.6f}".format(*there)
    addresses = [f"/map/card?work={left}", f"/sites/{site}", f"/uploads/{upload}",
                 f"/check?at={at}&name=Drainase+Krajan&category=road&year=2024"]
    opinions = {address: _opinions(_page(auditor, address)) for address in addresses}
    assert all(opinions[address] for address in addresses[1:]), "else this test says nothing"
    admin = build.person(committing, "admin", places.regency)
    committing.execute("INSERT INTO blind_sample (region_id, per_mille, reason, set_by) VALUES (%s, 1000, 'Uji', %s)",
                       [village, admin])
    for address in addresses:
        text = _page(auditor, address)
        # that there is an indication is no opinion of how strong it is, and the map may say it
        assert _opinions(text) <= ({"badge-flag"} if address.startswith("/map") else set()), address
        assert "telaah buta" in text or address.startswith("/map"), address
        assert str(pair) in text or address.startswith("/check"), address
    assert str(right) in _page(auditor, addresses[-1])
    auditor.post(f"/pairs/{pair}/verdicts", data=_seen(auditor, pair) | {"verdict": "needs_visit"})
    assert all(_opinions(_page(auditor, address)) for address in addresses[2:]), "who has answered has seen it all"


def test_a_pair_across_a_border_is_blind_on_the_pages_of_both_works(committing, client_of, village, places):
    """The sample is of one village, the other work of the pair stands in the next."""
    works = [build.project(committing, region, name="Drainase Batas") for region in (village, places.neighbour)]
    build.pair(committing, *works, reason={"id": "kind.double_funding", "values": {}})
    auditor = client_of(build.person(committing, "auditor", places.district))
    assert all("badge-flag" in _opinions(_page(auditor, f"/projects/{work}")) for work in works)
    committing.execute("INSERT INTO blind_sample (region_id, per_mille, reason, set_by) VALUES (%s, 1000, 'Uji', %s)",
                       [village, build.person(committing, "admin", places.regency)])
    for work in works:
        text = _page(auditor, f"/projects/{work}")
        assert _opinions(text) == set()
        assert "telaah buta" in text


def test_a_sample_holds_about_its_share_and_the_village_is_not_kept_in_the_dark(committing, client_of, village, places):
    for number in range(60):
        _pair(committing, village, money=number)
    admin = build.person(committing, "admin", places.regency)
    committing.execute("INSERT INTO blind_sample (region_id, per_mille, reason, set_by) VALUES (%s, 500, 'Uji', %s)",
                       [village, admin])
    auditor, field = (client_of(build.person(committing, role, village)) for role in ("auditor", "field"))
    hidden = _page(auditor, "/pairs").count("telaah buta</span>")
    assert 5 <= hidden <= 25
    assert _page(field, "/pairs").count("telaah buta</span>") == 0


def test_a_stranger_neither_leaves_nor_parts_a_pair(committing, client_of, auditor, village, places):
    pair = _pair(committing, village)
    head = client_of(build.person(committing, "head", village))
    assert head.post(f"/pairs/{pair}/later").status_code == 403
    assert auditor.post("/pairs/2000000000/later").status_code == 404
    assert auditor.post(f"/pairs/{pair}/partings", data={"reason": " "}).status_code == 422
    assert auditor.post(f"/pairs/{pair}/partings", data={"reason": "Keliru."}).status_code == 409


def test_an_administrator_demands_a_sample_and_ends_it_and_nobody_else_does(committing, client_of, auditor, village):
    pair = _pair(committing, village)
    admin = client_of(build.person(committing, "admin", village))
    code = committing.execute("SELECT code FROM region WHERE id = %s", [village]).fetchone()[0]
    assert auditor.get("/pairs/samples").status_code == 403
    assert auditor.post("/pairs/samples", data={"region": code, "percent": "100", "reason": "x"}).status_code == 403
    for wrong in ({"percent": "0"}, {"percent": "101"}, {"percent": "x"}, {"reason": " "},
                  {"reason": "x" * 1001}, {"region": "99.99"}):
        sent = {"region": code, "percent": "100", "reason": "Uji mutu triwulan"} | wrong
        assert admin.post("/pairs/samples", data=sent).status_code in (404, 422), wrong
    assert admin.post("/pairs/samples", data={"region": code, "percent": "100",
                                              "reason": "Uji mutu triwulan"}).status_code == 302
    text = _page(admin, "/pairs/samples")
    assert "Uji mutu triwulan" in text
    assert _opinions(_page(auditor, f"/pairs/{pair}")) == set()
    sample = re.search(r'action="/pairs/samples/(\d+)/end"', text)[1]
    stranger = client_of(build.person(committing, "admin", build.region(committing, "Kesilir")))
    assert stranger.post(f"/pairs/samples/{sample}/end").status_code == 404
    assert admin.post(f"/pairs/samples/{sample}/end").status_code == 302
    assert "menguatkan" in _page(auditor, f"/pairs/{pair}")


def test_after_a_group_the_work_goes_on_with_what_is_worth_most_next(committing, auditor, village, group):
    """A group whose pairs are judged one by one is worth less with each, and would carry its reader down the list."""
    pairs, _named = group
    second = _pair(committing, village, money=250, probability=0.9)
    third = _pair(committing, village, money=120, probability=0.9)
    assert _listed(auditor) == [pairs[0], second, third]
    page, judged = f"/pairs/{pairs[0]}", []
    for _turn in pairs:
        text = _page(auditor, page)
        judged.append(int(re.search(r"/pairs/(\d+)", page)[1]))
        sent = dict(re.findall(r'name="(facts_hash|latest|case)" value="([^"]*)"', text))
        page = auditor.post(f"/pairs/{judged[-1]}/verdicts", data=sent | {"verdict": "not_related"}).location
    assert sorted(judged) == sorted(pairs), "first the rest of the group"
    assert page.startswith(f"/pairs/{second}?given="), "then the case behind it, not the one it had sunk to"


def test_reviewers_who_do_not_agree_are_named_beside_what_they_said(committing, client_of, auditor, village, group):
    pairs, _named = group
    other = client_of(build.person(committing, "auditor", village))
    for client, verdict in ((auditor, "double_funding"), (other, "not_related")):
        client.post(f"/pairs/{pairs[0]}/verdicts", data=_seen(client, pairs[0]) | {"verdict": verdict})
    assert "Penelaah tidak sependapat" in _page(auditor, f"/pairs/{pairs[0]}?state=judged")
    assert "Penelaah tidak sependapat" in _page(auditor, f"/pairs/{pairs[0]}/pack")
    auditor.post(f"/pairs/{pairs[0]}/verdicts", data=_seen(auditor, pairs[0]) | {"verdict": "not_related"})
    assert "Penelaah tidak sependapat" not in _page(auditor, f"/pairs/{pairs[0]}?state=judged")


def test_one_record_said_by_an_auditor_waits_in_sight_for_the_planner(committing, client_of, auditor, village):
    pair = _pair(committing, village)
    planner = client_of(build.person(committing, "planner", village))
    auditor.post(f"/pairs/{pair}/verdicts", data=_seen(auditor, pair) | {"verdict": "same_record"})
    assert "keduanya digabung sesudah perencana" in _page(auditor, f"/pairs/{pair}?state=judged")
    assert "menunggu kata perencana" not in _page(auditor, "/pairs")
    waiting = _page(planner, "/pairs")
    assert "1 pasangan dinyatakan data sama dan menunggu kata perencana" in waiting
    assert f'href="/pairs/{pair}?state=judged"' in waiting
    planner.post(f"/pairs/{pair}/verdicts", data=_seen(planner, pair) | {"verdict": "same_record"})
    assert "menunggu kata perencana" not in _page(planner, "/pairs")
    assert "sudah menjadi satu kegiatan" in _page(planner, f"/pairs/{pair}")


def test_a_filter_that_is_worked_through_says_so_and_a_judged_pair_asks_for_nothing(committing, auditor, village):
    one, other = (build.project(committing, village, name=f"Embung {n}", year=2031) for n in "AB")
    pair = build.pair(committing, one, other)
    assert "Semua sudah ditelaah" not in _page(auditor, "/pairs?year=2031")
    assert "</b> perlu diperiksa</span>" in _page(auditor, f"/pairs/{pair}")
    given = auditor.post(f"/pairs/{pair}/verdicts", data={"verdict": "not_related", **_seen(auditor, pair)})
    assert given.status_code == 302
    text = _page(auditor, "/pairs?year=2031")
    assert "Semua sudah ditelaah" in text
    assert "state=judged" in text
    assert "Tidak ada pasangan yang cocok" not in text
    assert "Tidak ada pasangan yang cocok" in _page(auditor, "/pairs?year=2033")
    assert "</b> sudah ditelaah</span>" in _page(auditor, f"/pairs/{pair}?state=judged")
