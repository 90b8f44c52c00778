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
        Aligned("Jl. Krajan", "jalan Krajn", "near"), Aligned("RT", "RT", "same"), Aligned("01", "002", "differs")]


@pytest.mark.parametrize(("one", "other"), [("RT 1", "RT 001"), ("Balai Desa", "balai  desa"), ("", "")])
def test_what_is_only_written_otherwise_is_the_same(one, other):
    assert {step.says for step in align(one, other)} <= {"same"}


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
