"""GeoPackage, read by the child."""

from pathlib import Path

from geo.errors import FileEmpty, FileRefused
from geo.formats import layers
from geo.formats.contents import Contents
from geo.tables import Limits

NAME = "gpkg"
DRIVER = "GPKG"
MOST_OTHERS = 20
"""So many further layers are read; each takes a process of its own."""


def recognises(path: Path, head: bytes) -> bool:
    """An SQLite file; whether it is a GeoPackage the driver decides, and no other driver is there to try."""
    return head.startswith(b"SQLite format 3\0")


def read(path: Path, limits: Limits) -> Contents:
    """Features of the first layer that has any with geometries, then those of the other layers that hold something."""
    first = layers.read(path, DRIVER, limits)
    others, unread = [], first.others[MOST_OTHERS:]
    for name in first.others[:MOST_OTHERS]:
        try:
            others.append(layers.read(path, DRIVER, limits, name))
        except FileEmpty:
            continue
        except FileRefused:
            unread.append(name)
    return Contents(NAME, features=first, others=others, unread=unread)
