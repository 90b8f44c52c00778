"""pictures: make the pictures of the README anew, of a demonstration that is started for it alone."""

import os
import tempfile
from pathlib import Path

import click

from app.installation.terminal import say

FOLDER = Path(__file__).parents[2] / "tests" / "browser" / "pictures"


@click.command()
def pictures() -> None:
    """Start a demonstration of its own, and take the pictures under tests/browser/pictures/."""
    from tests import running  # needs the packages of the tests

    FOLDER.mkdir(exist_ok=True)
    with tempfile.TemporaryDirectory(prefix="pantaudesa-pictures-") as folder:
        os.chmod(folder, 0o711)
        with running.installation(Path(folder) / "var") as started, running.chromium() as browser:
            for name, size in (("1440", running.DESK), ("390", running.PHONE)):
                with running.visit(browser, started, "auditor", size) as watched:
                    page = watched.page
                    for what, path in (("home", "/"), ("map", "/map?suspected=1"), ("pairs", "/pairs")):
                        page.goto(started.address + path)
                        page.wait_for_timeout(6_000 if what == "map" else 500)  # tiles come in their own time
                        _take(page, f"{what}-{name}")
                    page.locator("[data-entry]").nth(1).click()
                    page.wait_for_url("**/pairs/*")
                    _take(page, f"pair-{name}")


def _take(page: object, name: str) -> None:
    page.screenshot(path=FOLDER / f"{name}.png")
    say(f"{name}.png", f"{name}.png")
