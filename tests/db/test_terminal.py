"""The commands as a script calls them: what stands on stdout, what is said beside it, and how they end."""

import json

import psycopg
import pytest

from app import cli
from app.installation import terminal


@pytest.fixture
def pantau(settings, monkeypatch, capsys):
    """`pantau("upload", …)`: (exit code, stdout, stderr) of the command on a database of its own."""
    monkeypatch.setenv("DATABASE_URL", settings.database_url)
    monkeypatch.setenv("PANTAU_VAR", str(settings.var))
    monkeypatch.setattr(terminal, "language", "id")

    def call(*arguments: object) -> tuple[int, str, str]:
        monkeypatch.setattr("sys.argv", ["pantau", *map(str, arguments)])
        code = 0
        try:
            cli.main()
        except SystemExit as ended:
            code = ended.code or 0
        said = capsys.readouterr()
        return code, said.out, said.err

    return call


def test_a_refused_file_is_one_answer_on_stdout_and_kept_as_refused(pantau, settings, tmp_path):
    pantau("person", "add", "sari", "--role", "planner")
    (tmp_path / "laporan.csv").write_bytes(b"%PDF-1.7\n1 0 obj\n")
    code, out, said = pantau("upload", tmp_path / "laporan.csv", "--person", "sari", "--yes", "--json")
    answer = json.loads(out)
    assert code == 2
    assert "PDF" in answer["refusal"]
    assert answer["refusal"] in said
    assert {name: answer[name] for name in ("rows", "stored", "updated", "unchanged", "left_out")} == dict.fromkeys(
        ("rows", "stored", "updated", "unchanged", "left_out"), 0)
    with psycopg.connect(settings.database_url) as connection:
        assert connection.execute("SELECT id::text, state FROM upload").fetchall() == [(answer["upload"], "refused")]

    (tmp_path / "baik.csv").write_text("nama kegiatan,tahun\nRabat beton jalan Krajan,2024\n", "utf-8")
    code, out, _ = pantau("upload", tmp_path / "baik.csv", "--person", "sari", "--yes", "--json")
    assert json.loads(out)["refusal"] is None
    assert json.loads(out).keys() == answer.keys()


@pytest.mark.parametrize("arguments", [
    ("check", "--wkt", "POINT (oops", "--json"), ("check", "--lon", "999", "--lat", "0", "--json"),
    ("upload", "nowhere.csv", "--person", "sari", "--json")])
def test_what_is_refused_before_the_database_is_asked_answers_too(pantau, arguments):
    code, out, said = pantau(*arguments)
    assert code == 2
    assert json.loads(out)["refusal"] in said


def test_a_file_that_cannot_be_located_matched_or_explained_answers_too(pantau, tmp_path):
    wrong = tmp_path / "x.csv"
    wrong.write_text("foo,bar,baz\n1,2,3\n", "utf-8")
    for arguments in (("locate", wrong, "--out", tmp_path / "o.csv", "--problems", tmp_path / "p.csv"),
                      ("match", wrong, "--out", tmp_path / "o.csv"), ("explain", wrong, 2)):
        code, out, said = pantau(*arguments, "--json")
        assert code == 2, arguments
        assert json.loads(out)["refusal"] in said
        assert pantau(*arguments)[1] == ""


def test_a_person_who_is_there_already_is_said_to_be_and_which_role_was_added(pantau):
    assert "sudah terdaftar" not in pantau("person", "add", "sari", "--role", "field")[2]
    said = pantau("person", "add", "sari", "--role", "planner", "--full-name", "Sari Dewi")[2]
    assert "sari sudah terdaftar; peran planner" in said
    assert "Nama lengkap yang tercatat tidak diubah" in said
    assert "sudah berperan planner" in pantau("person", "add", "sari", "--role", "planner")[2]


def test_somebody_is_listed_shut_out_let_in_again_and_forgotten(pantau, settings):
    pantau("person", "add", "sari", "--role", "auditor", "--full-name", "Sari Dewi")
    pantau("person", "add", "kepala", "--role", "admin")
    listed = pantau("person", "list")[1].splitlines()
    assert [line.split() for line in listed] == [["kepala", "kepala", "admin"], ["sari", "Sari", "Dewi", "auditor"]]
    assert "sekali pakai" in pantau("person", "add", "sari", "--role", "auditor")[2]
    assert "tidak dapat masuk lagi" in pantau("person", "end", "sari")[2]
    assert "(nonaktif)" in pantau("person", "list")[1]
    code, out, said = pantau("person", "link", "sari")
    assert (code, out) == (2, "")
    assert "dinonaktifkan" in said
    assert "aktif lagi" in pantau("person", "add", "sari", "--role", "auditor")[2]
    assert pantau("person", "forget", "sari", "--yes")[0] == 0
    assert "ari" not in pantau("person", "list")[1]
    for command in ("end", "forget"):
        code, _, said = pantau("person", command, "kepala", *(["--yes"] if command == "forget" else []))
        assert code == 2
        assert "pengelola terakhir" in said
        assert pantau("person", command, "tidakada")[0] == 2
    with psycopg.connect(settings.database_url) as connection:
        assert connection.execute("SELECT count(*) FROM person WHERE full_name LIKE '%%Sari%%'").fetchone() == (0,)


def test_a_check_of_invented_works_says_so_to_people_and_to_scripts(pantau, settings):
    asked = ("check", "--lon", "114.37", "--lat", "-8.22")
    assert "note" not in json.loads(pantau(*asked, "--json")[1])
    with psycopg.connect(settings.database_url) as connection:
        connection.execute("UPDATE installation SET demonstration = true")
    assert json.loads(pantau(*asked, "--json")[1])["note"] == "DATA CONTOH, bukan kegiatan nyata"
    assert "DATA CONTOH, bukan kegiatan nyata" in pantau(*asked)[1]


def test_an_upload_without_a_good_row_is_answered_and_waits_for_nobody(pantau, settings, tmp_path):
    pantau("person", "add", "sari", "--role", "planner")
    (tmp_path / "kosong.csv").write_text("nama kegiatan,tahun\n,2024\n,2025\n", "utf-8")
    code, out, _ = pantau("upload", tmp_path / "kosong.csv", "--person", "sari", "--yes", "--json")
    answer = json.loads(out)
    assert (code, answer["rows"], answer["stored"], answer["left_out"], len(answer["problems"])) == (2, 2, 0, 2, 2)
    with psycopg.connect(settings.database_url) as connection:
        assert connection.execute("SELECT state FROM upload").fetchall() == [("dropped",)]
        assert connection.execute("SELECT count(*) FROM upload_row").fetchone() == (0,)


def test_a_check_takes_what_people_call_a_fund_and_says_what_it_was_read_as(pantau):
    asked = ("check", "--lon", "114.37", "--lat", "-8.22", "--work", "Rabat beton", "--fund")
    code, out, _ = pantau(*asked, "DD", "--json")
    assert code == 0
    assert json.loads(out)["read"] == {"fund": {"typed": "DD", "code": "DDS", "words": "Dana Desa"},
                                       "work": {"typed": "Rabat beton", "code": "road", "words": "Jalan"}}
    code, out, said = pantau(*asked, "Alokasi Dana Desa")
    assert (code, "dibaca sebagai ADD (Alokasi Dana Desa)" in said) == (0, True)
    _, out, _ = pantau("check", "--lon", "114.37", "--lat", "-8.22", "--json")
    assert json.loads(out)["read"] == {}


@pytest.mark.parametrize(("fund", "expected"), [("DD + ADD", ["DDS (Dana Desa)", "ADD (", "Beri satu saja"]),
                                                ("Tabungan", ["Tabungan", "DDS (Dana Desa)", "DLL ("])])
def test_a_fund_that_is_none_or_two_is_refused_with_what_is_expected(pantau, fund, expected):
    code, out, _ = pantau("check", "--lon", "114.37", "--lat", "-8.22", "--fund", fund, "--json")
    assert code == 2
    refusal = json.loads(out)["refusal"]
    assert [part for part in expected if part not in refusal] == []


def test_every_label_that_is_none_is_told_at_once_to_people_and_to_scripts(pantau, tmp_path):
    lines = ["name_1,name_2,label", *(f"a,b,{label}" for label in ["1", "ya", *["0", "tidak"] * 60])]
    (tmp_path / "l.csv").write_text("\n".join(lines) + "\n", "utf-8")
    code, out, said = pantau("train", tmp_path / "l.csv", "--out", tmp_path / "m.json", "--json")
    answer = json.loads(out)
    assert code == 2
    assert answer["refusal"].startswith("61 baris tidak dapat dipakai")
    assert [one["row"] for one in answer["problems"]] == [3, *range(5, 124, 2)]
    assert answer["problems"][0] == {"file": "l.csv", "row": 3, "column": "label", "value": "ya", "reason":
                                     "Label ini tidak dikenal. Yang diharapkan: 0, 1, atau kosong."}
    assert "l.csv, baris 3, label “ya”: Label ini tidak dikenal" in said
    assert said.count("l.csv, baris ") == 50
    assert "dan 11 lainnya" in said
