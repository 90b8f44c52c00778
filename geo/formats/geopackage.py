"""GeoPackage, read by the child."""

from pathlib import Path

from geo.formats import layers
from geo.formats.contents import Contents
from geo.tables import Limits

NAME = "gpkg"


def recognises(path: Path, head: bytes) -> bool:
    """An SQLite file; whether it is a GeoPackage the driver decides, and no other driver is there to try."""
    return head.startswith(b"SQLite format 3\0")


def read(path: Path, limits: Limits) -> Contents:
    """Features of the first layer that has any with geometries; the others are named in a note."""
    return Contents(NAME, features=layers.read(path, "GPKG", limits))
