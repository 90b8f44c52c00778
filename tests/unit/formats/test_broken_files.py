"""Every format, broken in every way: refused with a sentence or a fault of its row, and nothing left behind."""

import contextlib
import os
import signal
import tempfile

import pyarrow as pa
import pyarrow.parquet as pq
import pytest
import shapely

from geo import formats, rows
from geo.errors import FileRefused, GeoError
from geo.formats import sandbox
from geo.sentences import LANGUAGES, worded
from geo.tables import Limits
from tests.benchmarks import fuzz_files
from tests.unit.files import SMALL, refusal
from tests.unit.formats.samples import CHILD, SAMPLES, endless, layer, sample

WHOLE_IN_PART = {"csv", "geojsonl"}  # a table of text that was cut is a shorter table


def read_or_refused(path):
    try:
        return formats.read(path, SMALL)
    except FileRefused as refused:
        return refused


@pytest.mark.parametrize("form", SAMPLES)
def test_a_cut_file_is_refused_with_a_sentence(tmp_path, form):
    content = sample(tmp_path, form).read_bytes()
    path = tmp_path / "cut"
    shares = (0.3, 0.97) if form in CHILD else (0.02, 0.1, 0.3, 0.5, 0.7, 0.9, 0.99)
    for share in shares:
        path.write_bytes(content[: int(len(content) * share)])
        found = read_or_refused(path)
        if isinstance(found, FileRefused):
            assert all(worded(found.sentence, language) for language in LANGUAGES)
        else:
            assert form in WHOLE_IN_PART or (form == "fgb" and len(found.features.properties) < 2)


@pytest.mark.parametrize("ending", [".gpkg", ".fgb", ".parquet"])
def test_numbers_that_are_no_place_are_faults_of_their_rows_in_every_layer(tmp_path, ending):
    path = layer(tmp_path / f"a{ending}", endless(), **({"driver": "FlatGeobuf"} if ending == ".fgb" else {}))
    found = rows.understand(rows.read(path, limits=SMALL))
    said = [(one.geometry and one.geometry.wkt, [problem.reason.id for problem in one.problems]) for one in found]
    assert said.count(("POINT (114.25 -8.25)", [])) == 1
    # FlatGeobuf writes a point that is no number as an empty one.
    assert sum(said.count((None, [reason])) for reason in ("geometry.not_finite", "geometry.empty")) == 3


@pytest.mark.parametrize("ending", [".gpkg", ".fgb", ".parquet"])
def test_a_million_vertices_are_refused_in_every_layer(tmp_path, ending):
    ring = [(114 + k / 1e7, -8.0) for k in range(1_000_000)] + [(114.05, -7.9)]
    path = layer(tmp_path / f"a{ending}", [shapely.Polygon(ring)],
                 **({"driver": "FlatGeobuf"} if ending == ".fgb" else {}))
    assert refusal(path) == "reading.too_many_vertices"


def test_ten_thousand_columns_and_too_many_cells_are_refused(tmp_path):
    pq.write_table(pa.table({f"k{k}": [1] for k in range(10_000)}), tmp_path / "wide.parquet")
    assert refusal(tmp_path / "wide.parquet") == "reading.too_many_columns"
    pq.write_table(pa.table({f"k{k}": range(1000) for k in range(100)}), tmp_path / "many.parquet")
    assert refusal(tmp_path / "many.parquet", Limits(cells=50_000)) == "reading.too_many_cells"
    assert refusal(tmp_path / "many.parquet", Limits(rows=500)) == "reading.too_many_rows"


@pytest.mark.parametrize("wrapped", [False, True])
def test_a_parquet_file_that_inflates_beyond_its_memory_is_refused(tmp_path, wrapped):
    """One long text, named in every row: small on the disk, small in Arrow, and gigabytes as cells."""
    texts = pa.DictionaryArray.from_arrays(pa.array([0] * 5_000, pa.int32()), pa.array(["x" * 1_000_000]))
    if wrapped:
        texts = pa.StructArray.from_arrays([texts], ["a"])
    pq.write_table(pa.table({"nama": texts}), tmp_path / "a.parquet")
    assert (tmp_path / "a.parquet").stat().st_size < 1_500_000
    assert refusal(tmp_path / "a.parquet", Limits(child_memory_bytes=1_500_000_000, inflated_bytes=30_000_000)) in (
        "reading.child_failed", "reading.child_slow")


@pytest.mark.parametrize(("way", "script"), [
    ("crashes", "import os, signal; os.kill(os.getpid(), signal.SIGSEGV)"),
    ("is killed", f"import os; os.kill(os.getpid(), {int(signal.SIGKILL)})"),
    ("has no memory", "raise MemoryError"),
    ("writes half", "import json, sys; open(json.loads(sys.argv[1])['out'], 'wb').write(b'ARROW1')"),
    ("writes nothing", "pass"),
    ("leaves a heap", "import os; [open(f'heap-{k}', 'w').write('x') for k in range(50)]; os.abort()"),
    ("writes without end", "import json, resource, sys\ntask = json.loads(sys.argv[1])\n"
     "resource.setrlimit(resource.RLIMIT_FSIZE, (1000, 1000))\nopen(task['out'], 'wb').write(b'x' * 100_000)"),
])
@pytest.mark.parametrize("form", ["gpkg", "parquet"])
def test_a_child_that_fails_in_any_way_is_a_refused_file_and_leaves_nothing(tmp_path, monkeypatch, form, way, script):
    path = sample(tmp_path, form)
    sandbox._drivers()
    monkeypatch.setattr(tempfile, "tempdir", str(tmp_path / "temp"))
    (tmp_path / "temp").mkdir()
    (tmp_path / "child.py").write_text(script)
    monkeypatch.setattr(sandbox, "CHILD", tmp_path / "child.py")
    assert refusal(path) == "reading.child_failed", way
    assert os.listdir(tmp_path / "temp") == []


@pytest.mark.parametrize("form", CHILD)
def test_a_good_and_a_broken_file_both_leave_the_temporary_folder_empty(tmp_path, monkeypatch, form):
    path = sample(tmp_path, form)
    monkeypatch.setattr(tempfile, "tempdir", str(tmp_path / "temp"))
    (tmp_path / "temp").mkdir()
    formats.read(path, SMALL)
    path.write_bytes(path.read_bytes()[:-40])
    with contextlib.suppress(GeoError):
        formats.read(path, SMALL)
    assert os.listdir(tmp_path / "temp") == []


@pytest.mark.parametrize("form", fuzz_files.FAST)
def test_a_second_of_broken_files_raises_nothing_but_our_own(form):
    """`python -m tests.benchmarks.fuzz_files` does the same for minutes, and for the formats of the child too."""
    figures = fuzz_files.fuzz(1, 7, lambda _: None, (form,))[form]
    assert figures["raised"] == []
    assert figures["read"] + figures["refused"] > 3


def test_every_format_has_a_sample():
    """What has none is neither cut nor fuzzed here."""
    assert {form.NAME for form in formats.FORMATS} <= set(SAMPLES)
