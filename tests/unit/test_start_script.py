"""The start script before Python is there: what it finds missing, what it asks apt for, and when it refuses."""

import os
import shutil
import subprocess
from pathlib import Path

import pytest

SCRIPT = Path(__file__).parents[2] / "pantau"
TOOLS = ("sh", "dirname", "readlink", "cat", "cksum", "sed", "tr", "tail", "mkdir", "rm", "env", "printf")


@pytest.fixture
def machine(tmp_path):
    """`machine(user, apt=True, **environment)` runs `./pantau run` where no Python is: (code, said, asked of apt).

    PATH holds a few tools alone; `id` says who asks, and `apt-get` writes down what it was asked for.
    """
    tools = tmp_path / "bin"
    tools.mkdir()
    for name in TOOLS:
        (tools / name).symlink_to(shutil.which(name))
    asked = tmp_path / "asked"

    def run(user, *arguments, apt=True, **environment):
        _program(tools / "id", f"echo {user}")
        if apt:
            _program(tools / "apt-get", f'echo "$@" >>{asked}')
        ended = subprocess.run(
            [str(SCRIPT), *(arguments or ("run",))], stdin=subprocess.DEVNULL, capture_output=True, text=True,
            check=False, env={"PATH": str(tools), "PANTAU_VAR": str(tmp_path / "var"), "LC_ALL": "C.UTF-8",
                              "DATABASE_URL": "postgresql://elsewhere/x", **environment})
        return ended.returncode, ended.stderr, asked.read_text() if asked.exists() else ""

    return run


def _program(path: Path, line: str) -> None:
    path.write_text(f"#!{shutil.which('sh')}\n{line}\n")
    path.chmod(0o755)


def test_without_a_terminal_nobody_but_root_installs_and_the_command_is_said(machine, tmp_path):
    code, said, asked = machine(1000)
    assert code == 2
    assert "'apt-get update && apt-get install --no-install-recommends python3 python3-venv" in said
    assert asked == ""
    assert not (tmp_path / "var").exists()


def test_root_installs_what_is_missing_without_asking(machine):
    code, said, asked = machine(0)
    assert "update" in asked.splitlines()[0]
    assert "install -y --no-install-recommends python3 python3-venv" in asked.splitlines()[1]
    assert code == 2  # the apt of this test brings no Python, and the script says so
    assert "Python 3.11" in said


def test_another_system_is_told_exactly_what_to_install(machine):
    code, said, _ = machine(0, apt=False)
    assert code == 2
    for wanted in ("Python 3.11", "PostgreSQL 15", "PostGIS 3.3", "DATABASE_URL"):
        assert wanted in said


def test_it_speaks_english_where_asked_to(machine):
    assert "Type this command" in machine(1000, PANTAU_LANGUAGE="en")[1]


def test_a_given_environment_that_is_none_is_refused(machine, tmp_path):
    code, said, asked = machine(0, PANTAU_VENV=str(tmp_path / "nothing"))
    assert (code, asked) == (2, "")
    assert "PANTAU_VENV" in said


def test_a_given_environment_is_used_as_it_is_and_arguments_reach_the_application(machine, tmp_path):
    python = tmp_path / "venv" / "bin" / "python"
    python.parent.mkdir(parents=True)
    _program(python, 'echo "$PANTAU_VAR|$PYTHONSAFEPATH|$@" >&2')
    code, said, _ = machine(1000, "upload", "a file.csv", PANTAU_VENV=str(tmp_path / "venv"))
    assert (code, said.strip()) == (0, f"{tmp_path}/var|1|-m app upload a file.csv")


@pytest.mark.skipif(shutil.which("dash") is None, reason="dash is not installed")
def test_the_script_is_posix_shell():
    checked = subprocess.run(["dash", "-n", str(SCRIPT)], capture_output=True, check=False)
    assert (checked.returncode, os.access(SCRIPT, os.X_OK)) == (0, True)
