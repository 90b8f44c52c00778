"""Compile the translations whose sources are newer: `.po` files are in the repository, `.mo` files are not."""

from collections.abc import Callable
from pathlib import Path

from babel.messages.mofile import write_mo
from babel.messages.pofile import read_po

from app.installation.terminal import say

TRANSLATIONS = Path(__file__).parents[1] / "translations"


def compile_stale(folder: Path = TRANSLATIONS, *, tell: Callable[[str, str], None] = say) -> list[str]:
    """Compile each language whose `.mo` is missing or older than its `.po`; returns the languages."""
    compiled = []
    for source in sorted(folder.glob("*/LC_MESSAGES/messages.po")):
        target = source.with_suffix(".mo")
        if target.exists() and target.stat().st_mtime >= source.stat().st_mtime:
            continue
        language = source.parents[1].name
        tell(f"Menyusun terjemahan {language} …", f"Compiling translation {language} …")
        with source.open("rb") as text:
            catalogue = read_po(text, locale=language)
        begun = target.with_suffix(".begun")
        with begun.open("wb") as written:
            write_mo(written, catalogue)
        begun.replace(target)
        compiled.append(language)
    return compiled
