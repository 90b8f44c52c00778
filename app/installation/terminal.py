"""Telling the person at the terminal what is done, and what to do when something stops.

Everything goes to stderr: stdout belongs to answers (links, `--json`). The language is `terminal.language`.
"""

import sys
from collections.abc import Mapping

language = "id"


class Stop(Exception):
    """The start cannot go on: what happened and what to do now, in both languages. Ends with exit code 2."""

    def __init__(self, indonesian: str, english: str, answer: Mapping[str, object] | None = None) -> None:
        """`answer` is what `--json` has to say beside the refusal."""
        super().__init__(english)
        self.indonesian, self.english, self.answer = indonesian, english, answer or {}

    def worded(self) -> str:
        return choose(self.indonesian, self.english)


def choose(indonesian: str, english: str) -> str:
    """The wording in the language of this terminal."""
    return english if language == "en" else indonesian


def say(indonesian: str, english: str) -> None:
    """One line about what is being done."""
    print(f"· {choose(indonesian, english)}", file=sys.stderr, flush=True)


def quiet(_indonesian: str, _english: str) -> None:
    """Say nothing; takes the place of `say` in tests."""
