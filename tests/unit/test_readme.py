"""The README says what is true: every setting, every command, and files that are there."""

import re
from dataclasses import fields
from pathlib import Path

import pytest

from app.cli import COMMANDS
from app.settings import Settings

ROOT = Path(__file__).parents[2]
README = (ROOT / "README.md").read_text("utf-8")
MANDATED = ("geopandas", "shapely", "PostGIS through psycopg", "Flask", "folium", "rtree", "pyproj")


@pytest.mark.parametrize("variable", [one.metadata["variable"] for one in fields(Settings)])
def test_every_setting_stands_in_the_readme(variable: str) -> None:
    assert f"| `{variable}` |" in README


@pytest.mark.parametrize("command", COMMANDS)
def test_every_command_stands_in_the_readme(command: str) -> None:
    assert f"`./pantau {command}" in README


def test_the_readme_names_no_command_and_no_setting_that_is_not_there() -> None:
    assert set(re.findall(r"`\./pantau (\w[\w-]*)", README)) <= set(COMMANDS)
    known = {one.metadata["variable"] for one in fields(Settings)}
    assert set(re.findall(r"\bPANTAU_\w+", README)) <= known


def test_every_file_that_the_readme_names_is_there() -> None:
    named = set(re.findall(r"`((?:app|geo|tests|migrations)/[\w./-]+)`", README))
    named |= set(re.findall(r"\]\((tests/[^)]+)\)", README))
    assert len(named) > 15
    assert sorted(path for path in named if not (ROOT / path).exists()) == []


@pytest.mark.parametrize("package", MANDATED)
def test_each_mandated_package_has_its_line_and_its_test(package: str) -> None:
    line = next(line for line in README.splitlines() if line.startswith(f"| {package} |"))
    tests = re.findall(r"`(tests/[\w./]+)`", line)
    assert tests
    assert all((ROOT / test).exists() for test in tests)
