"""Groups: what belongs together by drawn cases; a letter is a work, a number how likely the two beside it are one."""

import time

import pytest
from hypothesis import given
from hypothesis import strategies as st

from geo.groups import TOGETHER_FROM, joined


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


def test_pairs_between_two_large_groups_cost_no_more_than_others():
    # 20,000 pairs, each of which would look at 40,000 more if the groups kept no sums: minutes instead of a second
    one, other = ([f"{side}{number:03}" for number in range(200)] for side in "ab")
    links = [(x, y, 0.99) for side in (one, other) for at, x in enumerate(side) for y in side[:at]]
    links += [(x, y, 0.7) for at, x in enumerate(one) for number, y in enumerate(other) if (at + number) % 2]
    before = time.process_time()
    found = {frozenset(members) for members in joined(links).values()}
    assert found == {frozenset(one), frozenset(other)}
    assert time.process_time() - before < 20


@given(st.lists(st.tuples(st.integers(0, 11), st.integers(0, 11), st.integers(32, 63)), max_size=40))
def test_kept_sums_decide_as_summing_all_pairs_anew_does(drawn_pairs):
    links = {(min(a, b), max(a, b)): chance / 64 for a, b, chance in drawn_pairs if a != b}
    group = {project: {project} for pair in links for project in pair}
    for a, b in sorted(links, key=lambda pair: (-links[pair], pair)):
        ours, theirs = group[a], group[b]
        total = sum(links.get((min(x, y), max(x, y)), 0.0) for x in ours for y in theirs)
        if ours is not theirs and total / (len(ours) * len(theirs)) >= TOGETHER_FROM:
            group.update(dict.fromkeys(ours | theirs, ours | theirs))
    wanted = {frozenset(members) for members in group.values() if len(members) > 1}
    assert {frozenset(members) for members in joined([(*pair, links[pair]) for pair in links]).values()} == wanted
