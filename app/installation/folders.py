"""Folders that one user alone may enter, and short names for long ones."""

import contextlib
import hashlib
import os
import pwd
import stat
from pathlib import Path

from app.installation.terminal import Stop


def make_private(folder: Path, owner: pwd.struct_passwd) -> None:
    """A folder of mode 0700 that belongs to `owner`; one that is somebody else's, or a link, is refused."""
    folder.parent.mkdir(parents=True, exist_ok=True)
    with contextlib.suppress(FileExistsError):
        folder.mkdir(mode=0o700)
    found = folder.lstat()
    allowed = {owner.pw_uid, os.getuid()}
    if not stat.S_ISDIR(found.st_mode) or found.st_uid not in allowed:
        raise Stop(
            f"{folder} bukan folder milik {owner.pw_name}. Pindahkan, lalu coba lagi.",
            f"{folder} is no folder of {owner.pw_name}. Move it away and try again.",
        )
    if os.getuid() == 0:
        os.chown(folder, owner.pw_uid, owner.pw_gid)
    folder.chmod(0o700)


def short_name(path: Path) -> str:
    return hashlib.sha256(os.fsencode(path)).hexdigest()[:12]


def name_of(uid: int) -> str:
    try:
        return pwd.getpwuid(uid).pw_name
    except KeyError:
        return str(uid)


def last_lines(file: Path, count: int = 10) -> list[str]:
    try:
        return file.read_text(errors="replace").splitlines()[-count:]
    except OSError:
        return []
