"""Which PostgreSQL programs with PostGIS this machine has."""

import shutil
import subprocess
from dataclasses import dataclass
from pathlib import Path


@dataclass(frozen=True)
class Server:
    """The programs of one PostgreSQL version that has PostGIS."""

    programs: Path
    version: int


def installed_servers(root: Path = Path("/")) -> list[Server]:
    """Every PostgreSQL under `root` that has PostGIS, newest first. Debian keeps the programs off PATH."""
    found = []
    for programs in root.glob("usr/lib/postgresql/*/bin"):
        version = programs.parent.name
        extension = root / "usr/share/postgresql" / version / "extension/postgis.control"
        if version.isdigit() and (programs / "initdb").exists() and extension.exists():
            found.append(Server(programs, int(version)))
    return sorted(found, key=lambda server: -server.version) or _on_path()


def _on_path() -> list[Server]:
    config = shutil.which("pg_config")
    if not config:
        return []
    answers = [
        subprocess.run([config, flag], capture_output=True, text=True, check=False).stdout.strip()
        for flag in ("--bindir", "--sharedir", "--version")
    ]
    programs, shared, version = Path(answers[0]), Path(answers[1]), answers[2].split(" ")[-1].split(".")[0]
    if (programs / "initdb").exists() and (shared / "extension/postgis.control").exists() and version.isdigit():
        return [Server(programs, int(version))]
    return []
