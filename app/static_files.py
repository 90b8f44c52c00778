"""Scripts and styles, sent packed: what a phone on a slow line waits for first.

WhiteNoise looks for `name.gz` beside a file. Ours are kept in the installation's own folder instead, because the
browser files are shared by everything that runs from here and nothing is written beside the source.
"""

import gzip
import hashlib
import os
from pathlib import Path

from whitenoise import WhiteNoise
from whitenoise.responders import StaticFile

PACKED = (".js", ".mjs", ".css", ".svg")
WORTH_PACKING = 1_000


class PackedFiles(WhiteNoise):
    """Static files with their gzipped copies in `folder`, made once for each state of a file."""

    def __init__(self, *arguments: object, folder: Path, **options: object) -> None:
        self.folder = folder
        super().__init__(*arguments, **options)

    def get_static_file(self, path: str, url: str, stat_cache: dict | None = None) -> StaticFile:
        if (copy := self._copy(Path(path))) is None:
            return super().get_static_file(path, url, stat_cache)
        plain = super().get_static_file(path, url, stat_cache)
        headers = next(headers for _, _, headers in plain.alternatives)
        kept = [(name, value) for name, value in headers if name.lower() not in ("content-length", "last-modified",
                                                                                  "etag", "content-encoding", "vary")]
        return StaticFile(path, kept, encodings={"gzip": str(copy)})

    def _copy(self, file: Path) -> Path | None:
        seen = file.stat()
        if file.suffix not in PACKED or seen.st_size < WORTH_PACKING:
            return None
        state = hashlib.sha256(f"{file} {seen.st_mtime_ns} {seen.st_size}".encode()).hexdigest()[:24]
        copy = self.folder / f"{file.name}-{state}.gz"
        if not copy.exists():
            self.folder.mkdir(parents=True, exist_ok=True)
            begun = copy.with_suffix(f".{os.getpid()}")
            begun.write_bytes(gzip.compress(file.read_bytes(), 7, mtime=0))
            begun.replace(copy)
        return copy
