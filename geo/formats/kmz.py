"""KMZ: KML in a zip archive, beside pictures that are not looked at."""

import zipfile
from pathlib import Path, PurePosixPath

from geo.errors import FileRefused
from geo.formats import archive, kml
from geo.formats.contents import Contents, Features
from geo.tables import Limits

NAME = "kmz"


def recognises(path: Path, head: bytes) -> bool:
    """A zip archive that holds a .kml."""
    return archive.is_archive(head) and bool(_documents(archive.names(path)))


def read(path: Path, limits: Limits) -> Contents:
    """The placemarks of every document in it, doc.kml first; of several, each is a folder of its own."""
    archive.check(path, limits)
    features = Features.empty()
    with zipfile.ZipFile(path) as opened:
        documents = _documents(opened.namelist())
        for name in documents:
            above = (PurePosixPath(name).stem,) if len(documents) > 1 else ()
            try:
                with opened.open(name) as entry:
                    kml.collect(entry, features, limits, above)  # type: ignore[arg-type]
            except archive.BROKEN as cause:
                raise FileRefused("archive.broken") from cause
        if len(documents) > 1:
            features.note("file.several_documents", count=len(documents), names=", ".join(documents[:8]))
    return Contents(NAME, features=kml.finished(features, limits))


def _documents(names: list[str]) -> list[str]:
    found = [name for name in archive.proper(names) if name.lower().endswith(".kml")]
    return sorted(found, key=lambda name: (name.count("/"), not name.lower().endswith("doc.kml")))
