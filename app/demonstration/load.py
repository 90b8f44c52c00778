"""Loading the demonstration on the first start: regions, people, works, and their pairs, all in one transaction.

The works go in through the same doors as an upload's: `projects.insert`, then `matching.match`. Killed half-way,
nothing is left, and the next start begins again. The truth goes to a file under the state folder and nowhere else.
"""

import math
from collections.abc import Callable, Iterator
from decimal import Decimal
from pathlib import Path
from typing import TYPE_CHECKING
from uuid import NAMESPACE_URL, UUID, uuid5

import geopandas as gpd
import pandas as pd

from app.db import Connection
from app.demonstration import villages
from app.demonstration.generate import Generated, generate
from app.demonstration.sample import home_village
from app.jobs import matching
from app.queries import anomalies, installation, people, projects, regions
from app.queries.projects import Site, Work
from app.settings import Settings

if TYPE_CHECKING:  # the installation stands above the demonstration, and hands itself in
    from app.installation.ready import Place

SOURCE = "contoh"
PEOPLE = (
    ("admin", "Administrator Contoh", "admin"),
    ("auditor", "Auditor Contoh", "auditor"),
    ("planner", "Perencana Contoh", "planner"),
    ("field", "Petugas Lapangan Contoh", "field"),
    ("head", "Kepala Desa Contoh", "head"),
)
"""Name, full name and role. The last two work in one village, the others everywhere."""
IN_ONE_VILLAGE = ("field", "head")
IMPORTER = ("pengimpor-contoh", "Pengimpor Contoh")
"""Enters the works and can never sign in: whoever enters a work may not judge it."""
NOT_FACTS = ("project", "source", "region_code", "role", "method", "accuracy_m", "geometry", "number")

Tell = Callable[[str, str], None]
"""Says one sentence to the terminal, in Indonesian and in English."""


def load(place: "Place", settings: Settings, *, tell: Tell) -> None:
    """Fill a newly founded installation with the demonstration, and write its truth beside the database."""
    frame = villages.read()
    generated = generate(villages=frame)
    with place.operator() as connection:
        fill(connection, frame, generated, tell=tell)
        anomalies.refresh(connection, settings.direct_limit)
    write_truth(generated, settings.var / "demonstration")


def fill(connection: Connection, frame: gpd.GeoDataFrame, generated: Generated, *, tell: Tell) -> matching.Matched:
    """Store regions, people and works, and match them, in the caller's transaction (as the operator)."""
    installation.mark_as_demonstration(connection)
    regions.store(connection, frame)
    regions.name_root(connection)
    importer = people.add(connection, *IMPORTER, demonstration=True, active=False)
    _add_people(connection, home_village(generated))
    connection.execute("SELECT set_config('pantau.person', %s, true)", [str(importer)])
    ids = regions.ids_by_code(connection)
    stored = list(works_of(generated.works, ids))
    projects.insert(connection, stored, importer)
    tell(f"{len(stored):,} kegiatan contoh disimpan. Mencari pasangan …".replace(",", "."),
         f"{len(stored):,} invented works stored. Looking for pairs …")
    matched = matching.match(connection, [work.id for work in stored])
    tell(f"{matched.to_look_at} pasangan perlu diperiksa.", f"{matched.to_look_at} pairs to look at.")
    return matched


def works_of(table: gpd.GeoDataFrame, ids: dict[str, int]) -> Iterator[Work]:
    """The rows of the generated table as works to store, one for each project with all its sites."""
    facts = [name for name in table.columns if name not in NOT_FACTS]
    together: dict[str, list[dict[str, object]]] = {}
    for row in table.to_dict("records"):
        together.setdefault(row["project"], []).append(row)
    for project, rows in together.items():
        first = rows[0]
        yield Work(
            source=SOURCE, source_key=project, region_id=ids[first["region_code"]], village_known=True,
            facts={name: _stored(name, first[name]) for name in facts}, sites=list(_sites(rows)), id=identity(project))


def identity(project: str) -> UUID:
    """The id under which a generated work is stored: always the same."""
    return uuid5(NAMESPACE_URL, f"pantaudesa:demonstration:{project}")


def write_truth(generated: Generated, folder: Path) -> None:
    """The planted pairs, by the ids under which their works are stored."""
    folder.mkdir(parents=True, exist_ok=True)
    truth = generated.truth
    truth.assign(left_id=truth["left"].map(identity), right_id=truth["right"].map(identity)).to_csv(
        folder / "truth.csv", index=False)


def _add_people(connection: Connection, village: str) -> None:
    root, home = regions.root(connection), regions.by_code(connection, village)
    for name, full_name, role in PEOPLE:
        person = people.add(connection, name, full_name, demonstration=True)
        people.grant(connection, person, role, home.id if role in IN_ONE_VILLAGE else root.id)


def _sites(rows: list[dict[str, object]]) -> Iterator[Site]:
    for part, row in enumerate(rows, start=1):
        if row["geometry"] is not None:
            accuracy_m = None if math.isnan(row["accuracy_m"]) else row["accuracy_m"]
            yield Site(row["geometry"], row["method"], accuracy_m, role=row["role"], part=part)


def _stored(name: str, value: object) -> object:
    """A cell of the table as the database keeps it: exact money, whole numbers, None for what is missing."""
    if name == "fund_shares":
        return None if value is None else tuple(
            {"fund": fund, "amount": Decimal(str(amount))} for fund, amount in value)
    if value is None or pd.isna(value):
        return None
    if name in ("amount", "volume"):
        return Decimal(str(value)).quantize(Decimal("0.1")).normalize() if name == "volume" else Decimal(int(value))
    return int(value) if name == "year" else value.date() if isinstance(value, pd.Timestamp) else value
