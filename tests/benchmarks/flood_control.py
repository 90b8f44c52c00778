"""Two real lists without a truth: what is called a duplicate, and whether what surely is none stays quiet.

Flood control: 27 groups of rows are one multi-year record each, never a second payment, and 82 contracts cover works at
several places. Both must hold also when the source's ids and contracts are hidden. Village roads know no year, fund
or amount: names and lines alone.
"""

from collections.abc import Callable

import geopandas as gpd
import numpy as np
import pandas as pd

from geo import duplicates, rows
from tests.benchmarks import _real

SECOND_PAYMENTS = ("double_funding", "repeat_funding")


def run(say: Callable[[str], None]) -> dict:
    figures = {f"flood_control_{name}": _flood_control(known, say)
               for name, known in (("with_ids_and_contracts", True), ("without", False))}
    roads = _real.sites("village_roads")
    pairs = duplicates.find(roads).pairs
    flagged = pairs[duplicates.flagged(pairs)]
    per_thousand = 1000 * len(flagged) / len(roads)
    say(f"village roads: {len(flagged)} flags among {len(roads)} rows, {per_thousand:.1f} for 1,000; the strongest:")
    for pair in flagged.head(5).itertuples():
        say(f"  {pair.probability:.3f} {pair.kind}: rows {roads['row'].iloc[pair.left]} and "
            f"{roads['row'].iloc[pair.right]}")
    return {**figures, "village_roads": {"rows": len(roads), "flags": len(flagged),
                                         "flags_per_1000": round(per_thousand, 2),
                                         "by_kind": flagged["kind"].value_counts().to_dict()}}


def _flood_control(known: bool, say: Callable[[str], None]) -> dict:
    sites, raw = _sites(known)
    pairs = duplicates.find(sites, every=True).pairs
    ids, contracts = raw["project_id"].to_numpy(), raw["report_contract_id"].to_numpy()
    a, b = pairs["left"].to_numpy(), pairs["right"].to_numpy()
    flagged = duplicates.flagged(pairs).to_numpy()
    one_record = ids[a] == ids[b]
    accused = one_record & flagged & pairs["kind"].isin(SECOND_PAYMENTS).to_numpy()
    works = raw.groupby("report_contract_id")["project_id"].nunique()
    contract_pairs = int((works * (works - 1) // 2).sum())
    hit = int((flagged & (contracts[a] == contracts[b]) & ~one_record).sum())
    say(f"flood control, ids and contracts {'known' if known else 'hidden'}: {len(raw)} rows, {flagged.sum()} flags "
        f"({1000 * flagged.sum() / len(raw):.1f} for 1,000); of {len(set(ids[a[one_record]]))} records that stand in "
        f"several rows {accused.sum()} called a second payment; of {contract_pairs} pairs of the {(works > 1).sum()} "
        f"contracts with several sites {hit} flagged ({hit / contract_pairs:.1%})")
    return {"rows": len(raw), "flags": int(flagged.sum()), "records_in_several_rows": len(set(ids[a[one_record]])),
            "called_a_second_payment": int(accused.sum()), "contracts_with_several_sites": int((works > 1).sum()),
            "their_pairs": contract_pairs, "their_pairs_flagged": hit,
            "by_kind": pairs.loc[flagged, "kind"].value_counts().to_dict()}


def _sites(known: bool) -> tuple[gpd.GeoDataFrame, pd.DataFrame]:
    """As `match` reads the file; the engine's own sight of ids and contracts taken away where they are not known."""
    sites = _real.sites("flood_control")
    cells = {row.number: row.values for row in rows.read(_real.path("flood_control")).rows}
    raw = pd.DataFrame([cells[number] for number in sites["row"]])
    record = raw["project_id"] if known else pd.Series(np.arange(len(raw)).astype(str))
    return sites.assign(record=record.to_numpy(), contract=sites["contract"] if known else None), raw
