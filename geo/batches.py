"""Rows of one table sorted into numbered batches of one Arrow file, which others read one by one."""

from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from pathlib import Path
from typing import Self

import numpy as np
import pandas as pd
import pyarrow as pa
import pyarrow.feather as feather
from numpy.typing import NDArray

Places = dict[int, list[int]]
"""Name of a batch -> its numbers in the file."""


@contextmanager
def whole(path: Path) -> Iterator[Path]:
    """A path to write to that becomes `path` at the end: a file that is there is whole, though a worker may be killed
    while it writes, and two may write the same."""
    half = path.with_name(f"{path.name}.{np.random.default_rng().integers(1 << 62):x}")
    yield half
    half.replace(path)


def write_feather(frame: pd.DataFrame, path: Path) -> None:
    with whole(path) as half:
        feather.write_feather(frame, half)


class Writer:
    """Batches to one file, table after table; the first one's schema holds for all."""

    def __init__(self, path: Path) -> None:
        self._path = path
        self._writer: pa.RecordBatchFileWriter | None = None
        self._written = 0
        self.places: Places = {}

    def __enter__(self) -> Self:
        self._whole = whole(self._path)
        self._half = self._whole.__enter__()
        return self

    def __exit__(self, *failed: object) -> None:
        if self._writer:
            self._writer.close()
            self._whole.__exit__(*failed)

    def add(self, table: pa.Table | pd.DataFrame, rows: NDArray[np.int64], names: NDArray[np.int64]) -> None:
        """Row `rows[i]` of the table into the batch `names[i]`; within a batch they keep this order."""
        if isinstance(table, pd.DataFrame):
            table = pa.Table.from_pandas(table, preserve_index=False, schema=self._writer and self._schema)
        table = table.combine_chunks()
        if self._writer is None:
            self._schema = table.schema
            options = pa.ipc.IpcWriteOptions(compression="lz4")
            self._writer = pa.ipc.new_file(str(self._half), self._schema, options=options)
        order = np.argsort(names, kind="stable")
        rows, names = rows[order], names[order]
        each, starts, count = np.unique(names, return_index=True, return_counts=True)
        for name, start, end in zip(each.tolist(), starts, starts + count, strict=True):
            self._writer.write_batch(table.take(rows[start:end]).combine_chunks().to_batches()[0])
            self.places.setdefault(name, []).append(self._written)
            self._written += 1


def read(places: Sequence[tuple[Path, Sequence[int]]]) -> pa.Table | None:
    """The batches of these numbers of each file, one after the other; None where there are none."""
    found = []
    for path, numbers in places:
        with pa.memory_map(str(path)) as source:
            opened = pa.ipc.open_file(source)
            found += [opened.get_batch(number) for number in numbers]
    return pa.Table.from_batches(found).combine_chunks() if found else None
