"""FlatGeobuf, read by the child."""

from pathlib import Path

from geo.formats import layers
from geo.formats.contents import Contents
from geo.tables import Limits

NAME = "fgb"


def recognises(path: Path, head: bytes) -> bool:
    """The magic bytes of version 3, whatever its patch."""
    return head.startswith(b"fgb\x03fgb")


def read(path: Path, limits: Limits) -> Contents:
    """Features of its only layer."""
    return Contents(NAME, features=layers.read(path, "FlatGeobuf", limits))
