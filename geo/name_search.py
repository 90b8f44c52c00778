"""Finding a pattern of a name fast: one that begins at a word's edge is sought without that beginning.

An engine of regular expressions tries a pattern at every sign where it begins with a condition, and leaps from one
possible first letter to the next where it begins with letters. What is found is the same.
"""

import re
from collections.abc import Callable

_CONDITIONS = re.compile(r"(?:\(\?<!(?:[^()\\]|\\.)*\))*\\b")
"""Nothing of these words before it, and a word's edge."""


class Sought:
    """A pattern whose matches begin with a letter; `search` and `sub` answer as its own do."""

    def __init__(self, pattern: re.Pattern[str]) -> None:
        self.exact = pattern
        conditions = _CONDITIONS.match(pattern.pattern)
        if not conditions:
            raise ValueError(f"{pattern.pattern} does not begin at a word's edge")
        # in brackets: of several branches only the first had these conditions
        self.loose = re.compile(f"(?:{pattern.pattern[conditions.end():]})")
        self.edge_only = conditions.group() == r"\b"

    def search(self, text: str, at: int = 0) -> re.Match[str] | None:
        while possible := self.loose.search(text, at):
            start = possible.start()
            if self.edge_only:
                if not start or not (text[start - 1].isalnum() or text[start - 1] == "_"):
                    return possible
            elif found := self.exact.match(text, start):
                return found
            at = start + 1
        return None

    def sub(self, instead: Callable[[re.Match[str]], str], text: str) -> str:
        found = self.search(text)
        if found is None:
            return text
        parts, end = [], 0
        while found:
            parts += text[end:found.start()], instead(found)
            end = found.end()
            found = self.search(text, end)
        return "".join(parts) + text[end:]
