"""Scripts and styles, sent packed: what a phone on a slow line waits for first.

WhiteNoise looks for `name.gz` and `name.br` beside a file. Ours are kept in the installation's own folder instead,
because the browser files are shared by everything that runs from here and nothing is written beside the source.
"""

import gzip
import hashlib
import os
from collections.abc import Callable, Mapping
from pathlib import Path

import brotli
from whitenoise import WhiteNoise
from whitenoise.responders import StaticFile

PACKED = (".js", ".mjs", ".css", ".svg")
WORTH_PACKING = 1_000
PACKERS: Mapping[str, Callable[[bytes], bytes]] = {
    "gzip": lambda content: gzip.compress(content, 7, mtime=0),
    "br": lambda content: brotli.compress(content, quality=9),  # the last two steps take 25 times as long for a twelfth
}


class PackedFiles(WhiteNoise):
    """Static files with their packed copies in `folder`, made once for each state of a file."""

    def __init__(self, *arguments: object, folder: Path, **options: object) -> None:
        self.folder = folder
        super().__init__(*arguments, **options)

    def get_static_file(self, path: str, url: str, stat_cache: dict | None = None) -> StaticFile:
        file = Path(path)
        plain = super().get_static_file(path, url, stat_cache)
        seen = file.stat()
        if file.suffix not in PACKED or seen.st_size < WORTH_PACKING:
            return plain
        state = hashlib.sha256(f"{file} {seen.st_mtime_ns} {seen.st_size}".encode()).hexdigest()[:24]
        headers = next(headers for _, _, headers in plain.alternatives)
        kept = [(name, value) for name, value in headers if name.lower() not in ("content-length", "last-modified",
                                                                                  "etag", "content-encoding", "vary")]
        return StaticFile(path, kept, encodings={
            encoding: str(self._copy(file, self.folder / f"{file.name}-{state}.{encoding}", pack))
            for encoding, pack in PACKERS.items()})

    def _copy(self, file: Path, copy: Path, pack: Callable[[bytes], bytes]) -> Path:
        if not copy.exists():
            self.folder.mkdir(parents=True, exist_ok=True)
            begun = copy.with_suffix(f"{copy.suffix}-{os.getpid()}")
            begun.write_bytes(pack(file.read_bytes()))
            begun.replace(copy)
        return copy
