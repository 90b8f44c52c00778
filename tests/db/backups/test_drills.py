"""A drill puts a backup back elsewhere, compares everything, and leaves nothing behind."""

import tempfile
from pathlib import Path

import psycopg
import pytest

from app.backups.drill import drill
from app.backups.taking import take
from app.installation.terminal import quiet
from tests import backed_up
from tests.backed_up import Source


@pytest.fixture
def within():
    """A folder that PostgreSQL's user can enter, also where root runs the tests."""
    with tempfile.TemporaryDirectory(prefix="pantau-") as folder:
        Path(folder).chmod(0o711)
        yield Path(folder)


def _newest(source: Source) -> str:
    with psycopg.connect(source.superuser_dsn) as connection:
        return str(connection.execute("SELECT id FROM project WHERE NOT draft AND source <> 'sementara'"
                                      " ORDER BY number DESC").fetchone()[0])


def _names(entry: Path, folder: Path) -> bool:
    try:
        return str(folder).encode() in entry.read_bytes()
    except OSError:
        return False


def test_a_drill_compares_everything_opens_the_application_and_leaves_nothing(source, within):
    found = drill(source.settings, source.backup, within=within)
    assert found.faults == []
    assert (found.tables, found.files, found.blocks) == (len(source.manifest.tables), 3, 1)
    assert found.pages == ["/readyz 200", "/sign-in 200", "/ 200", f"/projects/{_newest(source)} 200"]
    assert list(within.iterdir()) == []
    assert not [entry for entry in Path("/proc").glob("[0-9]*/cmdline") if _names(entry, within)]


def test_a_drill_of_a_record_that_was_tampered_with_names_the_record(server, tmp_path, within):
    """By somebody with full power over the database, before the backup was taken."""
    with backed_up.source(server, tmp_path) as one:
        with psycopg.connect(one.superuser_dsn) as connection:
            connection.execute("ALTER TABLE audit DISABLE TRIGGER USER")
            seq = connection.execute("UPDATE audit SET content = '{}' WHERE seq = (SELECT min(seq) FROM audit WHERE"
                                     " table_name = 'verdict') RETURNING seq").fetchone()[0]
            connection.execute("ALTER TABLE audit ENABLE TRIGGER USER")
        backup, _ = take(one.settings, one.place, tmp_path / "again", tell=quiet)
        found = drill(one.settings, backup, within=within)
        assert len(found.faults) == 1
        assert f"record {seq}" in found.faults[0]
