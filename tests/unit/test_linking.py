"""./pantau match and explain without their terminal: files in, pairs out, each row its own explanation."""

import json
from functools import partial

import geopandas as gpd
import pandas as pd
import pytest
from click.testing import CliRunner

from app.commands.matching import explain, match
from app.installation import terminal
from app.settings import Settings
from geo import linking
from geo.errors import ColumnsUnknown, FileRefused, FormatUnknown
from geo.evidence import EVIDENCE
from geo.sentences import worded
from geo.tables import Limits

HEAD = "id,nama kegiatan,tahun,sumber dana,anggaran,lat,lon\n"
FIRST = HEAD + """A1,Rabat beton Gang Kenanga Sumberwatu RT 02 RW 01,2024,DDS,87350000,-8.30000,114.30000
A2,Posyandu Mawar,2023,DDS,40000000,-8.31000,114.31000
A1,Pemb. rabat Gg Kenanga Sumberwatu RT.02/01,2024,BKK,87350000,-8.30002,114.30002
"""
SECOND = HEAD + """B1,Gedung posyandu Mawar,2023,ADD,40000000,-8.31001,114.31001
B2,Posyandu Mawar,2023,ADD,40000000,-8.31001,114.31001
"""


@pytest.fixture
def files(tmp_path):
    (tmp_path / "first.csv").write_text(FIRST)
    (tmp_path / "second.csv").write_text(SECOND)
    return tmp_path


def test_a_file_is_searched_in_itself_and_a_repeated_id_never_merges(files):
    done = linking.link(files / "first.csv", None, files / "pairs.csv")
    pairs = pd.read_csv(files / "pairs.csv")
    assert (done.rows, done.pairs, done.repeated_ids, done.to_look_at) == (3, 1, 2, 1)
    assert pairs.loc[0, ["left_id", "right_id", "left_row", "right_row", "kind"]].tolist() == [
        "A1#2", "A1#4", 2, 4, "same_record"]
    assert list(pairs.columns[:13]) == list(linking.FIRST)
    assert [column[6:] for column in pairs.columns if column.startswith("level_")] == list(EVIDENCE)


@pytest.mark.parametrize("village", ["kode desa", "desa"])
def test_works_without_a_point_are_compared_within_their_village_without_any_borders(tmp_path, village):
    """Two rows that say the same of one village; the third says it of another."""
    rows = "".join(f"{number},Posyandu Mawar RT 02 RW 01,2024,DDS,87350000,{code}\n"
                   for number, code in (("A", "35.10.01.2001"), ("B", "35.10.01.2001"), ("C", "35.10.01.2002")))
    (tmp_path / "bare.csv").write_text(f"id,nama kegiatan,tahun,sumber dana,anggaran,{village}\n" + rows)
    assert linking.link(tmp_path / "bare.csv", None, tmp_path / "pairs.csv", every=True).rows == 3
    pairs = pd.read_csv(tmp_path / "pairs.csv")
    assert set(pairs[["left_id", "right_id"]].itertuples(index=False, name=None)) == {("A", "B")}


def test_a_coordinate_that_many_works_share_is_said(tmp_path):
    rows = "".join(f"{number},Rabat beton Gang {number},2024,DDS,{80 + number}350000,-8.3,114.3\n"
                   for number in range(14))
    (tmp_path / "office.csv").write_text(HEAD + rows)
    asked = CliRunner().invoke(match, [str(tmp_path / "office.csv"), "--out", str(tmp_path / "pairs.csv"), "--json"],
                               obj=Settings())
    assert json.loads(asked.stdout)["crowded"] == [{"lon": 114.3, "lat": -8.3, "works": 14}]
    assert "14 kegiatan bertitik sama (114.300000, -8.300000)" in asked.stderr


def test_two_files_are_linked_and_not_searched_in_themselves(files):
    linking.link(files / "first.csv", files / "second.csv", files / "pairs.csv")
    pairs = pd.read_csv(files / "pairs.csv")
    assert set(pairs[["left_id", "right_id"]].itertuples(index=False, name=None)) == {("A2", "B1"), ("A2", "B2")}


def test_a_named_column_is_the_id_and_an_unknown_one_is_refused(files):
    linking.link(files / "first.csv", None, files / "pairs.csv", id_column="anggaran")
    assert pd.read_csv(files / "pairs.csv").loc[0, "left_id"] == "87350000#2"
    with pytest.raises(ColumnsUnknown):
        linking.link(files / "first.csv", None, files / "pairs.csv", id_column="nomor")


@pytest.mark.parametrize("ending", ["csv", "xlsx", "parquet", "geojson", "gpkg"])
def test_every_ending_holds_the_same_pairs(files, ending):
    out = files / f"pairs.{ending}"
    linking.link(files / "first.csv", None, out, every=True)
    if ending in ("geojson", "gpkg"):
        read = gpd.read_file(out)
        assert read.geometry.iloc[0].geom_type == "LineString"
    else:
        read = pd.DataFrame([linking.stored_pair(out, 1 if ending == "parquet" else 2)])
    assert read.loc[0, "kind"] == "same_record"
    assert read.loc[0, "left_id"] == "A1#2"


def test_an_unknown_ending_is_refused_before_anything_is_written(files):
    with pytest.raises(FormatUnknown):
        linking.link(files / "first.csv", None, files / "pairs.doc")
    assert not (files / "pairs.doc").exists()


def test_the_command_says_what_it_found_and_explains_a_line_from_itself(files):
    runner = CliRunner()
    out = str(files / "pairs.csv")
    done = runner.invoke(match, [str(files / "first.csv"), "--out", out, "--json"], obj=Settings())
    assert done.exit_code == 0, done.output
    assert json.loads(done.stdout)["to_look_at"] == 1
    told = runner.invoke(explain, [out, "2", "--json"])
    found = json.loads(told.stdout)
    assert sum(part["weight"] for part in found["parts"]) == pytest.approx(found["score"])
    assert found["reason"] in runner.invoke(explain, [out, "2"]).stdout


def test_a_faulty_row_is_left_out_and_said(files):
    (files / "faulty.csv").write_text(FIRST + "A9,Talud Krajan,2024,DDS,5000000,98.5,114.3\n")
    done = CliRunner().invoke(match, [str(files / "faulty.csv"), "--out", str(files / "p.csv")], obj=Settings())
    assert done.exit_code == 1
    assert len(pd.read_csv(files / "p.csv")) == 1


def test_a_table_of_pairs_with_headings_only_is_said_to_hold_none(files):
    linking.link(files / "first.csv", None, files / "pairs.csv")
    headings = (files / "pairs.csv").read_text("utf-8").splitlines()[0]
    (files / "none.csv").write_text(headings + "\n", "utf-8")
    with pytest.raises(ColumnsUnknown) as refused:
        linking.stored_pair(files / "none.csv", 2)
    assert "tidak berisi satu pasangan pun" in worded(refused.value.sentence, "id")


def test_explain_refuses_what_is_no_table_of_pairs(files):
    with pytest.raises(ColumnsUnknown):
        linking.stored_pair(files / "first.csv", 2)
    linking.link(files / "first.csv", None, files / "pairs.csv")
    with pytest.raises(ColumnsUnknown):
        linking.stored_pair(files / "pairs.csv", 99)


def test_a_file_with_too_many_rows_to_understand_is_told_what_has_no_limit(files, monkeypatch):
    """Otherwise whoever has a million works is told to split them, and pairs across the pieces are lost."""
    monkeypatch.setattr(linking.rows, "read", partial(linking.rows.read, limits=Limits(rows=2)))
    with pytest.raises(FileRefused) as refused:
        linking.link(files / "first.csv", None, files / "pairs.csv")
    said = worded(refused.value.sentence, "en")
    assert "GeoParquet" in said
    assert "region_code" in said
    assert not (files / "pairs.csv").exists()


@pytest.mark.parametrize("suffix", ["csv", "xlsx", "parquet"])
def test_a_table_of_pairs_is_explained_in_another_language_than_it_was_written_in(files, monkeypatch, suffix):
    out = files / f"pairs.{suffix}"
    linking.link(files / "first.csv", None, out, language="id")
    row = "1" if suffix == "parquet" else "2"
    said = {}
    for language in ("id", "en"):
        monkeypatch.setattr(terminal, "language", language)
        said[language] = CliRunner().invoke(explain, [str(out), row]).stdout.splitlines()
        assert json.loads(CliRunner().invoke(explain, [str(out), row, "--json"]).stdout)["reason"] == said[language][0]
    assert said["id"][0] == linking.stored_pair(out, int(row))["reason"]
    assert said["en"][0].endswith("in 2024: looks like one record entered twice.")
    assert len(said["id"]) == len(said["en"])
    assert not set(said["id"][1:-1]) & set(said["en"][1:-1]), "every part is worded, not only the reason"


def test_a_table_of_pairs_of_an_earlier_version_is_still_explained(files):
    """It holds no sentence to word anew, an evidence that is measured no more and a level that there is no more."""
    linking.link(files / "first.csv", None, files / "pairs.csv")
    pairs = pd.read_csv(files / "pairs.csv").drop(columns="sentence")
    pairs.assign(level_moon=1, w_moon=0.5, level_place=99, score=pairs["score"] + 0.5).to_csv(files / "old.csv")
    told = CliRunner().invoke(explain, [str(files / "old.csv"), "2"], catch_exceptions=False).stdout
    assert pairs.loc[0, "reason"] in told
    assert "petunjuk “moon” dari versi sebelumnya: tingkat 1" in told
    assert "tingkat 99 dari versi sebelumnya" in told
    found = json.loads(CliRunner().invoke(explain, [str(files / "old.csv"), "2", "--json"]).stdout)
    assert sum(part["weight"] for part in found["parts"]) == pytest.approx(found["score"])


@pytest.mark.parametrize(("bare", "said"), [
    ("A", "Kegiatan pertama tanpa titik koordinat"), ("B", "Kegiatan kedua tanpa titik koordinat"),
    ("AB", "Tanpa titik koordinat")])
def test_the_reason_says_which_of_two_works_has_no_point(tmp_path, bare, said):
    rows = "".join(f"{name},Posyandu Mawar RT 02 RW 01,2024,DDS,87350000,35.10.01.2001,"
                   f"{',' if name in bare else '-8.3,114.3'}\n" for name in "AB")
    (tmp_path / "works.csv").write_text("id,nama kegiatan,tahun,sumber dana,anggaran,kode desa,lat,lon\n" + rows)
    linking.link(tmp_path / "works.csv", None, tmp_path / "pairs.csv")
    pair = pd.read_csv(tmp_path / "pairs.csv").iloc[0]
    assert (pair["left_id"], pair["right_id"]) == ("A", "B")
    assert pair["reason"].startswith(said)
