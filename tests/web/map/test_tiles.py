"""Tiles over HTTP: who gets them, what is asked again, and what is none."""


import pytest

from tests.web.map.seeing import TILE, decoded


def test_a_tile_is_private_and_asked_for_again_each_time(browser):
    first = browser.get(f"/tiles/works/{TILE}")
    assert first.status_code == 200
    assert first.mimetype == "application/vnd.mapbox-vector-tile"
    assert first.headers["Cache-Control"] == "private, no-cache"
    again = browser.get(f"/tiles/works/{TILE}", headers={"If-None-Match": first.headers["ETag"]})
    assert (again.status_code, again.data) == (304, b"")


def test_an_edit_changes_the_tile_and_its_tag(browser, committing, work):
    first = browser.get(f"/tiles/works/{TILE}")
    committing.execute("UPDATE project SET stage = 'running' WHERE id = %s", [work])
    second = browser.get(f"/tiles/works/{TILE}", headers={"If-None-Match": first.headers["ETag"]})
    assert second.status_code == 200
    stages = [one["properties"]["stage"] for one in decoded(second)["works"]["features"]]
    assert "running" in stages
    committing.execute("UPDATE project SET stage = 'done' WHERE id = %s", [work])


def test_two_filters_have_two_tags(browser):
    tags = {browser.get(f"/tiles/works/{TILE}{query}").headers["ETag"] for query in ("", "?year=2021", "?q=talud")}
    assert len(tags) == 3


@pytest.mark.parametrize("tile", ["19/0/0", "3/8/0", "3/0/8", "0/1/0", "-1/0/0", "3/0", "3/a/0", "99999999999/0/0"])
@pytest.mark.parametrize("layer", ["works", "regions"])
def test_a_tile_outside_the_world_is_not_found(browser, layer, tile):
    assert browser.get(f"/tiles/{layer}/{tile}").status_code == 404
