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
HEADER_BYTES = 32  # of a .dbf; the descriptions of its fields follow


def recognises(path: Path, head: bytes) -> bool:
    """A zip archive that holds a .shp."""
    return archive.is_archive(head) and any(
        name.lower().endswith(".shp") for name in archive.proper(archive.names(path)))


def read(path: Path, limits: Limits) -> Contents:
    """Features of the only layer; an archive with several is refused, as nobody said which one is meant."""
    archive.check(path, limits, markup=False)
    with tempfile.TemporaryDirectory(prefix="pantau-layer-") as folder:
        name = _unpacked(path, Path(folder))
        features = layers.read(Path(folder, "layer.shp"), "ESRI Shapefile", limits)
    features.name = name
    return Contents(NAME, features=features)


def _unpacked(path: Path, folder: Path) -> str:
    """Its parts as layer.shp, layer.dbf and so on; the name the layer had, in whatever case each part wrote it."""
    try:
        with zipfile.ZipFile(path) as opened:
            entries = {name: PurePosixPath(name.replace("\\", "/")) for name in archive.proper(opened.namelist())}
            found = [inside for inside in entries.values() if inside.suffix.lower() == ".shp"]
            if len(found) > 1:
                raise FileRefused("reading.several_layers", names=", ".join(one.stem for one in found[:8]))
            wanted = str(found[0].with_suffix("")).lower()
            for name, inside in entries.items():
                if str(inside.with_suffix("")).lower() == wanted and inside.suffix.lower() in PARTS:
                    with opened.open(name) as source, (folder / f"layer{inside.suffix.lower()}").open("wb") as out:
                        shutil.copyfileobj(source, out)
    except archive.BROKEN as cause:
        raise FileRefused("archive.broken") from cause
    _name_encoding(folder)
    return found[0].stem


def _name_encoding(folder: Path) -> None:
    """Says UTF-8 where no .cpg says anything and the texts are UTF-8 beyond doubt; GDAL would take them for Latin-1."""
    table = folder / "layer.dbf"
    if (folder / "layer.cpg").exists() or not table.exists():
        return
    texts = table.read_bytes()[HEADER_BYTES:]
    if texts.isascii():
        return
    try:
        texts.decode("utf-8")
    except UnicodeDecodeError:
        return
    (folder / "layer.cpg").write_text("UTF-8", "ascii")
