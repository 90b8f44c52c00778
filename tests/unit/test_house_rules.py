"""What keeps the house in order. Each rule says why it is there; a rule with a reason as good against it is changed
here, with that reason."""

import ast
import configparser
import re
import shutil
import subprocess
import sys
from collections.abc import Iterator
from functools import cache
from pathlib import Path

import pytest
from packaging.requirements import Requirement
from packaging.version import Version

ROOT = Path(__file__).parents[2]

NOT_SAID = frozenset({"utils", "util", "helpers", "helper", "common", "base", "manager", "service", "handler", "data",
                      "info", "item", "items"})
"""Words that name nothing."""

MEANT = frozenset({"real_data", "data_version", "common", "EQUAL_COMMON", "SAME_COMMON"})
"""Names in which such a word says something: the folder of real files and the version of what the maps show are
called so by everybody, and "common" is the opposite of "rare" where evidence is weighed."""

LONGEST_MODULE = {"app": 350, "geo": 350, "tests": 600}

AT_THE_TOP = frozenset({"app", "geo", "migrations", "notebooks", "tests", "setup.cfg", "README.md", "pyproject.toml",
                        "LICENSE", "requirements.lock", "pantau"})

FLOORS = {"pillow": "13.0.0", "flask": "3.1.3", "werkzeug": "3.1.4"}
"""Versions below which a known hole is open; no advisory database can be asked where there is no network."""


@cache
def tracked() -> tuple[str, ...]:
    """Every file of the repository, by git; a source archive without git is looked at as it lies there."""
    asked = None
    if shutil.which("git"):  # a clean machine may have been given the files by other means
        asked = subprocess.run(["git", "-C", str(ROOT), "ls-files", "-z"], capture_output=True, check=False)
    if asked is not None and asked.returncode == 0:
        return tuple(name for name in asked.stdout.decode().split("\0") if name and (ROOT / name).is_file())
    made = re.compile(r"var|vendor|__pycache__|\.git|\.hypothesis|\.\w+_cache|.*\.egg-info")
    return tuple(str(path.relative_to(ROOT)) for path in ROOT.rglob("*")
                 if path.is_file() and not any(made.fullmatch(part) for part in path.relative_to(ROOT).parts))


def sources(*folders: str) -> Iterator[tuple[str, ast.Module]]:
    for name in tracked():
        if name.endswith(".py") and name.split("/")[0] in folders:
            yield name, ast.parse((ROOT / name).read_text("utf-8"), name)


def test_imports_go_in_one_direction():
    """The contracts stand in setup.cfg, section importlinter."""
    asked = subprocess.run(
        [sys.executable, "-c", "from importlinter import cli; raise SystemExit(cli.lint_imports(cache_dir=None))"],
        cwd=ROOT, capture_output=True, text=True, check=False)
    assert asked.returncode == 0, asked.stdout[-4000:] + asked.stderr[-1000:]


def test_there_is_one_commit():
    """A second commit in a request would leave half of what a person did; migrations commit by themselves."""
    callers = {name for name, tree in sources("app", "geo") for node in ast.walk(tree)
               if isinstance(node, ast.Call) and isinstance(node.func, ast.Attribute) and node.func.attr == "commit"}
    assert callers <= {"app/db.py"}


def test_the_environment_is_read_in_one_place():
    """Settings are then named, checked and documented together. A child process gets an environment made for it."""
    readers = {name for name, tree in sources("app", "geo") for node in ast.walk(tree)
               if (isinstance(node, ast.Attribute) and node.attr in ("environ", "environb", "getenv")
                   and isinstance(node.value, ast.Name) and node.value.id == "os")
               or (isinstance(node, ast.ImportFrom) and node.module == "os"
                   and any(alias.name in ("environ", "getenv") for alias in node.names))}
    assert readers <= {"app/settings.py"}


@pytest.mark.parametrize("name", [name for name in tracked() if name.endswith(".py")])
def test_a_module_is_short_enough_to_be_read(name):
    lines = len((ROOT / name).read_text("utf-8").splitlines())
    assert lines <= LONGEST_MODULE.get(name.split("/")[0], 350), f"{name} has {lines} lines: split it by noun"


def test_no_name_says_nothing():
    found = [f"{name}: {word}" for name, tree in sources("app", "geo", "tests", "migrations")
             for word in _names_given(tree) | {Path(name).stem} if NOT_SAID & _parts(word)]
    assert "\n".join(sorted(found)) == ""


def _names_given(tree: ast.Module) -> set[str]:
    """Names that we chose: of functions, classes, arguments and variables (attributes may be other people's). The
    name of a test is a sentence, and a sentence may say any word."""
    given = set()
    for node in ast.walk(tree):
        if isinstance(node, ast.FunctionDef | ast.AsyncFunctionDef | ast.ClassDef):
            given.add(node.name)
        elif isinstance(node, ast.arg):
            given.add(node.arg)
        elif isinstance(node, ast.Name) and isinstance(node.ctx, ast.Store):
            given.add(node.id)
    return {name for name in given if not name.startswith("test_")} - MEANT


def _parts(name: str) -> set[str]:
    return {part.lower() for part in re.findall(r"[A-Z]?[a-z]+|[A-Z]+(?![a-z])", name)}


def test_the_top_folder_holds_what_everybody_knows():
    top = {name.split("/")[0] for name in tracked()}
    assert {name for name in top if not name.startswith(".")} <= AT_THE_TOP


def test_no_table_is_missing_its_rollback():
    names = {name for name in tracked() if re.fullmatch(r"migrations/\d{4}-.*\.sql", name)}
    forward = {name for name in names if not name.endswith(".rollback.sql")}
    assert forward
    assert {name.replace(".sql", ".rollback.sql") for name in forward} == names - forward


def locked(file: str) -> dict[str, set[str]]:
    """Name -> versions (several where they depend on the version of Python) of a lock file."""
    versions: dict[str, set[str]] = {}
    for line in (ROOT / file).read_text("utf-8").splitlines():
        if found := re.match(r"([A-Za-z0-9][\w.-]*)==([^\s;\\]+)", line):
            versions.setdefault(_canonical(found[1]), set()).add(found[2])
    return versions


def _canonical(name: str) -> str:
    return re.sub(r"[-_.]+", "-", name).lower()


def required(section: str) -> list[Requirement]:
    config = configparser.ConfigParser()
    config.read(ROOT / "setup.cfg", "utf-8")
    part, option = section.split(":")
    return [Requirement(line) for line in config[part][option].strip().splitlines()]


@pytest.mark.parametrize(("file", "sections"), [
    ("requirements.lock", ["options:install_requires"]),
    ("tests/requirements.lock", ["options:install_requires", "options.extras_require:test"]),
])
def test_the_lock_holds_what_setup_cfg_asks_for(file, sections):
    versions = locked(file)
    stale = [str(wanted) for section in sections for wanted in required(section)
             if not versions.get(_canonical(wanted.name))
             or not all(version in wanted.specifier for version in versions[_canonical(wanted.name)])]
    assert stale == [], f"make {file} anew: its first lines say how"


def test_both_locks_agree():
    ours, tests = locked("requirements.lock"), locked("tests/requirements.lock")
    assert {name: versions for name, versions in ours.items() if tests.get(name) != versions} == {}


@pytest.mark.parametrize("section", ["options:install_requires", "options.extras_require:test"])
def test_every_dependency_has_a_lower_bound(section):
    """A resolver once picked version 0.0.0 silently."""
    assert [str(one) for one in required(section) if not any(s.operator == ">=" for s in one.specifier)] == []


@pytest.mark.parametrize("file", ["requirements.lock", "tests/requirements.lock", "app/installation/uv.txt"])
def test_every_locked_package_has_a_sum_and_no_host(file):
    text = (ROOT / file).read_text("utf-8")
    assert "://" not in text
    blocks = re.split(r"\n(?=[A-Za-z0-9])", re.sub(r"(?m)^#.*\n", "", text).strip())
    assert [block.split()[0] for block in blocks if "--hash=sha256:" not in block] == []


@pytest.mark.parametrize("name", FLOORS)
def test_no_locked_package_is_below_its_floor(name):
    for file in ("requirements.lock", "tests/requirements.lock"):
        for version in locked(file).get(name, ()):
            assert Version(version) >= Version(FLOORS[name]), file


def test_no_file_names_a_machine():
    """A path, a registry or a token of the machine where something was written helps nobody else."""
    telling = re.compile(
        r"(?<![\w./-])/(?:work|home/\w+|Users/\w+|tmp/venv)/|files\.pythonhosted\.org|pypi\.org/simple"
        r"|registry\.npmjs\.org|index-url *= *http|BEGIN (?:RSA |EC )?PRIVATE KEY|gh[pousr]_[A-Za-z0-9]{20,}")
    own = "tests/unit/test_house_rules.py"
    found = []
    for name in tracked():
        if name == own or name.endswith((".png", ".webp", ".xlsx", ".gpkg", ".zip")):
            continue
        text = (ROOT / name).read_text("utf-8", errors="replace")
        found += [f"{name}: {match[0]}" for match in telling.finditer(text)]
    assert found == []
