"""Two names word by word, as a reader would lay them against each other."""

import pytest
from hypothesis import given
from hypothesis import strategies as st

from geo.aligning import Aligned, align

WORD = st.text(st.sampled_from("abkrt012./"), min_size=1, max_size=6)
NAME = st.lists(WORD, max_size=12).map(" ".join)


def test_another_number_differs_and_another_spelling_is_near():
    steps = align("Pemb. Rabat Jl. Krajan RT 01", "Pembangunan rabat jalan Krajn RT 002")
    assert steps == [
        Aligned("Pemb.", "Pembangunan", "near"), Aligned("Rabat", "rabat", "same"),
        Aligned("Jl. Krajan", "jalan Krajn", "near"), Aligned("RT 01", "RT 002", "differs")]


@pytest.mark.parametrize(("one", "other"), [
    ("RT 1", "RT 001"), ("Rt 002 Rw 004", "RT02 RW04"), ("RT.02/01", "rt 2 RW 001"), ("Titik 06", "ttk. 6"),
    ("Tahap II", "THP 2"), ("Balai Desa", "balai  desa"), ("", "")])
def test_what_is_only_written_otherwise_is_the_same(one, other):
    assert {step.says for step in align(one, other)} <= {"same"}


def test_unlike_words_stand_against_each_other_only_between_words_that_agree():
    """A number is no other word for "TERSIER", and two names of nothing in common replace nothing."""
    steps = align("Saluran irigasi 6 Krajan", "Saluran irigasi TERSIER Krajan")
    assert Aligned("6", "", "only") in steps
    assert Aligned("", "TERSIER", "only") in steps
    assert Aligned("Krajan", "Sumber", "differs") in align("Rabat jalan Krajan RT 01", "Rabat jalan Sumber RT 1")
    assert {step.says for step in align("Rabat jalan", "Pos kamling")} == {"only"}
    assert Aligned("RT 01", "RT 02", "differs") in align("Rabat RT 01 Krajan", "Talud Jasem RT 02")


@pytest.mark.parametrize(("one", "other"), [
    ("RT 02 RW 01 Dusun Krajan", "Dusun Krajan RW 01 RT 02"), ("Rabat RT 02 RW 01", "Rabat RW.01 RT.2"),
    ("Rabat RT 02/01 Krajan", "Rabat Krajan RW 1 RT 2"), ("RT 02 Krajan RT 03", "RT 03 Krajan RT 02"),
    ("Rabat beton Dusun Krajan", "Dusun Krajan, rabat beton"), ("RT 01", "Krajan RT 1 Sumber")])
def test_what_both_names_say_in_another_order_does_not_differ(one, other):
    """A reader who is told "hanya A" or "berbeda" of the same RT would look for a second place."""
    steps = align(one, other)
    assert "differs" not in {step.says for step in steps}
    assert not any(step.says == "only" and step.left for step in steps)


def test_another_number_in_another_place_is_still_told():
    steps = align("RT 02 RW 01 Dusun Krajan", "Dusun Krajan RW 01 RT 03")
    assert Aligned("RT 02", "", "only") in steps
    assert Aligned("", "RT 03", "only") in steps
    assert Aligned("RT 01", "RT 02", "differs") in align("Rabat RT 01 x RT 01", "Rabat RT 01 x RT 02")


def test_a_word_that_one_name_has_alone_stands_alone():
    assert Aligned("", "(lanjutan)", "only") in align("Rabat Krajan", "Rabat Krajan (lanjutan)")


def test_a_name_of_a_thousand_letters_is_aligned_too():
    assert sum(len(step.left) for step in align("a " * 500, "b " * 500)) > 500


@given(NAME, NAME)
def test_no_word_is_lost_and_none_is_invented(one, other):
    steps = align(one, other)
    for name, side in ((one, "left"), (other, "right")):
        assert "".join(getattr(step, side) for step in steps).replace(" ", "") == name.replace(" ", "")


@given(NAME)
def test_a_name_is_the_same_as_itself(name):
    assert {step.says for step in align(name, name)} <= {"same"}
