"""The style of the vector map is whole, and tells works apart by more than colour."""

from itertools import combinations, pairwise

import pytest

from app.maps import shades
from app.maps.families import AMBER, FILLS, RED, STYLES, YEAR_COLOURS, colour, families
from app.maps.style import style, symbols
from geo.schema import CATEGORIES, FUNDS, STAGES
from geo.sentences import Sentence, worded, words

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


@pytest.mark.parametrize("by", STYLES)
def test_every_family_and_stage_has_its_own_picture(by):
    pictures = {symbol["name"] for symbol in symbols(by)}
    assert pictures == {f"{family.code}-{fill}" for family in families(by) for fill in FILLS.values()}
    assert set(FILLS) == set(STAGES)


def test_every_code_has_a_colour_and_no_family_borrows_the_colour_of_a_flag():
    assert all(colour(category.code).startswith("#") for category in CATEGORIES)
    assert all(colour(fund, "fund").startswith("#") for fund in FUNDS)
    for by in STYLES:
        used = [family.colour for family in families(by)]
        assert len(set(used)) == len(used)
        assert not {AMBER, RED} & set(used) or by == "flag"


@pytest.mark.parametrize("by", ["category", "fund", "stage", "flag"])
def test_neighbouring_families_differ_for_colour_blind_readers(by):
    """Simulated with the Machado matrices for full protanopia and deuteranopia; distance in linear light."""
    protan = ((0.152286, 1.052583, -0.204868), (0.114503, 0.786281, 0.099216), (-0.003882, -0.048116, 1.051998))
    deutan = ((0.367322, 0.860646, -0.227968), (0.280085, 0.672501, 0.047413), (-0.011820, 0.042940, 0.968881))

    def seen(family, matrix):
        light = [int(family.colour[at : at + 2], 16) / 255 for at in (1, 3, 5)]
        linear = [value / 12.92 if value <= 0.04045 else ((value + 0.055) / 1.055) ** 2.4 for value in light]
        return [sum(weight * value for weight, value in zip(row, linear, strict=True)) for row in matrix]

    for matrix in (protan, deutan):
        for one, other in combinations(families(by), 2):
            gap = sum((a - b) ** 2 for a, b in zip(seen(one, matrix), seen(other, matrix), strict=True)) ** 0.5
            assert gap > 0.05, (one.code, other.code)


def test_every_family_has_words_in_both_languages():
    for language in ("id", "en"):
        assert all(family.label in words(language) for by in STYLES for family in families(by))


def test_every_year_belongs_to_one_family_and_the_legend_says_which():
    known = families("year", 2026)
    years = [year for family in known for year in family.members]
    assert sorted(years) == list(range(1990, 2101))
    assert [worded(Sentence(family.label, family.values), "id") for family in known[:6]] == [
        "2026 dan sesudahnya", "2025", "2024", "2023", "2019 sampai 2022", "2018 dan sebelumnya"]
    assert colour(None, "year", 2026) == known[-1].colour


@pytest.mark.parametrize("by", STYLES)
def test_beside_colour_every_style_has_a_sign_or_a_fill(by):
    """Stage is told by the fill; the unflagged have no ring and no sign, which is their sign."""
    signs = [family.sign for family in families(by)]
    assert by == "stage" or len(set(signs)) == len(signs)
    layers = {layer["id"] for layer in style(SOURCES, by)["layers"]}
    assert ("point-signs" in layers) == (by != "stage")


def lightness(colour):
    light = [int(colour[at : at + 2], 16) / 255 for at in (1, 3, 5)]
    linear = [value / 12.92 if value <= 0.04045 else ((value + 0.055) / 1.055) ** 2.4 for value in light]
    y = sum(weight * value for weight, value in zip((0.2126, 0.7152, 0.0722), linear, strict=True))
    return 116 * y ** (1 / 3) - 16


@pytest.mark.parametrize("ramp", [shades.RAMP, YEAR_COLOURS])
def test_a_ramp_goes_in_even_steps_of_lightness(ramp):
    """Uneven steps would make one class look far from the next."""
    steps = [a - b for a, b in pairwise(map(lightness, ramp))]
    assert max(map(abs, steps)) < 1.6 * min(map(abs, steps))
    assert len({step > 0 for step in steps}) == 1


def test_classes_have_round_edges_and_hold_all_values():
    values = [0, 3, 14, 151, 1234, 5678, 9999, 12345, 23456, 99999, None]
    made = shades.shade("works", "village", values)
    assert made.breaks == tuple(sorted(made.breaks))
    assert {made.bucket(value) for value in values} == {*range(len(made.breaks) + 1), None}
    assert all(float(f"{edge:.2g}") == edge for edge in made.breaks)
    assert len(made.classes) == len(made.breaks) + 1


@pytest.mark.parametrize("values", [[], [None], [0, 0, 0], [5], [7, 7]])
def test_values_that_are_all_alike_make_one_class(values):
    made = shades.shade("money", "district", values)
    assert made.breaks == ()
    assert made.bucket(None) is None
    assert made.classes[0][1:] == (None, None)
