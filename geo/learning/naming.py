"""What a part of a pair's score is called: the column it comes from and what was looked at there.

`name.words` is the words of the name; `name.words&place` is how the two weigh together. In a scored table the part
stands in the column `w_` and this.
"""

from geo.learning.columns import PLACE
from geo.sentences import Sentence

LOOKED_AT = {
    "words": ("telling", "contained", "told", "alone", "left_over", "rarest_alone", "first", "last"),
    "letters": ("set", "sort", "spelling", "start", "within", "length", "initials"),
    "numbers": ("numbers",),
    "rarity": ("usual", "weight"),
    "known": ("known",),
    "holds_name": ("holds_name",),
    "learned": ("alone_leans", "both_lean", "together"),
    "value": ("same", "apart", "share_apart"),
}
"""What is looked at in a column -> its measures."""
_OF_MEASURE = {measure: looked for looked, measures in LOOKED_AT.items() for measure in measures}
TOGETHER = "&"


def part_of(measures: tuple[str, ...]) -> str:
    """The part that tables over these measures belong to.

    >>> part_of(("name.telling",)), part_of(("place.distance", "name.set")), part_of(("name.told", "name.first"))
    ('name.words', 'name.letters&place', 'name.words')
    """
    return TOGETHER.join(sorted({_single(measure) for measure in measures}))


def _single(measure: str) -> str:
    column, _, what = measure.rpartition(".")
    return PLACE if column == PLACE else f"{column}.{_OF_MEASURE[what]}"


def label(part: str) -> Sentence:
    """The part in words. Raises KeyError for what is no part."""
    if part == "prior":
        return Sentence("pairs.part.prior")
    if part == PLACE:
        return Sentence("pairs.part.place")
    column, _, looked = part.rpartition(".")
    if column and looked in LOOKED_AT and TOGETHER not in part:
        return Sentence(f"pairs.part.{looked}", {"column": column})
    halves = part.split(TOGETHER)
    for cut in range(1, len(halves)):
        try:
            first, second = (label(TOGETHER.join(half)) for half in (halves[:cut], halves[cut:]))
        except KeyError:
            continue
        return Sentence("pairs.part.together", {"first": first.to_json(), "second": second.to_json()})
    if column and looked in LOOKED_AT:
        return Sentence(f"pairs.part.{looked}", {"column": column})
    raise KeyError(part)
