"""Groups: what belongs together by drawn cases; a letter is a work, a number how likely the two beside it are one."""

import pytest

from geo.groups import joined


def grouped(drawn: str) -> set[str]:
    """Lines like "a b .9": the groups as words of their letters."""
    links = [(one, other, float(chance)) for one, other, chance in (line.split() for line in drawn.strip().split("\n"))]
    there = joined(links)
    back = joined([(other, one, chance) for one, other, chance in reversed(links)])
    found = {"".join(sorted(members)) for members in there.values()}
    assert found == {"".join(sorted(members)) for members in back.values()}, "the order of pairs must not matter"
    return found


TRIANGLES = """a b .99
b c .99
a c .98
x y .99
y z .97
x z .99"""


@pytest.mark.parametrize("weak", ["c x .6", "c x .99", "a x .6\nc z .6"])
def test_one_weak_link_or_two_cannot_glue_two_strong_groups(weak):
    assert grouped(f"{TRIANGLES}\n{weak}") == {"abc", "xyz"}


def test_groups_that_belong_together_throughout_are_one():
    every = "\n".join(f"{one} {other} .9" for one in "abc" for other in "xyz")
    assert grouped(f"{TRIANGLES}\n{every}") == {"abcxyz"}


def test_a_third_record_joins_a_pair_though_its_link_to_the_other_is_not_known():
    assert grouped("a b .99\nb c .95") == {"abc"}


def test_a_weak_third_record_stays_apart_from_a_strong_pair():
    assert grouped("a b .99\nb c .6") == {"ab"}


def test_a_chain_of_likely_pairs_is_no_group_from_end_to_end():
    chain = "\n".join(f"{one} {other} .9" for one, other in zip("abcdefg", "bcdefgh", strict=True))
    assert max(map(len, grouped(chain))) <= 3


def test_two_separate_pairs_are_two_groups():
    assert grouped("a b .9\nc d .8") == {"ab", "cd"}
