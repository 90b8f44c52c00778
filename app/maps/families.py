"""How works are told apart on a map: a few families of colour and sign, the fill of a stage, the mark of a flag.

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
    """Codes of geo.schema (years, flags) that share one colour; `label` is a message id.

    `sign` is written beside a symbol near the ground and in the legend, where neither fill nor ring says it.
    """

    code: str
    colour: str
    members: tuple[str | int, ...]
    sign: str = ""

    @property
    def label(self) -> str:
        return f"family.{self.code.rstrip('_0123456789')}"

    @property
    def values(self) -> dict[str, object]:
        """What the words of the label need: the first and the last year."""
        years = [member for member in self.members if isinstance(member, int)]
        return {"first": str(min(years)), "last": str(max(years))} if years and self.code.startswith("year") else {}


CATEGORY_FAMILIES = (
    Family("roads", "#0072b2", ("road",), "J"),
    Family("waterways", "#56b4e9", ("drainage", "irrigation", "river", "retaining_wall"), "D"),
    Family("clean_water", "#009e73", ("water", "sanitation", "pipe"), "A"),
    Family("buildings", "#cc79a7", ("housing", "building", "market"), "B"),
    Family("lighting", "#f0e442", ("lighting",), "P"),
    Family("bridges", "#1b2430", ("bridge", "small_structure"), "T"),
    Family("others", "#7d8a97", ("field", "reservoir", "other"), "L"),
)
FUND_FAMILIES = (
    Family("village_fund", "#0072b2", ("DDS",), "D"),
    Family("allocation", "#56b4e9", ("ADD", "PBH"), "A"),
    Family("assistance", "#009e73", ("PBK", "PBP"), "B"),
    Family("regency", "#cc79a7", ("APBD", "APBDP"), "K"),
    Family("aspirations", "#f0e442", ("POKIR", "POKMAS"), "P"),
    Family("state", "#1b2430", ("APBN", "DAK", "BSPS"), "N"),
    Family("own_and_others", "#7d8a97", ("PAD", "SWD", "CSR", "BAZNAS", "DLL"), "L"),
)
STAGE_FAMILIES = (
    Family("proposed", "#cc79a7", ("proposed",)),
    Family("planned", "#56b4e9", ("planned",)),
    Family("running", "#0072b2", ("running",)),
    Family("done", "#009e73", ("done",)),
    Family("cancelled", "#1b2430", ("cancelled",)),
    Family("stage_unknown", "#7d8a97", ()),
)
FLAG_FAMILIES = (
    Family("confirmed", "#b3261e", (2,), "×"),
    Family("flagged", "#c77700", (1,), "!"),
    Family("clear", "#8d9aa6", ()),
)
YEAR_COLOURS = ("#1b3370", "#1d5394", "#007aac", "#00a4b2", "#5dc6a5", "#b6dead")
"""The newest first, dark to light in even steps."""

FAMILIES: Mapping[str, tuple[Family, ...]] = {
    "category": CATEGORY_FAMILIES, "fund": FUND_FAMILIES, "stage": STAGE_FAMILIES, "flag": FLAG_FAMILIES}  # fmt: skip
STYLES = ("category", "fund", "stage", "year", "flag")
"""By what works may be coloured; the last family of each also takes what is not known."""

assert {code for family in CATEGORY_FAMILIES for code in family.members} == set(CATEGORY)
assert {code for family in FUND_FAMILIES for code in family.members} == set(FUNDS)


def families(by: str, latest: int | None = None) -> tuple[Family, ...]:
    """The families of one style. Those of years count back from `latest`: four years alone, then a few, then all."""
    if by != "year":
        return FAMILIES[by]
    last = latest or 2026
    spans = [(last, 2100), *((last - n, last - n) for n in (1, 2, 3)), (last - 7, last - 4), (1990, last - 8)]
    parts = []
    for (first, until), one in zip(spans, YEAR_COLOURS, strict=True):
        alone = "year_from" if until == 2100 else "year" if until == first else None
        kind = alone or ("years" if first > 1990 else "years_until")
        parts.append(Family(f"{kind}_{len(parts)}", one, tuple(range(first, until + 1)), f"’{first % 100:02}"))
    return (*parts, Family("year_unknown", "#7d8a97", ()))


FILLS: Mapping[str, str] = {
    "proposed": "hollow", "planned": "hollow", "running": "half", "done": "full", "cancelled": "crossed",
}  # fmt: skip
"""How much of a symbol is filled at each stage."""

INK, ACCENT, AMBER, RED = "#1b2430", "#0f6b68", "#c77700", "#b3261e"
FLAGS = {0: None, 1: AMBER, 2: RED}
"""0 nothing · 1 an indication that waits for a verdict · 2 confirmed by a person."""

PAPER, OTHER_LAND, SEA = "#fdfcf9", "#eeede7", "#dbe7ec"


def family_of(code: str | int | None, by: str = "category", latest: int | None = None) -> Family:
    """The family of one code; what is not known belongs to the last, grey like the others."""
    known = families(by, latest)
    return next((family for family in known if code in family.members), known[-1])


def colour(code: str | int | None, by: str = "category", latest: int | None = None) -> str:
    """The colour of that family."""
    return family_of(code, by, latest).colour
