"""One column of a table -> numbers; what stands in many rows is looked at once, texts by Arrow where they are texts."""

from collections.abc import Callable
from typing import TypeAlias

import numpy as np
import pandas as pd
import pyarrow as pa
import pyarrow.compute as pc
from numpy.typing import NDArray

Values: TypeAlias = pa.LargeStringArray | np.ndarray


def column(frame: pd.DataFrame, name: str) -> pd.Series:
    """A column, empty where the table has none."""
    return frame[name] if name in frame else pd.Series([None] * len(frame), index=frame.index, dtype=object)


def encoded(values: pd.Series | Values) -> tuple[NDArray[np.int64], Values]:
    """A number for each row (-1: missing), as they come, and the value of each number."""
    texts = values if isinstance(values, pa.Array) else _texts(values)
    if texts is None:
        code, unique = pd.factorize(objects_of(values))
        return code.astype(np.int64), unique
    told = texts.dictionary_encode()
    if isinstance(told, pa.ChunkedArray):
        told = told.combine_chunks()
    return pc.fill_null(told.indices, -1).to_numpy(zero_copy_only=False).astype(np.int64), told.dictionary


def objects_of(values: pd.Series | np.ndarray) -> np.ndarray:
    return values.to_numpy(object, na_value=None) if isinstance(values, pd.Series) else values


def _texts(values: pd.Series | np.ndarray) -> pa.LargeStringArray | pa.ChunkedArray | None:
    """The values as Arrow's where all that are not missing are texts."""
    told = pd.api.types.infer_dtype(values, skipna=True)
    if told == "empty":
        return pa.nulls(len(values), pa.large_string())
    if told != "string":
        return None
    try:
        return pa.array(values, type=pa.large_string(), from_pandas=True)
    except (pa.ArrowException, UnicodeError):  # half a surrogate pair is a text for Python only
        return None


def each(values: Values, one: Callable[[object], object], missing: object, kind: type) -> np.ndarray:
    """`one` of every value and, last, what stands for a missing one: to be taken by the numbers of `encoded`."""
    return np.array([*map(one, listed(values)), missing], kind)


def listed(values: Values) -> list:
    return values.to_pylist() if isinstance(values, pa.Array) else values.tolist()


def measure(frame: pd.DataFrame, name: str) -> NDArray[np.float64]:
    """A column of numbers, NaN where there is none."""
    values = column(frame, name)
    if values.dtype == object and values.isna().all():
        return np.full(len(values), np.nan)
    return pd.to_numeric(values, errors="coerce").to_numpy(np.float64, na_value=np.nan)


def as_texts(values: Values) -> pa.LargeStringArray | None:
    """Values as Arrow's texts, None where they cannot be."""
    return values if isinstance(values, pa.Array) else _texts(objects([str(one) for one in values.tolist()]))


def before(values: Values, sign: str) -> Values:
    """What stands before the first `sign` of every value."""
    if isinstance(values, pa.Array):
        if ord(sign) not in letters_of(values)[0]:
            return values
        return pc.list_element(pc.split_pattern(values, sign, max_splits=1), 0)
    return objects([str(one).partition(sign)[0] for one in values.tolist()])


def ids(values: pd.Series | np.ndarray) -> NDArray[np.int32]:
    """Equal texts -> equal ids, blank or missing -> -1."""
    code, told = encoded(values)
    return ids_of(told, distinct=True)[code]


def ids_of(told: Values, distinct: bool) -> NDArray[np.int32]:
    """`ids` of values, and -1 at the end for a missing one; `distinct`: no value stands twice."""
    if isinstance(told, np.ndarray):
        number, _ = pd.factorize(objects([_spelled(one) or None for one in told.tolist()]))
    else:
        plain = lowered(told, _spelled)
        if plain is told and distinct and not pc.any(pc.equal(told, BLANK)).as_py():
            number = np.arange(len(told))
        else:
            number, _ = told_apart(plain)
    return np.append(number, -1).astype(np.int32)


def told_apart(texts: pa.LargeStringArray) -> tuple[NDArray[np.int64], pa.LargeStringArray]:
    """`encoded`, blank texts missing."""
    return encoded(pc.if_else(pc.equal(texts, BLANK), NOTHING, texts))


def _spelled(value: object) -> str:
    return " ".join(str(value).lower().split())


def objects(values: list) -> np.ndarray:
    """A one-dimensional array even of tuples."""
    out = np.empty(len(values), object)
    out[:] = values
    return out


BLANK, NOTHING = pa.scalar("", pa.large_string()), pa.scalar(None, pa.large_string())


def lowered(texts: pa.LargeStringArray, how: Callable[[str], str]) -> pa.LargeStringArray:
    """`how` of every text, where for ASCII without a blank too many that is its lower case; `texts` if it is them."""
    letters, offsets = letters_of(texts)
    blank = letters == 32
    odd = (letters < 32) | (letters > 126)
    odd[1:] |= blank[1:] & blank[:-1]
    full = np.diff(offsets) > 0
    edges = np.concatenate([offsets[:-1][full], offsets[1:][full] - 1])
    odd[edges] |= blank[edges]
    if not odd.any() and not ((letters > 64) & (letters < 91)).any():
        return texts
    row = np.unique(np.searchsorted(offsets, np.flatnonzero(odd), side="right") - 1)
    mask = np.zeros(len(texts), bool)
    mask[row] = True
    made = pa.array([how(one) for one in texts.filter(pa.array(mask)).to_pylist()], pa.large_string())
    return pc.replace_with_mask(pc.ascii_lower(texts), pa.array(mask), made)


def letters_of(texts: pa.LargeStringArray) -> tuple[NDArray[np.uint8], NDArray[np.int64]]:
    """The bytes of all texts one after another, and where each starts [n + 1]."""
    if not len(texts):
        return np.empty(0, np.uint8), np.zeros(1, np.int64)
    _, starts, content = texts.buffers()
    offsets = np.frombuffer(starts, np.int64)[texts.offset:texts.offset + len(texts) + 1]
    letters = np.frombuffer(content, np.uint8) if content is not None else np.empty(0, np.uint8)
    return letters[offsets[0]:offsets[-1]], offsets - offsets[0]
