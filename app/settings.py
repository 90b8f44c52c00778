"""The settings of one installation: the only reader of the environment.

Every setting stands in README.md (a test keeps it so). Wrong values are all named at once.
"""

import os
from collections.abc import Mapping
from dataclasses import dataclass, field, fields
from pathlib import Path

ROOT = Path(__file__).resolve().parent.parent


class SettingsWrong(Exception):
    """One or more settings cannot be used."""

    def __init__(self, faults: list[str]) -> None:
        self.faults = faults
        super().__init__("\n".join(faults))


def _setting(variable: str, default: object, purpose: str):
    return field(default=default, metadata={"variable": variable, "purpose": purpose})


@dataclass(frozen=True, slots=True)
class Settings:
    """What the environment says. Each field names its variable and its purpose."""

    database_url: str | None = _setting(
        "DATABASE_URL", None, "PostgreSQL to use instead of the private cluster, as its owner")
    web_database_url: str | None = _setting(
        "PANTAU_WEB_DATABASE_URL", None, "the same database as the web role, where its password is yours to keep")
    test_database_url: str | None = _setting(
        "PANTAU_TEST_DATABASE_URL", None, "a server on which the tests may create databases")
    var: Path = _setting("PANTAU_VAR", ROOT / "var", "folder of all state")
    venv: Path | None = _setting("PANTAU_VENV", None, "virtual environment to use instead of var/venv")
    host: str = _setting("PANTAU_HOST", "127.0.0.1", "address to listen on")
    port: int | None = _setting("PANTAU_PORT", None, "port to listen on; without it 8000 or the next free one")
    public_url: str | None = _setting("PANTAU_PUBLIC_URL", None, "address people type, https in real use")
    proxies: int = _setting("PANTAU_PROXIES", 0, "how many reverse proxies stand before the application")
    currency: str = _setting("PANTAU_CURRENCY", "IDR", "three letters; one currency for an installation")
    timezone: str = _setting("PANTAU_TIMEZONE", "Asia/Jakarta", "in which times are shown")
    language: str = _setting("PANTAU_LANGUAGE", "id", "language of the terminal, id or en")
    office: str = _setting("PANTAU_OFFICE", "", "name of the office, shown in the header and on prints")
    accuracy_limit_m: int = _setting(
        "PANTAU_ACCURACY_LIMIT_M", 20, "accuracy beyond which a sent point needs a reason, in metres")
    upload_limit_mb: int = _setting("PANTAU_UPLOAD_LIMIT_MB", 50, "largest file that may be uploaded")
    direct_limit: int = _setting(
        "PANTAU_DIRECT_LIMIT", 200_000_000, "amount from which a work must be put out to tender")
    tiles_url: str | None = _setting("PANTAU_TILES_URL", None, "background tiles, {z}/{x}/{y}; none is needed")
    basemap: Path | None = _setting(
        "PANTAU_BASEMAP", None, "a PMTiles file as offline basemap; else basemap.pmtiles in PANTAU_VAR, if it is there")
    real_data: Path | None = _setting("PANTAU_REAL_DATA", None, "folder of real data for the tests")
    heads: Path | None = _setting(
        "PANTAU_HEADS", None, "folder outside var/, on another disk if it can be, for the sealed heads of the record")
    serving: bool = _setting("PANTAU_SERVING", False, "set by ./pantau serve: real use, strict rules")

    @classmethod
    def from_environment(cls, environment: Mapping[str, str] | None = None, **overrides: object) -> "Settings":
        """Read the environment; raises SettingsWrong naming all faults at once."""
        environment = os.environ if environment is None else environment
        values, faults = {}, []
        for one in fields(cls):
            variable = one.metadata["variable"]
            text = (environment.get(variable) or "").strip()
            if text:
                try:
                    values[one.name] = _READ.get(one.name, str)(text)
                except ValueError as error:
                    faults.append(f"{variable}={text!r}: {error}")
        settings = cls(**(values | overrides))
        faults += settings._faults()
        if faults:
            raise SettingsWrong(faults)
        return settings

    def _faults(self) -> list[str]:
        faults = []
        if not (len(self.currency) == 3 and self.currency.isascii() and self.currency.isupper()):
            faults.append(f"PANTAU_CURRENCY={self.currency!r}: expected three capital letters such as IDR")
        if self.public_url and not self.public_url.startswith(("http://", "https://")):
            faults.append(f"PANTAU_PUBLIC_URL={self.public_url!r}: expected an address that starts with https://")
        if self.direct_limit < 1:
            faults.append(f"PANTAU_DIRECT_LIMIT={self.direct_limit}: expected an amount above 0")
        if self.port is not None and not 0 < self.port < 65536:
            faults.append(f"PANTAU_PORT={self.port}: expected a number from 1 to 65535")
        return faults

    def unsafe_for_serving(self) -> list[str]:
        """What must be mended before real use, in sentences; empty when nothing."""
        unsafe = []
        if not (self.public_url or "").startswith("https://"):
            unsafe.append("PANTAU_PUBLIC_URL must be the https:// address that people type: "
                          "without https passwords and sessions can be read on the way")
        if self.host not in ("127.0.0.1", "::1", "localhost") and self.proxies == 0:
            unsafe.append("PANTAU_HOST listens beyond this machine while PANTAU_PROXIES is 0: "
                          "put a reverse proxy that speaks https in front and say so with PANTAU_PROXIES=1")
        if self.heads is None:
            unsafe.append("PANTAU_HEADS must name a folder outside PANTAU_VAR, best on another disk or machine: "
                          "without heads kept elsewhere the end of the record can be cut off unseen")
        elif self.heads == self.var.resolve() or self.var.resolve() in self.heads.parents:
            unsafe.append("PANTAU_HEADS lies in PANTAU_VAR: "
                          "whoever can change the record there can change its heads too")
        elif not self.heads.is_dir():
            unsafe.append(f"PANTAU_HEADS: there is no folder {self.heads}")
        return unsafe

    @property
    def secure_cookies(self) -> bool:
        return (self.public_url or "").startswith("https://")

    @property
    def basemap_file(self) -> Path | None:
        """The basemap that an administrator has put here; None where there is none."""
        dropped = self.var / "basemap.pmtiles"
        return self.basemap or (dropped if dropped.exists() else None)

    @property
    def keys(self) -> Path:
        """Where the key lies that signs the record."""
        return self.var / "keys"

    @property
    def files(self) -> Path:
        """Where uploaded files lie, under their own sum."""
        return self.var / "files"


def _truth(text: str) -> bool:
    if text.lower() in ("1", "true", "yes", "on"):
        return True
    if text.lower() in ("0", "false", "no", "off"):
        return False
    raise ValueError("expected 1 or 0")


def _whole(text: str) -> int:
    try:
        return int(text)
    except ValueError:
        raise ValueError("expected a whole number") from None


def _folder(text: str) -> Path:
    return Path(text).expanduser().resolve()


_READ = {
    "var": _folder, "venv": _folder, "real_data": _folder, "heads": _folder,
    "basemap": _folder, "port": _whole, "proxies": _whole,
    "accuracy_limit_m": _whole, "upload_limit_mb": _whole, "direct_limit": _whole, "serving": _truth,
}
