"""What the exports of village budgets need beyond their columns: codes that hold a village and an activity, and an
amount that a revised one replaces.

The finance system (Siskeudes) numbers districts and villages within their regency: `01.2001.` is `35.10.01.2001`
where the regency is 35.10.
"""

import re
from collections import Counter
from collections.abc import Sequence
from decimal import Decimal
from typing import TYPE_CHECKING

from geo import values
from geo.locating import text_of
from geo.sentences import Sentence
from geo.tables import Problem, Table, Understood

if TYPE_CHECKING:
    from geo.regions import Regions  # a file can be read without loading geopandas

RELATIVE = re.compile(r"\d{2}\.[12]\d{3}")


def take_revised(one: Understood, column: str) -> None:
    """The revised amount is the amount where it is more than nothing; what it was at first is said."""
    revised: Decimal | None = one.facts.pop("revised_amount", None)
    first = one.facts.get("amount")
    if not revised or revised == first:
        return
    one.facts["amount"] = revised
    if first:
        one.problems.append(Problem(one.row.number, column, values.shown(one.row.values[column]), Sentence(
            "money.revised", {"amount": str(first)}), sheet=one.row.sheet, severity="note"))


def take_codes(understood: Sequence[Understood], table: Table, regions: "Regions | None") -> None:
    """Village and id out of activity codes that hold a village, and codes within a regency completed."""
    column_of = table.column_of
    column = column_of.get("activity_code")
    if column:
        _from_activity_codes(understood, column, column_of)
    if regions is None:
        return
    whole: dict[str, list[str]] = {}
    for code in regions.frame["code"]:
        if str(code).count(".") == 3:
            whole.setdefault(str(code).split(".", 2)[2], []).append(code)
    for one in understood:
        code = one.facts.get("village_code")
        if code and RELATIVE.fullmatch(code) and len(whole.get(code, ())) == 1:
            one.facts["village_code"] = whole[code][0]


def _from_activity_codes(understood: Sequence[Understood], column: str, column_of: dict[str, str]) -> None:
    known: dict[object, tuple[str, str] | None] = {}
    found = []
    for one in understood:
        cell = one.row.values.get(column)
        if cell not in known:
            known[cell] = values.village_and_activity(text_of(cell).strip())
        found.append(known[cell])
    times = Counter((one.facts.get("year"), parts) for one, parts in zip(understood, found, strict=True))
    for one, parts in zip(understood, found, strict=True):
        if parts is None:
            continue
        if not one.facts.get("village_code"):
            one.facts["village_code"] = parts[0]
        if "id" not in column_of and times[one.facts.get("year"), parts] == 1:
            one.facts["id"] = ".".join(parts)
