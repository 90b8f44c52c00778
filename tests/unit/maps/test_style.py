"""The style of the vector map is whole, and tells works apart by more than colour."""

from itertools import combinations

import pytest

from app.maps.families import AMBER, FAMILIES, FILLS, RED, colour
from app.maps.style import style, symbols
from geo.schema import CATEGORIES, FUNDS, STAGES
from geo.sentences import words

SOURCES = {"regions": "/r/{z}/{x}/{y}", "works": "/w/{z}/{x}/{y}", "land": "/land.json"}


@pytest.mark.parametrize("left_out", [(), ("works",), ("land",), ("regions", "works")])
def test_every_layer_draws_from_a_source_that_is_there(left_out):
    built = style({name: url for name, url in SOURCES.items() if name not in left_out})
    names = [layer["id"] for layer in built["layers"]]
    assert len(names) == len(set(names))
    assert {layer.get("source") for layer in built["layers"]} - {None} == set(built["sources"])


def test_over_a_basemap_neither_sea_nor_land_is_painted():
    fills = [layer["id"] for layer in style(SOURCES, ground=False)["layers"] if layer["type"] in ("background", "fill")]
    assert fills == ["areas"]


def test_the_works_lie_above_the_land_and_below_the_names():
    names = [layer["id"] for layer in style(SOURCES)["layers"]]
    assert names.index("sea") == 0
    listed = ("land", "own-land", "border-village-rough", "lines", "points", "name-village")
    order = [names.index(name) for name in listed]
    assert order == sorted(order)


def test_approximate_borders_are_dashed_and_official_ones_are_not():
    layers = {layer["id"]: layer.get("paint") for layer in style(SOURCES)["layers"]}
    assert "line-dasharray" in layers["border-village-rough"]
    assert "line-dasharray" not in layers["border-village"]


@pytest.mark.parametrize("by", ["category", "fund"])
def test_every_family_and_stage_has_its_own_picture(by):
    pictures = {symbol["name"] for symbol in symbols(by)}
    assert pictures == {f"{family.code}-{fill}" for family in FAMILIES[by] for fill in FILLS.values()}
    assert set(FILLS) == set(STAGES)


def test_every_code_has_a_colour_and_no_family_borrows_the_colour_of_a_flag():
    assert all(colour(category.code).startswith("#") for category in CATEGORIES)
    assert all(colour(fund, "fund").startswith("#") for fund in FUNDS)
    for families in FAMILIES.values():
        used = [family.colour for family in families]
        assert len(set(used)) == len(used)
        assert not {AMBER, RED} & set(used)


@pytest.mark.parametrize("by", ["category", "fund"])
def test_neighbouring_families_differ_for_colour_blind_readers(by):
    """Simulated with the Machado matrices for full protanopia and deuteranopia; distance in linear light."""
    protan = ((0.152286, 1.052583, -0.204868), (0.114503, 0.786281, 0.099216), (-0.003882, -0.048116, 1.051998))
    deutan = ((0.367322, 0.860646, -0.227968), (0.280085, 0.672501, 0.047413), (-0.011820, 0.042940, 0.968881))

    def seen(family, matrix):
        light = [int(family.colour[at : at + 2], 16) / 255 for at in (1, 3, 5)]
        linear = [value / 12.92 if value <= 0.04045 else ((value + 0.055) / 1.055) ** 2.4 for value in light]
        return [sum(weight * value for weight, value in zip(row, linear, strict=True)) for row in matrix]

    for matrix in (protan, deutan):
        for one, other in combinations(FAMILIES[by], 2):
            gap = sum((a - b) ** 2 for a, b in zip(seen(one, matrix), seen(other, matrix), strict=True)) ** 0.5
            assert gap > 0.05, (one.code, other.code)


def test_every_family_has_words_in_both_languages():
    for language in ("id", "en"):
        for families in FAMILIES.values():
            assert all(family.label in words(language) for family in families)
