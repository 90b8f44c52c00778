"""Built: whether the two works build one kind of thing."""

import numpy as np

from geo.choosing import choose
from geo.evidence.between import Between
from geo.evidence.frequencies import Frequencies
from geo.evidence.named import FAMILIES, SAYS_ADVICE, SAYS_GOODS
from geo.evidence.sites import Sites
from geo.schema import CATEGORIES

LEVELS = 5
OTHER, RELATED, OTHER_WORD, SAME_CATEGORY, SAME_WORD = range(5)

_OTHER = [category.code for category in CATEGORIES].index("other")
_RELATED = (
    ("drainage", "irrigation", "pipe", "road"), ("retaining_wall", "river", "road"),
    ("river", "drainage", "irrigation"),
    ("water", "pipe", "sanitation"), ("drainage", "sanitation"),
    ("building", "small_structure", "market", "field"), ("field", "reservoir"),
    ("reservoir", "irrigation", "river"), ("bridge", "drainage"), ("retaining_wall", "drainage"),
)
_ROADS = ("road", "other")
_CODE = {category.code: position for position, category in enumerate(CATEGORIES)}


def _related() -> np.ndarray:
    table = np.zeros((len(CATEGORIES) + 1,) * 2, bool)
    for group in _RELATED:
        for one in group:
            for other in group:
                table[_CODE[one], _CODE[other]] = True
    table[_CODE["other"], :] = table[:, _CODE["other"]] = True
    table[-1, :] = table[:, -1] = True
    return table


RELATED_CATEGORIES = _related()


def levels(left: Sites, right: Sites, between: Between, frequencies: Frequencies) -> np.ndarray:
    """Category first; within one category the words of the object (posyandu and village hall are both buildings). Who
    designs, supervises or furnishes a building does not build it."""
    shared = (left.objects & right.objects) != 0
    # telford and macadam, hotmix and lapen: other words, one family
    families_a, families_b = _families(left), _families(right)
    kin = (families_a & families_b) != 0
    apart = (families_a != 0) & (families_b != 0) & ~kin
    same = (left.category == right.category) & (left.category >= 0)
    related = RELATED_CATEGORIES[left.category, right.category]
    # a road and the drain beside it are related, and two works: the words decide where they are known
    # a record of no kind, or of "other", takes its kind from the words
    loose = (left.category < 0) | (right.category < 0) | (left.category == _OTHER) | (right.category == _OTHER)
    level = choose([same & shared, same & apart, same, shared | (kin & loose), kin, related & ~apart],
                   [SAME_WORD, OTHER_WORD, SAME_CATEGORY, SAME_CATEGORY, RELATED, RELATED], OTHER)
    unknown = ((left.category < 0) | (right.category < 0)) & ~kin & ~apart
    beside = ((left.says ^ right.says) & (SAYS_ADVICE | SAYS_GOODS)) != 0
    return choose([beside, unknown], [OTHER, -1], level).astype(np.int8)


def _families(sites: Sites) -> np.ndarray:
    """The families of the object's words; "Jl. Cempaka" in the name of a hall is an address and no road."""
    road = np.array([category.code in _ROADS for category in CATEGORIES] + [True])[sites.category]
    return np.where((sites.objects == 0) & ~road, sites.families & ~FAMILIES["road"], sites.families)
