"""What a person said that columns mean: remembered for the next file, for the region and those below it."""

from uuid import UUID

from app.queries import column_mappings
from tests import build
from tests.db.test_corrections import read_again
from tests.desk import Desk

STRANGE = "nama kegiatan,tahun,ket\nPembangunan gapura,2023,sebelah masjid\nPembangunan pos kamling,2022,dekat sawah\n"


def meaning_of(desk: Desk, upload: UUID, person: UUID | None = None) -> dict[str, tuple]:
    return {one["column"]: (one["meaning"], one["how"]) for one in desk.seen(upload, person).columns}


def test_what_a_person_said_of_columns_is_remembered_for_the_next_file_of_the_same_shape(desk):
    first = desk.read(STRANGE)
    assert meaning_of(desk, first)["ket"][0] is None
    read_again(desk, first, {"ket": "place"})
    second = desk.read(STRANGE.replace("gapura", "tugu").replace("nama kegiatan", "NAMA_KEGIATAN"))
    assert meaning_of(desk, second)["ket"] == ("place", "remembered")
    assert [row.facts.get("place") for row in desk.rows(second)] == ["sebelah masjid", "dekat sawah"]
    with desk.database.transaction(read_only=True, person=desk.field) as connection:
        known = column_mappings.by_id(connection, desk.seen(second).mapping_id)
    assert (known.number, known.person) == (desk.seen(first).number, "Operator")
    assert meaning_of(desk, desk.read(STRANGE.replace("ket", "keterangan")))["keterangan"][0] is None


def test_a_remembered_mapping_can_be_forgotten(desk):
    read_again(desk, desk.read(STRANGE), {"ket": "place"})
    second = desk.read(STRANGE + "Tugu batas,2021,pertigaan\n")
    with desk.database.transaction(read_only=False, person=desk.field) as connection:
        assert column_mappings.forget(connection, desk.seen(second).mapping_id)
    read_again(desk, second, {})
    assert meaning_of(desk, second)["ket"][0] is None
    assert desk.seen(second).mapping_id is None


def test_a_mapping_of_an_office_holds_for_its_villages_and_no_village_decides_for_another(desk):
    neighbour = build.person(desk.committing, "field", desk.places.neighbour)
    read_again(desk, desk.read(STRANGE), {"ket": "place"})
    assert meaning_of(desk, desk.read(STRANGE, neighbour), neighbour)["ket"][0] is None
    office = desk.read(STRANGE, desk.planner)
    assert meaning_of(desk, office, desk.planner)["ket"][0] is None
    read_again(desk, office, {"ket": "contractor"}, desk.planner)
    below = desk.read(STRANGE, neighbour)
    assert meaning_of(desk, below, neighbour)["ket"] == ("contractor", "remembered")
    assert meaning_of(desk, desk.read(STRANGE))["ket"] == ("place", "remembered"), "the nearest word counts"
    with desk.database.transaction(read_only=False, person=neighbour) as connection:
        assert not column_mappings.forget(connection, desk.seen(below, neighbour).mapping_id)
        assert column_mappings.by_id(connection, desk.seen(below, neighbour).mapping_id).number is None


def test_a_new_word_about_the_columns_replaces_the_old_one(desk):
    read_again(desk, desk.read(STRANGE), {"ket": "place"})
    second = desk.read(STRANGE + "Tugu batas,2021,pertigaan\n")
    read_again(desk, second, {"ket": "contractor"})
    assert meaning_of(desk, desk.read(STRANGE + "Gardu,2020,timur pasar\n"))["ket"] == ("contractor", "remembered")
    assert desk.one("SELECT count(*) FROM column_mapping WHERE forgotten_at IS NULL") == 1
