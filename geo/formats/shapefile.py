"""A Shapefile in a zip archive: unpacked here under names of our own, then read by the child."""

import shutil
import tempfile
import zipfile
from pathlib import Path, PurePosixPath

from geo.errors import FileRefused
from geo.formats import archive, layers
from geo.formats.contents import Contents
from geo.tables import Limits

NAME = "shapefile"
PARTS = (".shp", ".shx", ".dbf", ".prj", ".cpg")


def recognises(path: Path, head: bytes) -> bool:
    """A zip archive that holds a .shp."""
    return archive.is_archive(head) and any(name.lower().endswith(".shp") for name in archive.names(path))


def read(path: Path, limits: Limits) -> Contents:
    """Features of the only layer; an archive with several is refused, as nobody said which one is meant."""
    archive.check(path, limits)
    with tempfile.TemporaryDirectory(prefix="pantau-layer-") as folder, zipfile.ZipFile(path) as opened:
        entries = {name: PurePosixPath(name.replace("\\", "/")) for name in opened.namelist()}
        layers_found = [inside for inside in entries.values() if inside.suffix.lower() == ".shp"]
        if len(layers_found) > 1:
            raise FileRefused("reading.several_layers", names=", ".join(one.stem for one in layers_found[:8]))
        wanted = layers_found[0].with_suffix("")
        for name, inside in entries.items():
            if inside.with_suffix("") == wanted and inside.suffix.lower() in PARTS:
                with opened.open(name) as source, open(Path(folder, "layer" + inside.suffix.lower()), "wb") as out:
                    shutil.copyfileobj(source, out)
        return Contents(NAME, features=layers.read(Path(folder, "layer.shp"), "ESRI Shapefile", limits))
