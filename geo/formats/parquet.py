"""GeoParquet, and Parquet without a geometry, read by the child: the format's own decoder is as large as GDAL."""

from pathlib import Path

from geo.formats import layers
from geo.formats.contents import Contents
from geo.tables import Limits

NAME = "parquet"


def recognises(path: Path, head: bytes) -> bool:
    """The magic bytes."""
    return head.startswith(b"PAR1")


def read(path: Path, limits: Limits) -> Contents:
    """Rows with the geometry of the primary column, or without one."""
    return Contents(NAME, features=layers.parquet(path, limits))
