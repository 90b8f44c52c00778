"""One or two files of works in, a table of pairs out: what `./pantau match` does, without a terminal."""

import json
from collections.abc import Callable, Iterable, Iterator, Mapping, Sequence
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path
from tempfile import TemporaryDirectory

import geopandas as gpd
import numpy as np
import pandas as pd
import pyarrow as pa
import shapely

from geo import duplicates, gathering, parts, placing, rows
from geo.errors import ColumnsUnknown, FileRefused, FormatUnknown
from geo.model import Model
from geo.schema import SITE_COLUMNS
from geo.sentences import Sentence, worded
from geo.tables import Table, Understood
from geo.vocabulary import plain

OUTPUTS = (".csv", ".xlsx", ".geojson", ".gpkg", ".parquet")
FIRST = ("left_id", "right_id", "left_row", "right_row", "score", "probability", "kind", "distance_m", "overlap_m",
         "overlap_share", "reason", "model", "prior")
ORDER = {"probability": False, "left_id": True, "right_id": True, "left": True, "right": True}
"""The columns by which pairs are written -> whether ascending."""
VILLAGE_DIGITS = 10
WORDED = 20_000
"""Pairs put into words at once."""


@dataclass(frozen=True, slots=True)
class Linked:
    """What came of it: rows read and left out, ids that had to be told apart, pairs written and to look at."""

    rows: int
    left_out: int
    repeated_ids: int
    pairs: int
    to_look_at: int
    crowded: Sequence[tuple[float, float, int]] = ()  # lon, lat, works of coordinates that say nothing


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
    apart = (workers > 1 or cluster) and any(one.rows for one in read)
    search = _apart(read, out.resolve().parent, workers, cluster, model, every, say) if apart else _here(
        read, model, every, say)
    with search as found:
        say("linking.writing", found.rows)
        _write(out, (_named(piece, found.model, language, currency) for piece in found.pieces))
    left_out, repeated = sum(one.left_out for one in read), sum(one.repeated for one in read)
    crowded = [(lon, lat, int(works)) for lon, lat, works in found.crowded.itertuples(index=False)]
    return Linked(sum(one.rows for one in read) + left_out, left_out, repeated, found.rows, found.flagged, crowded)


@dataclass(frozen=True, slots=True)
class _Pairs:
    """Pairs with what is told of their ends (`gathering.ENDS`), in the order in which they are written, piece by piece;
    how many, how many to look at, and the model that decided."""

    pieces: Iterable[pd.DataFrame]
    rows: int
    flagged: int
    model: Model
    crowded: pd.DataFrame


@contextmanager
def _here(read: Sequence[_Read], model: Model | None, every: bool, say: Callable[[str, int], None]
          ) -> Iterator[_Pairs]:
    """What this process finds."""
    sites = gpd.GeoDataFrame(pd.concat([one.whole() for one in read], ignore_index=True), geometry="geometry", crs=4326)
    table_of = None if len(read) == 1 else np.repeat(np.arange(len(read)), [one.rows for one in read])
    say("linking.comparing", len(sites))
    found = duplicates.find(sites, model, every=every, table_of=table_of)
    pairs = gathering.ordered(gathering.with_ends(found.pairs, sites), ORDER)
    pieces = (pairs.iloc[start:start + WORDED] for start in range(0, max(len(pairs), 1), WORDED))
    yield _Pairs(pieces, len(pairs), int(duplicates.flagged(pairs).sum()), found.model, found.crowded)


@contextmanager
def _apart(read: Sequence[_Read], beside: Path, workers: int, cluster: str | None, model: Model | None,
           every: bool, say: Callable[[str, int], None]) -> Iterator[_Pairs]:
    """What a cluster finds; the pairs stay on disk until they are written."""
    from geo import distributed  # half a second that a run by itself need not wait

    with TemporaryDirectory(prefix=".pantau-match-", dir=beside) as name:
        folder = Path(name)
        pieces = parts.written((piece for one in read for piece in one.pieces()), folder)
        with distributed.connected(workers, cluster, folder) as client:
            found = distributed.search(pieces, folder, client, model, every, read[0].rows if len(read) > 1 else None,
                                       say=say, by=ORDER)
        yield _Pairs(found.pieces(), found.rows, found.flagged, found.model, found.crowded)


def _read(path: Path, id_column: str | None, currency: str, source: str) -> _Read:
    if not parts.is_sites(path):
        try:
            return _sites(path, id_column, currency, source)
        except FileRefused as error:
            if error.sentence.id != "reading.too_many_rows":
                raise
            raise FileRefused("linking.too_many_rows", limit=rows.LIMITS.rows, names=", ".join(SITE_COLUMNS)) from error
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
        village = said["region_code"] or _village(one.facts)
        lines.append({**said, "region_code": village, "project": f"{source}:{name}", "record": name.split("#")[0],
                      "source": source,
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


def _village(facts: Mapping[str, object]) -> str | None:
    """One text for one village as the sheet writes it, where nobody has looked it up: works without a point are
    compared within it."""
    code = "".join(sign for sign in str(facts.get("village_code") or "") if sign.isdigit())
    if len(code) >= VILLAGE_DIGITS:
        return code
    said = [plain(str(facts.get(name) or "")) for name in ("village", "district", "regency")]
    return " | ".join(said) if said[0] else None


def _named(pairs: pd.DataFrame, model: Model, language: str, currency: str) -> pd.DataFrame:
    told = [duplicates.sentence(pair, *({"year": pair[f"{side}_year"], "bare": pd.isna(pair[f"{side}_lon"])}
                                        for side in ("left", "right"))) for pair in pairs.to_dict("records")]
    measured = [column for column in pairs.columns if column.startswith(("level_", "w_"))]
    named = pairs.assign(reason=np.array([worded(one, language, currency) for one in told], object),
                         sentence=np.array([json.dumps(one.to_json()) for one in told], object), model=model.version)
    ends = [f"{side}_{at}" for side in ("left", "right") for at in ("lon", "lat")]
    return named[[*FIRST, *measured, "sentence", *ends]]


def _write(out: Path, pieces: Iterable[pd.DataFrame]) -> None:
    """A .csv is written piece by piece; what the other formats need is held, which only very many pairs make much."""
    if out.suffix.lower() == ".csv":
        with out.open("w", encoding="utf-8", newline="") as file:
            for number, piece in enumerate(pieces):
                _harmless(piece).to_csv(file, index=False, header=not number, float_format="%.10g")
        return
    pairs = pd.concat(list(pieces), ignore_index=True)
    match out.suffix.lower():
        case ".xlsx":
            _harmless(pairs).to_excel(out, index=False, engine="xlsxwriter")
        case ".parquet":
            _lines(pairs).to_parquet(out)
        case ".geojson":
            out.write_text(_lines(pairs).to_json(drop_id=True, na="null"), encoding="utf-8")
        case ".gpkg":
            placing.write_geopackage(out, _lines(pairs))


def _harmless(pairs: pd.DataFrame) -> pd.DataFrame:
    """The table without its ends' points, and without an id that a spreadsheet would run."""
    table = pairs.drop(columns=["left_lon", "left_lat", "right_lon", "right_lat"])
    for column in ("left_id", "right_id"):
        table[column] = table[column].map(placing.harmless)
    return table


def _lines(pairs: pd.DataFrame) -> gpd.GeoDataFrame:
    """Each pair as the line between a point on the one and a point on the other; none where one has no point."""
    ends = pairs[["left_lon", "left_lat", "right_lon", "right_lat"]].to_numpy(float).reshape(-1, 2, 2)
    known = ~np.isnan(ends).any(axis=(1, 2))
    shapes = np.full(len(pairs), None, dtype=object)
    shapes[known] = shapely.linestrings(ends[known])
    return gpd.GeoDataFrame(_harmless(pairs), geometry=shapes, crs=4326)


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


def reason_of(pair: Mapping[str, object], language: str = "id") -> str:
    """The reason of one such row in any language; as it was written, where a table from before holds only that."""
    try:
        return worded(Sentence.from_json(json.loads(str(pair["sentence"]))), language)
    except (KeyError, ValueError, TypeError, AttributeError):
        return str(pair["reason"])
