"""The decorator of every kernel, and where compiled code is kept between runs: in the user's cache, never in the
repository; without a place to write, it is compiled anew."""

import hashlib
from collections.abc import Callable
from pathlib import Path
from typing import Any

import numba
from numba.core import config


def _kept_in() -> Path | None:
    """A folder named after the kernels' text: numba looks only at the file of the caller, not at what it calls."""
    text = hashlib.sha256(numba.__version__.encode())
    for source in sorted(Path(__file__).parent.glob("*.py")):
        text.update(source.read_bytes())
    try:
        folder = Path.home() / ".cache" / "pantaudesa" / f"kernels-{text.hexdigest()[:16]}"
        folder.mkdir(mode=0o700, parents=True, exist_ok=True)
    except (OSError, RuntimeError):
        return None
    return folder


_FOLDER = None if config.CACHE_DIR else _kept_in()
if _FOLDER is not None:
    config.CACHE_DIR = str(_FOLDER)


def kernel(function: Callable) -> Any:
    """Compile at the first call, without the GIL; kept when there is a place for it."""
    return numba.njit(nogil=True, cache=bool(config.CACHE_DIR), error_model="numpy")(function)


def lean(function: Callable) -> Any:
    """As `kernel`, for what is called for every pair and makes no array: the uses of those that it is given are not
    counted, which costs as much as the work itself."""
    return numba.njit(nogil=True, cache=bool(config.CACHE_DIR), error_model="numpy", _nrt=False)(function)
