"""What may hold, and what must, while not everything is measured.

A rule written over arrays of levels is asked with `Unmeasured` in the place of those that are not known yet: what
comes out holds surely, holds perhaps, or cannot hold, whatever will be measured.
"""

from dataclasses import dataclass
from typing import Any

import numpy as np
from numpy.typing import NDArray


@dataclass(frozen=True, slots=True)
class Vague:
    """A condition of n pairs: where it may hold and where it must."""

    may: Any
    must: Any
    __array_ufunc__ = None  # an array asks this class what `array & vague` is

    def __and__(self, other: Any) -> "Vague":
        other = _vague(other)
        return Vague(self.may & other.may, self.must & other.must)

    def __or__(self, other: Any) -> "Vague":
        other = _vague(other)
        return Vague(self.may | other.may, self.must | other.must)

    def __xor__(self, other: Any) -> "Vague":
        return (self & ~_vague(other)) | (~self & other)

    def __invert__(self) -> "Vague":
        return Vague(~self.must, ~self.may)

    __rand__, __ror__, __rxor__ = __and__, __or__, __xor__

    def __bool__(self) -> bool:
        raise TypeError("what is not measured is neither true nor false")


def _vague(condition: Any) -> Vague:
    return condition if isinstance(condition, Vague) else Vague(condition, condition)


def may(condition: Any) -> NDArray[np.bool_]:
    """Where a condition may hold."""
    return _vague(condition).may


class Unmeasured:
    """Numbers that nobody has measured yet: every comparison with them may hold, none must. Where they are `silent`
    they are known to be -1."""

    __array_ufunc__ = None
    __hash__ = None  # type: ignore[assignment]

    def __init__(self, silent: Any = np.False_) -> None:
        self.silent = silent

    def _compared(self, holds: Any) -> Vague:
        return Vague(~self.silent | holds, self.silent & holds)

    def __eq__(self, other: object) -> Any:
        return self._compared(np.equal(-1, other))  # type: ignore[call-overload]

    def __ne__(self, other: object) -> Any:
        return self._compared(np.not_equal(-1, other))  # type: ignore[call-overload]

    def __lt__(self, other: Any) -> Vague:
        return self._compared(np.less(-1, other))

    def __le__(self, other: Any) -> Vague:
        return self._compared(np.less_equal(-1, other))

    def __gt__(self, other: Any) -> Vague:
        return self._compared(np.greater(-1, other))

    def __ge__(self, other: Any) -> Vague:
        return self._compared(np.greater_equal(-1, other))
