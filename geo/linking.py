"""One or two files of works in, a table of pairs out: what `./pantau match` does, without a terminal."""

from collections.abc import Callable, Iterator, Mapping, Sequence
from dataclasses import dataclass, replace
from pathlib import Path
from tempfile import TemporaryDirectory

import geopandas as gpd
import numpy as np
import pandas as pd
import pyarrow as pa
import shapely

from geo import duplicates, parts, placing, rows
from geo.errors import ColumnsUnknown, FormatUnknown
from geo.model import Model
from geo.schema import SITE_COLUMNS
from geo.sentences import worded
from geo.tables import Table, Understood

OUTPUTS = (".csv", ".xlsx", ".geojson", ".gpkg", ".parquet")
FIRST = ("left_id", "right_id", "left_row", "right_row", "score", "probability", "kind", "distance_m", "overlap_m",
         "overlap_share", "reason", "model", "prior")


@dataclass(frozen=True, slots=True)
class Linked:
    """What came of it: rows read and left out, ids that had to be told apart, pairs written and to look at."""

    rows: int
    left_out: int
    repeated_ids: int
    pairs: int
    to_look_at: int


@dataclass(frozen=True, slots=True)
class _Read:
    """A file as a table of sites: held, or (a large one that is one already) still in its file."""

    sites: gpd.GeoDataFrame | None
    left_out: int
    repeated: int
    rows: int
    path: Path | None = None
    source: str = ""

    def pieces(self) -> Iterator[pa.Table]:
        if self.sites is None and self.path:
            return parts.batches(self.path, self.source)
        held = self.sites
        return (parts.packed(held.iloc[start:start + parts.ROWS]) for start in range(0, len(held), parts.ROWS))

    def whole(self) -> gpd.GeoDataFrame:
        if self.sites is None:
            return pd.concat([parts.unpacked(piece) for piece in self.pieces()], ignore_index=True)
        return self.sites


def link(file: Path, other: Path | None, out: Path, *, model: Model | None = None, id_column: str | None = None,
         every: bool = False, currency: str = "IDR", language: str = "id", workers: int = 1, cluster: str | None = None,
         say: Callable[[str, int], None] = lambda what, count: None) -> Linked:
    """Write the pairs of `file` with `other`, or within itself. Raises GeoError before anything is written.

    A GeoParquet that already is a table of sites (`schema.SITE_COLUMNS`) is taken as it is and has no limit of rows.
    With `workers` above 1, or the address of a Dask `cluster`, tiles are matched side by side, with the same result;
    the folder of `out` must then be seen by all of them.
    """
    if out.suffix.lower() not in OUTPUTS:
        raise FormatUnknown("placing.output_unknown", names=", ".join(OUTPUTS))
    read = []
    for number, path in enumerate([file] if other is None else [file, other]):
        say("job.reading", 0)
        read.append(_read(path, id_column, currency, f"{number}"))
    if workers > 1 or cluster:
        found, sites = _found_apart(read, out.resolve().parent, workers, cluster, model, every, say)
    else:
        sites = gpd.GeoDataFrame(pd.concat([one.whole() for one in read], ignore_index=True), geometry="geometry",
                                 crs=4326)
        table_of = None if other is None else np.repeat(np.arange(len(read)), [one.rows for one in read])
        say("linking.comparing", len(sites))
        found = duplicates.find(sites, model, every=every, table_of=table_of)
    pairs = _named(found, sites, language, currency)
    say("linking.writing", len(pairs))
    _write(out, pairs, sites)
    left_out, repeated = sum(one.left_out for one in read), sum(one.repeated for one in read)
    return Linked(sum(one.rows for one in read) + left_out, left_out, repeated, len(pairs),
                  int(duplicates.flagged(found.pairs).sum()))


def _found_apart(read: Sequence[_Read], beside: Path, workers: int, cluster: str | None, model: Model | None,
                 every: bool, say: Callable[[str, int], None]) -> tuple[duplicates.Found, gpd.GeoDataFrame]:
    """What a cluster finds, and of the table the rows that stand in a pair; `left` and `right` count among these."""
    from geo import distributed  # half a second that a run by itself need not wait

    with TemporaryDirectory(prefix=".pantau-match-", dir=beside) as name:
        folder = Path(name)
        pieces = parts.written((piece for one in read for piece in one.pieces()), folder)
        with distributed.connected(workers, cluster, folder) as client:
            found = distributed.find(pieces, folder, client, model, every, read[0].rows if len(read) > 1 else None,
                                     say=say)
        ends, place = np.unique(found.pairs[["left", "right"]].to_numpy(np.int64), return_inverse=True)
        sites = parts.take(pieces, ends, ("id", "row", "year", "geometry"))
    place = place.reshape(-1, 2)
    return replace(found, pairs=found.pairs.assign(left=place[:, 0], right=place[:, 1])), sites


def _read(path: Path, id_column: str | None, currency: str, source: str) -> _Read:
    if not parts.is_sites(path):
        return _sites(path, id_column, currency, source)
    if id_column not in (None, "id", "project"):
        raise ColumnsUnknown("linking.no_such_column", column=id_column, names="id, project")
    return _Read(None, 0, 0, parts.rows_in(path), path, source)


def _sites(path: Path, id_column: str | None, currency: str, source: str) -> _Read:
    table = rows.read(path)
    if id_column is not None and id_column not in table.columns:
        raise ColumnsUnknown("linking.no_such_column", column=id_column, names=", ".join(table.columns[:12]))
    understood = rows.understand(table, currency=currency)
    ids = _ids(table, id_column or table.column_of.get("id"))
    kept = [(one, name) for one, name in zip(understood, ids, strict=True) if one.good]
    repeated = sum("#" in name for name in ids) if id_column or "id" in table.column_of else 0
    return _Read(as_sites([one for one, _ in kept], [name for _, name in kept], source),
                 len(understood) - len(kept), repeated, len(kept))


def _ids(table: Table, column: str | None) -> list[str]:
    """The ids, else the rows; one that repeats becomes ID#row and never merges two rows."""
    raw = [str(row.values.get(column) or "").strip() if column else "" for row in table.rows]
    seen = pd.Series(raw).duplicated(keep=False)
    return [f"{text}#{table.place_of(row)}" if text and twice else text or table.place_of(row)
            for text, twice, row in zip(raw, seen, table.rows, strict=True)]


def as_sites(understood: Sequence[Understood], ids: Sequence[str], source: str) -> gpd.GeoDataFrame:
    """What rows say as a table of sites (`schema.SITE_COLUMNS`, and `id`, `row`)."""
    lines = []
    for one, name in zip(understood, ids, strict=True):
        said = {column: one.facts.get(column) for column in (*SITE_COLUMNS, "unit")}
        amount, volume, accuracy_m = one.facts.get("amount"), one.facts.get("volume"), one.accuracy_m
        lines.append({**said, "project": f"{source}:{name}", "record": name.split("#")[0], "source": source,
                      "name": one.facts.get("name") or "", "role": "claimed", "method": one.method,
                      "accuracy_m": np.nan if accuracy_m is None else float(accuracy_m),
                      "amount": np.nan if amount is None else float(amount),
                      "volume": np.nan if volume is None else float(volume), "geometry": one.geometry,
                      "id": name, "row": one.row.number})
    frame = pd.DataFrame(lines, columns=[*SITE_COLUMNS, "record", "volume", "unit", "id", "row"])
    frame["year"] = frame["year"].astype("Int16")
    for column in ("start_date", "end_date"):
        frame[column] = pd.to_datetime(frame[column], errors="coerce")
    return gpd.GeoDataFrame(frame, geometry=np.array([one.geometry for one in understood], dtype=object), crs=4326)


def _named(found: duplicates.Found, sites: gpd.GeoDataFrame, language: str, currency: str) -> pd.DataFrame:
    pairs = found.pairs
    ids, lines = sites["id"].to_numpy(), sites["row"].to_numpy()
    facts = sites[["year"]].to_dict("records")
    reasons = [worded(duplicates.sentence(pair, facts[pair["left"]], facts[pair["right"]]), language, currency)
               for pair in pairs.to_dict("records")]
    named = pairs.assign(left_id=ids[pairs["left"]], right_id=ids[pairs["right"]], left_row=lines[pairs["left"]],
                         right_row=lines[pairs["right"]], reason=reasons, model=found.model.version)
    measured = [column for column in pairs.columns if column.startswith(("level_", "w_"))]
    named = named[[*FIRST, *measured, "left", "right"]]
    return named.sort_values(["probability", "left_id", "right_id"], ascending=[False, True, True],
                             kind="stable").reset_index(drop=True)


def _write(out: Path, pairs: pd.DataFrame, sites: gpd.GeoDataFrame) -> None:
    table = pairs.drop(columns=["left", "right"])
    for column in ("left_id", "right_id"):
        table[column] = table[column].map(placing.harmless)
    match out.suffix.lower():
        case ".csv":
            table.to_csv(out, index=False, float_format="%.10g")
        case ".xlsx":
            table.to_excel(out, index=False, engine="xlsxwriter")
        case ".parquet":
            _lines(table, pairs, sites).to_parquet(out)
        case ".geojson":
            out.write_text(_lines(table, pairs, sites).to_json(drop_id=True, na="null"), encoding="utf-8")
        case ".gpkg":
            placing.write_geopackage(out, _lines(table, pairs, sites))


def _lines(table: pd.DataFrame, pairs: pd.DataFrame, sites: gpd.GeoDataFrame) -> gpd.GeoDataFrame:
    """Each pair as the line between a point on the one and a point on the other; none where one has no point."""
    points = shapely.point_on_surface(np.asarray(sites.geometry.array, dtype=object))
    left, right = points[pairs["left"]], points[pairs["right"]]
    known = ~(shapely.is_missing(left) | shapely.is_missing(right))
    shapes = np.full(len(pairs), None, dtype=object)
    ends = np.stack([shapely.get_coordinates(left[known]), shapely.get_coordinates(right[known])], axis=1)
    shapes[known] = shapely.linestrings(ends)
    return gpd.GeoDataFrame(table, geometry=shapes, crs=4326)


def stored_pair(path: Path, row: int) -> Mapping[str, object]:
    """One row (as a person counts: the sheet's or file's line) of a table of pairs written by `link`.

    Raises ColumnsUnknown when the file is no such table, or has no such row."""
    match path.suffix.lower():
        case ".csv":
            table = pd.read_csv(path, dtype={"left_id": str, "right_id": str})
        case ".xlsx":
            table = pd.read_excel(path, dtype={"left_id": str, "right_id": str}, engine="calamine")
        case ".parquet":
            table = pd.read_parquet(path)
        case _:
            raise FormatUnknown("linking.explain_formats")
    if not {"kind", "score", "prior", "reason"} <= set(table.columns):
        raise ColumnsUnknown("linking.no_pairs")
    if table.empty:
        raise ColumnsUnknown("linking.no_pair_rows")
    first = 1 if path.suffix.lower() == ".parquet" else 2
    if not first <= row < first + len(table):
        raise ColumnsUnknown("linking.no_such_row", first=first, last=first + len(table) - 1)
    return table.iloc[row - first].to_dict()
