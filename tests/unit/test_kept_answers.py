"""What of a kept answer one reader is told: of a foreign draft its village and kind, and whether it has a place."""

import pytest
import shapely

from app.jobs import answers

POINT = shapely.to_wkb(shapely.Point(114.3692, -8.2192), hex=True)


def _content(**more: object) -> dict:
    work = {"project": "00000000-0000-0000-0000-000000000001", "number": 7, "name": "Rahasia", "year": 2026,
            "fund": "DDS", "amount": "5", "village": "Kandangan", "kind": "neighbours", "probability": 0.4,
            "distance_m": None, "overlap_m": None, "overlap_share": None, "reason": None, "shape": None,
            "accuracy_m": None, "draft": True, "region_id": 9, "parts": []}
    return {"alike": [work | more], "others": [], "planned": [], "within": []}


@pytest.mark.parametrize(("shape", "placed", "called"), [
    (None, True, "unplaced"), (POINT, True, "neighbours"), (POINT, False, "unplaced")])
def test_a_foreign_draft_without_a_place_is_not_called_near(shape, placed, called):
    """Its distance is not told, so that None says nothing; that it has no place at all does."""
    [one] = answers.shown(_content(shape=shape), own_regions=())["alike"]
    assert one["name"] is None
    assert one["shape"] is None
    assert one["placed"] is (shape is not None)
    assert answers.kind_told(one, placed) == called


def test_of_ones_own_draft_everything_is_told():
    [one] = answers.shown(_content(), own_regions=(9,))["alike"]
    assert one["name"] == "Rahasia"
    assert answers.kind_told(one, placed=True) == "unplaced"


def test_what_is_to_be_judged_blind_stands_last_and_names_nothing_of_the_machine():
    other = _content(project="00000000-0000-0000-0000-000000000002", number=3, draft=False, probability=0.2)["alike"]
    content = _content(draft=False, probability=0.9)
    content["alike"] += other
    blind = [answers.works_of(content)[0]]
    first, last = answers.shown(content, (), blind=blind)["alike"]
    assert (first["number"], last["number"]) == (3, 7)
    assert (last["kind"], last["probability"], last["reason"], last["parts"]) == (None, None, None, [])
    assert answers.strongest(answers.shown(content, (), blind=blind)) == (None, True)
    assert answers.strongest(answers.shown(content, ()))[0]["number"] == 7


def test_a_work_that_is_there_already_comes_before_a_row_of_the_list_that_is_as_strong():
    content = _content(draft=False, probability=0.96) | {"within": [
        {"line": 8, "position": 6, "name": "Rabat", "region_id": 9, "probability": 0.999}]}
    assert answers.strongest(answers.shown(content, ()))[0]["number"] == 7
    content["alike"][0]["probability"] = 0.2
    assert answers.strongest(answers.shown(content, ()))[0]["line"] == 8, "what is stronger still comes first"
