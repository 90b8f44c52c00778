"""Matching by tiles on a cluster gives what one process gives, to the last pair and byte, whatever dies on the way."""

import json
import os
import shutil
import signal
import subprocess
import threading
import time
from pathlib import Path

import dask
import geopandas as gpd
import numpy as np
import pandas as pd
import pytest
import pytest_socket
import shapely
from click.testing import CliRunner
from dask.distributed import Client, LocalCluster
from distributed.security import Security
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from app.commands.matching import match
from app.demonstration.generate import generate
from app.settings import Settings
from geo import counting, distributed, duplicates, gathering, linking, parts, tiles
from geo.errors import ClusterUnreachable, WorkersTooSmall
from geo.sentences import worded
from tests.grid import works

NAMES = ("Rabat beton Gang Mawar RT 02", "Drainase Gang Melati RT 01 RW 03", "Rabat beton jalan Dusun Krajan",
         "PJU Gang Mawar titik 3", "Posyandu Kenanga", "")


@pytest.fixture(autouse=True)
def _no_sockets():
    """The processes of a cluster speak with each other on this machine, and with nobody else."""
    pytest_socket.enable_socket()


@pytest.fixture(scope="module")
def processes(tmp_path_factory):
    with distributed.connected(2, None, tmp_path_factory.mktemp("cluster")) as client:
        yield client


def apart(table: gpd.GeoDataFrame, client: Client | None, folder: Path, part_rows: int, unit_rows: int, **options
          ) -> duplicates.Found:
    folder.mkdir()
    return distributed.find(parts.write(table, folder, part_rows), folder, client, unit_rows=unit_rows, **options)


def assert_same(one: duplicates.Found, other: duplicates.Found) -> None:
    assert other.model.frequencies == one.model.frequencies
    assert other.model.version == one.model.version
    if len(one.pairs):
        pd.testing.assert_frame_equal(other.pairs, one.pairs, check_exact=True)
    assert len(other.pairs) == len(one.pairs)
    assert other.groups.to_dict() == one.groups.to_dict()
    assert other.crowded.to_dict("records") == one.crowded.to_dict("records")


def messy(seed: int, size: int) -> gpd.GeoDataFrame:
    """Everything that tiles could get wrong: crowds with neighbours, long lines, areas, works without a point, works
    of several sites, both sides of the antimeridian."""
    rng = np.random.default_rng(seed)
    rows: list[dict] = []
    for number in range(size):
        place = rng.integers(10)
        x, y = 114.3 + rng.random() * 0.006, -8.3 + rng.random() * 0.006
        if place == 0:
            shape = None
        elif place <= 3:
            shape = shapely.Point(114.303, -8.297)
        elif place == 4:
            shape = shapely.Point((180.0, -179.9999)[rng.integers(2)] - rng.random() * 1e-4, -8.3)
        elif place == 5:
            shape = shapely.LineString([(x, y), (x + rng.random() * 0.008, y + rng.random() * 0.004)])
        elif place == 6:
            shape = shapely.box(x, y, x + 5e-4, y + 5e-4)
        else:
            shape = shapely.Point(x, y)
        rows.append({"project": f"p{rng.integers(size)}" if rng.integers(4) == 0 else f"q{number}", "geometry": shape,
                     "name": NAMES[rng.integers(len(NAMES))], "year": int(rng.integers(2020, 2026)),
                     "fund": ("DDS", "ADD", None)[rng.integers(3)], "region_code": f"35.10.01.200{rng.integers(3)}",
                     "amount": float(rng.integers(1, 9)) * 11_350_000, "category": ("road", "drainage")[number % 2],
                     "fund_shares": (("DDS", 4e6), ("PBK", None)) if rng.integers(9) == 0 else None})
    return works(*rows)


def test_the_demonstration_by_tiles_is_the_demonstration_in_one_process(processes, tmp_path):
    table = generate(seed=5, size=2_500).works
    one = duplicates.find(table)
    assert one.groups.nunique() > 10, "the sample must hold groups for this test to say anything"
    for unit_rows in (300, 5_000):
        assert_same(one, apart(table, processes, tmp_path / str(unit_rows), 700, unit_rows))


@settings(max_examples=6, deadline=None, suppress_health_check=[HealthCheck.function_scoped_fixture])
@given(seed=st.integers(0, 10_000), part_rows=st.integers(30, 130), unit_rows=st.sampled_from([12, 40, 1_000]),
       every=st.booleans())
def test_any_table_in_any_parts_and_tiles_gives_the_same(in_turn, tmp_path_factory, seed, part_rows, unit_rows, every):
    table = messy(seed, 120)
    one = duplicates.find(table, every=every)
    folder = tmp_path_factory.mktemp("parts") / "here"
    assert_same(one, apart(table, None, folder, part_rows, unit_rows, every=every))


def test_a_model_that_has_counted_is_not_counted_again_and_two_tables_are_linked(in_turn, tmp_path):
    table = messy(3, 200)
    model = duplicates.find(messy(4, 300)).model
    assert model.frequencies.crowded, "a snapshot with crowds"
    one = duplicates.find(table, model, every=True, table_of=np.repeat([0, 1], [80, 120]))
    assert_same(one, apart(table, None, tmp_path / "here", 50, 40, model=model, every=True, second_from=80))
    assert len(one.pairs) > 20


def test_pairs_settled_in_many_buckets_and_pieces_are_the_same(in_turn, tmp_path, monkeypatch):
    monkeypatch.setattr(gathering, "PROJECT_ROWS", 20)
    monkeypatch.setattr(gathering, "READ_ROWS", 3)
    table = messy(9, 200)
    assert_same(duplicates.find(table), apart(table, None, tmp_path / "here", 60, 50))


def test_what_is_common_is_cut_alike_where_many_are_equally_common(in_turn, tmp_path, monkeypatch):
    """Ties decide who is kept in a snapshot: in one process the first to appear are."""
    monkeypatch.setattr(counting.common, "KEPT_WORDS", 5)
    monkeypatch.setattr(counting.common, "KEPT_AMOUNTS", 3)
    table = messy(8, 250)
    assert_same(duplicates.find(table), apart(table, None, tmp_path / "here", 33, 50))


def test_each_pair_is_found_by_the_first_tile_that_holds_both():
    held = [np.array([2]), np.array([1, 2]), np.array([1, 2, 5])]
    pairs = np.array([[0, 1], [1, 2]])
    assert tiles.owned(pairs, held, 2).tolist() == [True, False]
    assert tiles.owned(pairs[1:], held, 1).tolist() == [True]
    assert tiles.owned(np.empty((0, 2), np.int64), held, 1).tolist() == []


def test_tiles_cover_everything_and_divide_the_work():
    centres = np.random.default_rng(1).random((1_000, 2))
    cut = tiles.cut(centres, 100)
    assert 10 <= len(cut) <= 16
    assert shapely.union_all(shapely.box(*cut.T)).equals(shapely.box(*tiles.EVERYWHERE))
    assert len(tiles.cut(np.zeros((1_000, 2)), 10)) == 1


@pytest.mark.parametrize("phase", ["linking.counted", "linking.dealt", "linking.tiles"])
def test_a_worker_killed_while_others_count_deal_or_match_costs_time_and_no_pair(tmp_path, phase):
    """The first tasks of the phase are done, the others under way."""
    table = generate(seed=6, size=1_500).works
    one = duplicates.find(table)
    killed: list[int] = []
    with distributed.connected(2, None, tmp_path) as client:

        def kill(what: str, count: int) -> None:
            if what == phase and not killed:
                killed.append(next(iter(client.run(os.getpid).values())))
                os.kill(killed[0], signal.SIGKILL)

        found = apart(table, client, tmp_path / "here", 100, 100, say=kill)
    assert killed
    assert_same(one, found)


def test_work_that_ends_every_worker_is_said(tmp_path):
    with (dask.config.set({"distributed.scheduler.allowed-failures": 0}),
          distributed.connected(1, None, tmp_path) as client, pytest.raises(WorkersTooSmall)):
        distributed._each(client, os._exit, [(1,)])


MEMORY = "700MiB"


def swell(folder: Path, times: int, share: float) -> int:
    """Work that grows to a share of its process' memory and stays so a while, the first `times` times; answers how
    often it was begun."""
    import psutil
    from distributed import get_worker

    begun = len(list(folder.glob("begun-*"))) + 1
    (folder / f"begun-{begun}").touch()
    limit, held = dask.utils.parse_bytes(MEMORY), get_worker().__dict__.setdefault("held", [])
    if begun <= times:
        while psutil.Process().memory_info().rss < share * limit:
            held.append(np.ones(1_000_000))
        time.sleep(2 if share < 0.95 else 120)
    return begun


def test_work_that_no_worker_has_memory_for_ends_with_what_to_do(tmp_path):
    with (dask.config.set({"distributed.scheduler.allowed-failures": 1}),
          distributed.connected(1, None, tmp_path, memory=MEMORY) as client, pytest.raises(WorkersTooSmall) as said):
        distributed._each(client, swell, [(tmp_path, 99, 1.3)])
    assert 2 <= len(list(tmp_path.glob("begun-*"))) <= 3, "it was tried again, and not for ever"
    assert "3 GiB" in worded(said.value.sentence, "en")


def test_a_worker_whose_memory_is_nearly_full_goes_on(tmp_path):
    """Dask would let it wait for memory that nobody frees, and the search for ever with it."""
    with distributed.connected(1, None, tmp_path, memory=MEMORY) as client:
        assert distributed._each(client, swell, [(tmp_path, 1, 0.85)]) == [1]
        assert client.submit(int, "7").result(timeout=60) == 7


def test_a_worker_killed_at_any_moment_costs_no_pair(tmp_path):
    """Also while parts are counted and dealt out, when what it wrote is half there."""
    table = generate(seed=7, size=1_500).works
    one = duplicates.find(table)
    done = threading.Event()
    killed = []
    with distributed.connected(2, None, tmp_path) as client:

        def kill_now_and_then() -> None:
            while not done.wait(2.5) and len(killed) < 2:
                pid = next(iter(client.run(os.getpid).values()))
                os.kill(pid, signal.SIGKILL)
                killed.append(pid)
                time.sleep(3)

        killer = threading.Thread(target=kill_now_and_then)
        killer.start()
        found = apart(table, client, tmp_path / "here", 200, 100)
        done.set()
        killer.join()
    assert killed
    assert_same(one, found)


@pytest.mark.parametrize(("file", "currency"), [
    ("flood_control/flood_control_projects.csv", "PHP"), ("village_roads/jalan_desa.xlsx", "IDR")])
def test_real_files_by_tiles_give_the_same_bytes(real_data, processes, tmp_path, monkeypatch, file, currency):
    monkeypatch.setattr(parts, "ROWS", 900)
    source = real_data(file)
    if file.endswith(".csv"):
        lines = source.read_text("utf-8").splitlines(keepends=True)
        source = tmp_path / "works.csv"
        source.write_text("".join(lines[:3_001]), "utf-8")
    for name, cluster in (("one", None), ("two", processes.scheduler.address)):
        linking.link(source, None, tmp_path / f"{name}.csv", currency=currency, cluster=cluster)
    assert (tmp_path / "one.csv").read_bytes() == (tmp_path / "two.csv").read_bytes()
    assert len((tmp_path / "one.csv").read_text("utf-8").splitlines()) > 20


def test_the_command_writes_the_same_file_with_workers_and_for_a_table_of_sites(tmp_path):
    """A GeoParquet with the columns of a table of sites is taken as it is: it may hold more rows than an upload."""
    table = generate(seed=9, size=900).works
    parts.write(table, tmp_path, 10_000)
    file = str(tmp_path / "part-00000.parquet")
    for name, options in (("one", []), ("two", ["--workers", "2"])):
        done = CliRunner().invoke(match, [file, "--out", str(tmp_path / f"{name}.csv"), "--json", *options],
                                  obj=Settings())
        assert done.exit_code == 0, done.output
        assert json.loads(done.stdout.splitlines()[-1])["rows"] == len(table)
    assert (tmp_path / "one.csv").read_bytes() == (tmp_path / "two.csv").read_bytes()
    found = pd.read_csv(tmp_path / "one.csv", dtype=str)
    assert set(found["left_id"]) <= set(table["project"])
    assert not list(tmp_path.glob(".pantau-match-*")), "nothing is left behind"


def test_an_address_where_nobody_answers_is_said(tmp_path, monkeypatch):
    monkeypatch.setattr(distributed, "ANSWERS_WITHIN", "1s")
    table = messy(1, 20)
    parts.write(table, tmp_path, 100)
    with pytest.raises(ClusterUnreachable):
        linking.link(tmp_path / "part-00000.parquet", None, tmp_path / "pairs.csv", cluster="tcp://127.0.0.1:9")
    assert not (tmp_path / "pairs.csv").exists()


def test_a_cluster_with_certificates_is_spoken_to_by_tls_alone(tmp_path, monkeypatch):
    """Dask runs whatever it is sent: only who holds the certificate may send, and nobody else may listen."""
    if not shutil.which("openssl"):
        pytest.skip("openssl makes the certificate of this test")
    monkeypatch.setattr(distributed, "ANSWERS_WITHIN", "3s")
    key, certificate = str(tmp_path / "key.pem"), str(tmp_path / "certificate.pem")
    subprocess.run(["openssl", "req", "-x509", "-newkey", "rsa:2048", "-nodes", "-keyout", key, "-out", certificate,
                    "-days", "2", "-subj", "/CN=localhost"], check=True, capture_output=True)
    tls = "distributed.comm.tls"
    held = {f"{tls}.ca-file": certificate} | {f"{tls}.{who}.{what}": path for who in ("scheduler", "worker", "client")
                                              for what, path in (("cert", certificate), ("key", key))}
    parts.write(messy(1, 60), tmp_path, 100)
    file = tmp_path / "part-00000.parquet"
    with dask.config.set(held):
        security = Security(require_encryption=True)
        with LocalCluster(n_workers=1, threads_per_worker=1, processes=False, protocol="tls://", host="127.0.0.1",
                          security=security, dashboard_address=None, worker_dashboard_address="127.0.0.1:0") as cluster:
            assert cluster.scheduler_address.startswith("tls://")
            linking.link(file, None, tmp_path / "tls.csv", cluster=cluster.scheduler_address)
            with (dask.config.set(dict.fromkeys([f"{tls}.ca-file", f"{tls}.client.cert", f"{tls}.client.key"])),
                  pytest.raises(ClusterUnreachable)):
                linking.link(file, None, tmp_path / "bare.csv", cluster=cluster.scheduler_address)
    linking.link(file, None, tmp_path / "alone.csv")
    assert (tmp_path / "tls.csv").read_bytes() == (tmp_path / "alone.csv").read_bytes()
    assert not (tmp_path / "bare.csv").exists()
