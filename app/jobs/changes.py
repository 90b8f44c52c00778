"""Pairs before and after: which somebody would newly be asked to look at, which no longer, and what judges had said."""

from collections.abc import Mapping
from decimal import Decimal

import geopandas
import numpy as np
import pandas as pd

from app.jobs.judgements import Labelled
from app.jobs.matching import money_to_look_at
from geo import kinds
from geo.learning.verdicts import agreement
from geo.model import Model

SHOWN = 20
"""Pairs of each sort that a result holds; the rest are counted."""


def as_stored(found: pd.DataFrame, sites: geopandas.GeoDataFrame, stored: pd.DataFrame) -> pd.DataFrame:
    """Measured pairs in the columns of `models.standing`; who has judged is known from what is stored."""
    ids, amounts = sites["project"].to_numpy().astype(str), sites["amount"].to_numpy(float)
    one, other = found["left"].to_numpy(np.int64), found["right"].to_numpy(np.int64)
    left, right = np.where(ids[one] < ids[other], one, other), np.where(ids[one] < ids[other], other, one)
    shares = [None if pd.isna(share) else float(share) for share in found["overlap_share"]]
    money = [money_to_look_at(amounts[a], amounts[b], share)
             for a, b, share in zip(left, right, shares, strict=True)]
    price = np.where(np.isnan(amounts), np.inf, amounts)
    pairs = pd.DataFrame({
        "left": ids[left], "right": ids[right], "kind": found["kind"].to_numpy(),
        "to_look_at": found["kind"].isin(kinds.TO_LOOK_AT).to_numpy(),
        "probability": found["probability"].to_numpy(float), "money": pd.array(money, dtype=object).astype(float),
        "smaller": np.where(price[right] < price[left], ids[right], ids[left])})
    known = pairs.merge(stored[["left", "right", "judged"]], on=["left", "right"], how="left")["judged"]
    return pairs.assign(judged=known.eq(True).to_numpy())


def between(before: pd.DataFrame, after: pd.DataFrame, known: Labelled, in_force: Model, draft: Model
            ) -> dict[str, object]:
    """What would change from the stored pairs to the measured ones, JSON-able. Money counts each work once, as
    *Nilai yang perlu diperiksa* does, and only where nobody has judged."""
    both = before.merge(after, on=["left", "right"], how="outer", suffixes=("_before", "_after"))
    flag_before, flag_after = (both[f"to_look_at_{when}"].eq(True).to_numpy() for when in ("before", "after"))
    listed = both["kind_before"].notna() & both["kind_after"].notna()
    sorts = {"come": ~flag_before & flag_after, "go": flag_before & ~flag_after,
             "kind": (listed & (both["kind_before"] != both["kind_after"])).to_numpy() & (flag_before == flag_after)}
    return {
        "pairs": [len(before), len(after)], "flagged": [int(flag_before.sum()), int(flag_after.sum())],
        "money": [_money(before), _money(after)],
        "money_come": _money(both[sorts["come"]], "_after"), "money_go": _money(both[sorts["go"]], "_before"),
        "counts": {name: int(rows.sum()) for name, rows in sorts.items()},
        "kinds": {kind: [int((before["kind"] == kind).sum()), int((after["kind"] == kind).sum())]
                  for kind in kinds.KINDS},
        "shown": {name: _first(both[rows]) for name, rows in sorts.items()},
        "judged": _judged(known, in_force, draft)}


def _money(pairs: pd.DataFrame, when: str = "") -> str:
    open_ones = pairs[pairs[f"to_look_at{when}"].eq(True) & ~pairs[f"judged{when}"].eq(True)]
    each = open_ones[f"money{when}"].astype(float).groupby(open_ones[f"smaller{when}"]).max().dropna()
    return str(sum((Decimal(str(one)) for one in each), Decimal(0)).quantize(Decimal("0.01")))


def _first(both: pd.DataFrame) -> list[dict[str, object]]:
    worth = both["money_after"].astype(float).fillna(both["money_before"].astype(float)).fillna(-1.0)
    judged = both["judged_before"].eq(True) | both["judged_after"].eq(True)
    first = both.assign(worth=worth, judged=judged).sort_values(["worth", "left", "right"],
                                                                ascending=[False, True, True])[:SHOWN]
    return [{"left": row["left"], "right": row["right"],
             "kind": [_or_none(row["kind_before"]), _or_none(row["kind_after"])],
             "probability": [_or_none(row["probability_before"]), _or_none(row["probability_after"])],
             "money": None if row["worth"] < 0 else row["worth"],
             "judged": bool(row["judged"])}
            for row in first.to_dict("records")]


def _judged(known: Labelled, in_force: Model, draft: Model) -> Mapping[str, object]:
    """How both agree with the verdicts, and the judged pairs whose flag would come or go."""
    labels = known.judged.labels
    before, after = known.judged.flagged(in_force), known.judged.flagged(draft)
    moved = np.flatnonzero(before != after)
    return {
        "pairs": len(labels), "cannot_tell": known.cannot_tell, "disagreeing": known.disagreeing,
        "before": agreement(before, labels).to_json(), "after": agreement(after, labels).to_json(),
        "moved": {"alike_come": int((~before & after & (labels == 1)).sum()),
                  "alike_go": int((before & ~after & (labels == 1)).sum()),
                  "apart_come": int((~before & after & (labels == 0)).sum()),
                  "apart_go": int((before & ~after & (labels == 0)).sum())},
        "shown": [{"left": known.pairs[row][0], "right": known.pairs[row][1], "alike": bool(labels[row]),
                   "flagged": bool(after[row])} for row in moved[:SHOWN].tolist()]}


def _or_none(value: object) -> object:
    return None if pd.isna(value) else value
