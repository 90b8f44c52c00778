"""How works are told apart on a map: a few families of colour, the fill of a stage, the mark of a flag.

Seventeen kinds of work and as many funds cannot each have a colour that eyes tell apart, so both are
gathered into seven families with the colours of Okabe and Ito, which stay distinct for colour-blind
readers. Orange and vermilion are left out on purpose: amber is what the machine flags, red what a person
has confirmed. Labels are message ids in `geo/locale/<language>/map.json`.
"""

from collections.abc import Mapping
from dataclasses import dataclass

from geo.schema import CATEGORY, FUNDS


@dataclass(frozen=True, slots=True)
class Family:
    """Codes of geo.schema that share one colour; `label` is a message id."""

    code: str
    colour: str
    members: tuple[str, ...]

    @property
    def label(self) -> str:
        return f"family.{self.code}"


CATEGORY_FAMILIES = (
    Family("roads", "#0072b2", ("road",)),
    Family("waterways", "#56b4e9", ("drainage", "irrigation", "river", "retaining_wall")),
    Family("clean_water", "#009e73", ("water", "sanitation", "pipe")),
    Family("buildings", "#cc79a7", ("housing", "building", "market")),
    Family("lighting", "#f0e442", ("lighting",)),
    Family("bridges", "#1b2430", ("bridge", "small_structure")),
    Family("others", "#7d8a97", ("field", "reservoir", "other")),
)
FUND_FAMILIES = (
    Family("village_fund", "#0072b2", ("DDS",)),
    Family("allocation", "#56b4e9", ("ADD", "PBH")),
    Family("assistance", "#009e73", ("PBK", "PBP")),
    Family("regency", "#cc79a7", ("APBD", "APBDP")),
    Family("aspirations", "#f0e442", ("POKIR", "POKMAS")),
    Family("state", "#1b2430", ("APBN", "DAK", "BSPS")),
    Family("own_and_others", "#7d8a97", ("PAD", "SWD", "CSR", "BAZNAS", "DLL")),
)
FAMILIES: Mapping[str, tuple[Family, ...]] = {"category": CATEGORY_FAMILIES, "fund": FUND_FAMILIES}
assert {code for family in CATEGORY_FAMILIES for code in family.members} == set(CATEGORY)
assert {code for family in FUND_FAMILIES for code in family.members} == set(FUNDS)

FILLS: Mapping[str, str] = {
    "proposed": "hollow", "planned": "hollow", "running": "half", "done": "full", "cancelled": "crossed",
}  # fmt: skip
"""How much of a symbol is filled at each stage."""

INK, ACCENT, AMBER, RED = "#1b2430", "#0f6b68", "#c77700", "#b3261e"
FLAGS = {0: None, 1: AMBER, 2: RED}
"""0 nothing · 1 an indication that waits for a verdict · 2 confirmed by a person."""

PAPER, OTHER_LAND, SEA = "#fdfcf9", "#eeede7", "#dbe7ec"


def colour(code: str | None, by: str = "category") -> str:
    """The colour of a category or fund code; what is not known is grey like the others."""
    return next((family.colour for family in FAMILIES[by] if code in family.members), "#7d8a97")
