"""Very many names are read by templates: what comes out must be what reading each of them gives, to the last id."""

import json
import os
import random
import re
from dataclasses import replace
from itertools import product
from pathlib import Path

import numpy as np
import pandas as pd
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from app.demonstration import generate
from geo import name_inert, names
from geo import name_patterns as patterns
from geo import name_words as words
from geo.evidence import columns, named
from tests.benchmarks import _tables

REAL = Path(os.environ.get("PANTAU_REAL_DATA", "/nowhere"))
needs_real = pytest.mark.skipif(not REAL.is_dir(), reason="PANTAU_REAL_DATA names no folder of real files")
WHOLE = 1 << 40

_PATTERNS = [one for one in (*(pattern for pattern, _ in words.PHRASES), *vars(patterns).values())
             if isinstance(one, re.Pattern)]
_SAID = sorted({*words.EXPANDED, *words.KNOWN, *re.findall("[a-z]+", " ".join(one.pattern for one in _PATTERNS))})
_PLAIN = ["krajan", "sumberagung", "Mawar", "zqaa", "zqab", "zqzz", "ma'ruf", "ngadirejo", "mulyo2", "unitas",
          "kartini", "leftover", "perjalan", "xjl", "gatak", "angan", "panjangan", "toto", "keii", "nomora", "éclair"]
_NUMBERS = ["02", "1", "12", "0+100", "0+250,5", "120", "3a", "1-3", "2nd", "0,4", "ii", "iv", "x", "b"]
_SIGNS = [" ", " ", " ", " ", "  ", ".", "/", "-", ",", "'", "_", "(", ") ", "; ", "", "\t", '"', ":", " - ", "+", "m "]
a_word = st.one_of(st.sampled_from(_SAID), st.sampled_from(_PLAIN), st.sampled_from(_PLAIN), st.sampled_from(_NUMBERS),
                   st.text("abcdefgiklmnoprstuxz", min_size=1, max_size=8))
a_name = st.lists(st.tuples(a_word, st.sampled_from(_SIGNS)), max_size=12).map(
    lambda parts: "".join(word + sign for word, sign in parts))


def assert_read_alike(frame: pd.DataFrame) -> None:
    """Both readings of a table, column for column and id for id."""
    by_templates, one_by_one = named.read(frame, many=0), named.read(frame, many=WHOLE)
    assert by_templates.keys() == one_by_one.keys()
    for column, wanted in one_by_one.items():
        found = by_templates[column]
        assert found.dtype == wanted.dtype, column
        assert found.shape == wanted.shape, column
        assert found.tolist() == wanted.tolist() if found.dtype == object else np.array_equal(
            found, wanted, equal_nan=True), column


@settings(deadline=None, max_examples=200)
@given(st.lists(st.tuples(a_name, st.none() | a_name), min_size=1, max_size=8))
def test_names_of_any_words_and_signs_are_read_alike(rows):
    assert_read_alike(pd.DataFrame({"name": [name for name, _ in rows], "place": [place for _, place in rows]},
                                   dtype=object))


@settings(deadline=None, max_examples=200)
@given(a_name, st.sampled_from(["krajan", "sumberagung", "mawar", "zqaa"]), st.sampled_from(["banyuwangi", "ular"]))
def test_another_inert_word_in_its_place_changes_nothing_else(name, one, other):
    """What templates rest on, asked of the reader itself: an inert word is only ever put where the other stood."""
    text = names.plain(f"{name} {one} ;")
    if re.search(rf"[0-9_'a-z]{one}|{one}[0-9_'a-z]", text) or other in text:
        return
    left, right = names.told(text), names.told(re.sub(one, other, text))

    def put(said):
        return said if said is None else re.sub(rf"\b{one}\b", other, said)

    assert right.places == tuple(sorted(map(put, left.places)))
    assert right.recipient == tuple(sorted(map(put, left.recipient)))
    assert (right.hamlet, right.water) == (put(left.hamlet), put(left.water))
    own = {"places": (), "recipient": (), "hamlet": None, "water": None}
    assert replace(left, **own) == replace(right, **own)


def test_of_the_words_of_patterns_and_vocabulary_only_those_are_inert_that_say_nothing_alone():
    for word in (*_SAID, "streetlight", "northside", "keii", "nomora", "toto", "perjalan", "an", "ii"):
        if name_inert.is_inert(word):
            assert names.told(f"{word} ;") == names.Name(places=(word,))
            assert not any(one.fullmatch(word) for one, _ in words.PHRASES)


@pytest.mark.parametrize("word", ["jalan", "streetlight", "northside", "keii", "nomora", "toto", "perjalan", "leftover",
                                  "rehabilitsi", "sampai", "poros", "dela", "an", "ii", "pasar"])
def test_words_that_a_pattern_could_take_are_not_inert(word):
    assert not name_inert.is_inert(word)


@pytest.mark.parametrize("word", ["krajan", "sumberagung", "banyuwangi", "ular", "utama", "harapan", "unitas"])
def test_words_of_places_are_inert(word):
    assert name_inert.is_inert(word)


def test_tables_of_the_benchmark_and_the_demonstration_are_read_alike():
    assert_read_alike(pd.DataFrame(_tables.uniform(6_000).sites.drop(columns="geometry")))
    assert_read_alike(pd.DataFrame(generate.generate(3, 4_000).works.drop(columns="geometry")))


def test_values_that_are_no_texts_are_read_alike():
    rng = random.Random(1)
    some = ["Rabat Dusun Krajan", None, float("nan"), pd.NA, "", "  ", "RTLH an. Sukirman", "SPAM Krajan", "É",
            "Barangay San Jose, Poblacion", "estero de la Krajan"]
    for values in (some, [*some, 12, 3.5, b"x", True], [*some, "\ud800 jalan"]):
        assert_read_alike(pd.DataFrame({"name": rng.choices(values, k=200), "place": rng.choices(values, k=200),
                                        "rt": rng.choices(["1", "02", None, "x"], k=200)}, dtype=object))


def test_a_name_of_very_many_words_is_read_alike():
    letters = ["".join(two) for two in product("bdfgk", "aiueo", "ln", "aiueo")]
    long = "Rabat " + " ".join(letters)
    assert_read_alike(pd.DataFrame({"name": [long, long + " Krajan", "Talud " + " ".join(letters[:30])]}))


@needs_real
def test_real_names_are_read_alike():
    from tests.benchmarks import _real

    texts = [str(one) for name in ("flood_control", "village_roads") for one in _real.sites(name)["name"]]
    for path in sorted((REAL / "entity_resolution").glob("*/*")):
        texts += re.findall(r"COL name VAL (.*?)(?= COL |\t|$)", path.read_text("utf-8", "replace"), re.MULTILINE)
    streets = json.loads((REAL / "village_streets" / "streets.geojson").read_text("utf-8"))["features"]
    texts += [str(one["properties"]) for one in streets]
    rng = np.random.default_rng(7)
    texts = rng.choice(list(dict.fromkeys(texts)), 3_000, replace=False).tolist()
    places = rng.choice([None, "Dusun Krajan RT 02", *texts[:500]], len(texts))
    assert_read_alike(pd.DataFrame({"name": texts, "place": places}))


def test_ids_are_those_of_lower_case_and_single_blanks():
    values = pd.Series(["CV  Maju", "cv maju", None, " CV MAJU ", "", "  ", "pt é", "PT É", "x"], dtype=object)
    for one in (values, values.to_numpy(), values.astype("str"), values.astype("category")):
        assert columns.ids(one).tolist() == [0, 0, -1, 0, -1, -1, 1, 1, 2]
