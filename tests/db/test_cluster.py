"""The cluster of our own: shared, taken over, recovered, and never in the way of another."""

import os
import subprocess
import tempfile
from pathlib import Path

import psycopg
import pytest

from app.installation import cluster as clusters
from app.installation.cluster import FLEETING, Cluster
from app.installation.terminal import Stop, quiet


@pytest.fixture
def home():
    """A folder that PostgreSQL's user can enter, also where root runs the tests."""
    with tempfile.TemporaryDirectory(prefix="pantau-") as folder:
        Path(folder).chmod(0o711)
        yield Path(folder)


def cluster_at(folder, **options):
    return Cluster(folder / "postgres", settings=FLEETING, tell=quiet, **options)


def answers(dsn):
    with psycopg.connect(dsn) as connection:
        return connection.execute("SELECT 1").fetchone() == (1,)


def test_it_starts_and_stops(home):
    with cluster_at(home) as cluster:
        assert answers(cluster.dsn())
        assert cluster.running()
    assert not cluster.running()
    assert not list(cluster.socket_folder.glob(".s.PGSQL.*"))


def test_no_network_address_is_listened_on(home):
    with cluster_at(home) as cluster, psycopg.connect(cluster.dsn()) as connection:
        assert connection.execute("SHOW listen_addresses").fetchone() == ("",)


def test_only_its_owner_enters_the_folder_of_the_socket(home):
    with cluster_at(home) as cluster:
        assert cluster.socket_folder.stat().st_mode & 0o077 == 0
        assert cluster.home.stat().st_mode & 0o077 == 0


def test_what_was_stored_is_there_after_a_new_start(home):
    with cluster_at(home) as cluster, psycopg.connect(cluster.dsn()) as connection:
        connection.execute("CREATE TABLE kept (x int)")
    with cluster_at(home) as cluster, psycopg.connect(cluster.dsn()) as connection:
        assert connection.execute("SELECT count(*) FROM kept").fetchone() == (0,)


def test_a_second_command_shares_it_and_the_last_to_leave_stops_it(home):
    first, second = cluster_at(home), cluster_at(home)
    first.start()
    second.start()
    first.stop()
    assert answers(second.dsn())
    second.stop()
    assert not second.running()


def test_the_number_of_another_process_is_not_taken_for_the_server(home):
    with cluster_at(home) as cluster:
        pass
    stale = cluster.files / "postmaster.pid"
    stale.write_text(f"{os.getpid()}\n{cluster.files}\n1\n{clusters.PORT}\n{cluster.socket_folder}\n\n")
    with cluster_at(home) as again:
        assert answers(again.dsn())


def test_a_killed_server_is_recovered(home):
    cluster = cluster_at(home)
    cluster.start()
    process = int((cluster.files / "postmaster.pid").read_text().split()[0])
    os.kill(process, 9)
    while Path(f"/proc/{process}").exists() and "Z" not in Path(f"/proc/{process}/stat").read_text().split()[2]:
        pass
    cluster.stop()
    with cluster_at(home) as again:
        assert answers(again.dsn())


def test_a_path_too_long_for_a_socket_gets_a_short_one(home):
    long = home / ("x" * 60) / ("y" * 60)
    with Cluster(long / "postgres", settings=FLEETING, tell=quiet) as cluster:
        assert len(str(cluster.socket_folder)) < 80
        assert answers(cluster.dsn())
    cluster.socket_folder.rmdir()


def test_a_half_made_cluster_is_made_anew(home):
    begun = home / "postgres" / "cluster.begun"
    begun.mkdir(parents=True)
    (begun / "PG_VERSION").write_text("15\n")
    with cluster_at(home) as cluster:
        assert answers(cluster.dsn())


def test_another_version_of_postgresql_is_named(home):
    with cluster_at(home) as cluster:
        pass
    (cluster.files / "PG_VERSION").write_text("9\n")
    with pytest.raises(Stop, match="PostgreSQL 9, which is no longer installed"):
        cluster_at(home).start()


def test_a_refused_start_says_what_the_server_said(home):
    wrong = {**FLEETING, "shared_buffers": "nonsense"}
    with pytest.raises(Stop, match="shared_buffers"):
        Cluster(home / "postgres", settings=wrong, tell=quiet).start()


@pytest.mark.skipif(os.getuid() != 0, reason="only root runs PostgreSQL as somebody else")
def test_where_its_user_cannot_enter_it_lies_elsewhere_and_a_note_says_so(home):
    closed = home / "closed"
    closed.mkdir(mode=0o700)
    elsewhere = home / "elsewhere"
    with Cluster(closed / "var" / "postgres", settings=FLEETING, elsewhere=elsewhere, tell=quiet) as cluster:
        assert cluster.home.parent == elsewhere
        assert answers(cluster.dsn())
        assert str(cluster.home) in (closed / "var" / "POSTGRES_IS_AT.txt").read_text()
    assert not (closed / "var" / "postgres").exists()


@pytest.mark.skipif(os.getuid() != 0, reason="only root can give a folder away")
def test_a_folder_of_somebody_else_is_run_as_them_never_as_root(home):
    with cluster_at(home) as cluster, psycopg.connect(cluster.dsn()) as connection:
        process = connection.info.backend_pid
        owner = subprocess.run(["stat", "-c", "%u", f"/proc/{process}"], capture_output=True, text=True, check=True)
        assert int(owner.stdout) == cluster.home.stat().st_uid != 0
