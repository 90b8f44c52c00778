"""Exports from the database: what a person may read, all of it, in one moment, and nothing beyond a day."""

import csv
import io
import json
import os
import time
from uuid import UUID

import geopandas as gpd
import psycopg
import pytest
import shapely

from app.errors import Refused
from app.jobs import exporting, worker
from app.jobs.progress import Told
from app.queries import exports, jobs
from app.queries.areas import Area, AreaFaulty
from app.queries.exported_works import Wanted
from geo.exports import FORMATS
from tests import build
from tests.desk import HEAD

ALL = ""


@pytest.fixture
def works(desk):
    """A point, a line, a work in three places, one without a place, a draft here and a draft elsewhere."""
    here, far = desk.places.village, desk.places.far
    make = {
        "point": build.project(desk.committing, here, name="Sumur bor", category="water", record="K1"),
        "line": build.project(desk.committing, here, name="Rabat beton", at=build.line((0, 0), (200, 0))),
        "three": build.project(desk.committing, here, name="PJU", category="lighting", at=build.away(500)),
        "bare": build.project(desk.committing, here, name="Pos kamling", at=None, amount=None),
        "draft": build.project(desk.committing, here, name="Usulan sendiri", stage="proposed"),
        "foreign": build.project(desk.committing, far, name="Usulan rahasia", stage="proposed"),
    }
    for part in (2, 3):
        build.site(desk.committing, make["three"], build.away(500 + 30 * part), part=part)
    return make


def export(desk, query=ALL, *, person=None, source="works", form="geojson", language="id"):
    """The file of a list as `person` gets it, opened."""
    out = desk.settings.var / f"taken{FORMATS[form].SUFFIX}"
    out.parent.mkdir(exist_ok=True)
    chosen = exporting.SOURCES[source]
    with desk.database.transaction(read_only=True, person=person or desk.field, snapshot=True) as connection:
        made = exporting.write(connection, desk.settings, chosen, chosen.parse(query), form, language, out)
    return made, out


def names(desk, query=ALL, **more):
    made, out = export(desk, query, **more)
    found = [one["properties"]["name"] for one in json.loads(out.read_text("utf-8"))["features"]]
    assert made.rows == len(found)
    return sorted(found)


def order(desk, person=None, query=ALL, form="csv"):
    person = person or desk.field
    source = exporting.SOURCES["works"]
    with desk.database.transaction(read_only=False, person=person) as connection:
        return exporting.order(connection, person, source, source.parse(query), form, "id")


def seen(desk, new, person=None):
    with desk.database.transaction(read_only=True, person=person or desk.field) as connection:
        return exports.by_id(connection, new)


def test_everything_a_person_may_read_is_in_the_file_and_no_foreign_draft(desk, works):
    assert names(desk) == ["PJU", "Pos kamling", "Rabat beton", "Sumur bor", "Usulan sendiri"]
    made, _ = export(desk)
    assert (made.rows, made.without_point, made.draft_regions) == (5, 1, {desk.places.village})
    stranger = build.person(desk.committing, "field", desk.places.neighbour)
    assert "Usulan sendiri" not in names(desk, person=stranger)
    assert "Usulan rahasia" in names(desk, person=desk.planner)


def test_without_the_policies_the_query_still_hides_a_foreign_draft(desk, works):
    """Each layer alone is enough; the other one is tested by every query that forgets it."""
    for table in ("project", "site"):
        desk.committing.execute(f"CREATE POLICY everything_{table} ON {table} FOR SELECT USING (true)")
    assert "Usulan rahasia" not in names(desk)


def test_the_filter_the_area_and_the_selection_narrow_each_other(desk, works):
    west, south = build.away(-50, -50)
    east, north = build.away(100, 50)
    box = f"{west},{south},{east},{north}"
    assert names(desk, f"area={box}") == ["Rabat beton", "Sumur bor", "Usulan sendiri"]
    assert names(desk, f"area={shapely.box(west, south, east, north).wkt}&stage=done") == ["Rabat beton", "Sumur bor"]
    assert names(desk, f"box={box}&selected={works['point']},{works['three']},bukan") == ["Sumur bor"]
    assert names(desk, "pointless=1") == ["Pos kamling"]


def test_a_foreign_draft_is_not_had_by_naming_it(desk, works):
    with pytest.raises(Refused):
        export(desk, f"selected={works['foreign']}")


def test_an_area_is_what_touches_it_not_what_its_box_touches(desk, works):
    """A slanted strip whose box holds the works, but which passes them by."""
    corners = [build.away(-700, -1000), build.away(1000, 700), build.away(1000, 600), build.away(-600, -1000)]
    with pytest.raises(Refused):
        export(desk, f"area={shapely.Polygon(corners).wkt}")


@pytest.mark.parametrize(("text", "said"), [
    ("POLYGON ((0 0, 1 1, 1 0, 0 1, 0 0))", "crosses_itself"), ("POINT (1 1)", "unreadable"), ("1,2,3", "unreadable"),
    ("POLYGON ((", "unreadable"), ("POLYGON EMPTY", "unreadable"), ("4,0,3,1", "unreadable"),
    ("nan,0,3,1", "unreadable"), ("POLYGON ((0 0, 200 0, 200 1, 0 0))", "not_on_earth"),
    (f"POLYGON (({', '.join(f'{x / 1000} {x % 2}' for x in range(5000))}, 0 0))", "too_many")])
def test_an_area_that_is_none_is_refused_in_words(text, said):
    with pytest.raises(AreaFaulty, match=said):
        Area.parse(text)


def test_what_is_wanted_is_written_and_read_as_the_same(works):
    text = f"year=2024&fund=DDS&area=114.1,-8.3,114.2,-8.2&selected={works['point']}"
    wanted = Wanted.parse(text)
    assert Wanted.parse(wanted.query_string()) == wanted
    assert len(wanted.selected) == 1


def test_the_index_answers_an_area_under_row_level_security(desk, works):
    desk.committing.execute(
        """
        SET session_replication_role = replica;
        INSERT INTO site (project_id, region_id, draft, geom, entered_by)
        SELECT p.id, p.region_id, false, ST_SetSRID(ST_MakePoint(113 + i * 1e-4, -8), 4326), p.entered_by
          FROM generate_series(1, 20000) AS i, (SELECT * FROM project LIMIT 1) p;
        SET session_replication_role = origin; ANALYZE site""")
    wanted = Wanted.parse("area=114.369,-8.22,114.37,-8.219")
    query, values = exporting.SOURCES["works"].query(wanted)
    with desk.database.transaction(read_only=True, person=desk.field) as connection:
        plan = "\n".join(row[0] for row in connection.execute(
            psycopg.sql.SQL("EXPLAIN ") + query, values))
    assert "site_geom" in plan


def test_a_work_in_several_places_is_one_row_with_all_of_them(desk, works):
    _, out = export(desk, f"selected={works['three']}", form="gpkg")
    [row] = gpd.read_file(out).itertuples()
    assert (row.geometry.geom_type, len(row.geometry.geoms), row.sites) == ("MultiPoint", 3, 3)


def test_only_the_places_that_count_are_given(desk, works):
    build.site(desk.committing, works["line"], build.away(10), role="visited")
    _, out = export(desk, f"selected={works['line']}", form="gpkg")
    assert gpd.read_file(out).geometry[0].geom_type == "Point"


def test_the_note_names_filter_person_and_time(desk, works):
    _, out = export(desk, "stage=done&q=beton", language="en")
    told = json.loads(out.read_text("utf-8"))["pantau"]
    assert (told["list"], told["rows"], told["query"]) == ("works", 1, "stage=done&q=beton")
    for part in ("Name contains: beton", "Stage: Done", "Made by: Operator", "List of projects"):
        assert part in told["note"]
    desk.committing.execute("INSERT INTO installation (currency, timezone, secret, demonstration) "
                            "VALUES ('IDR', 'Asia/Jakarta', 'x', true)")
    _, out = export(desk, form="csv")
    assert "DATA CONTOH" in out.read_text("utf-8-sig").splitlines()[1]


def test_a_file_that_is_sent_back_unchanged_changes_nothing(desk):
    """`pantau_id` names each work, its facts and its place are read as they were written."""
    first = desk.read(HEAD +
                      "K1,Rabat beton jalan RT 01,2024,Dana Desa,180000000,Sarongan,Pesanggaran,-8.2192,114.3692\n"
                      "K2,-Drainase Dusun Sumberjambe,2023,ADD,95000000,Sarongan,Pesanggaran,-8.2250,114.3752\n"
                      "K3,Rehab pos kamling RT 04,2022,Dana Desa,12000000,Sarongan,Pesanggaran,,\n")
    assert desk.store(first)["stored"] == 3
    for form in ("csv", "xlsx"):
        _, out = export(desk, form=form)
        again = desk.read(out.read_bytes(), name=f"ekspor.{form}")
        outcome = desk.store(again)
        assert (outcome["stored"], outcome["updated"], outcome["unchanged"]) == (0, 0, 3), form


def test_a_place_that_was_seen_planned_or_drawn_is_no_claim_when_its_file_is_sent_back(desk):
    """Verdicts rest on how a place was taken, too: a list got back must neither measure a chord nor claim a visit."""
    here = desk.places.village
    made = [build.project(desk.committing, here, name=f"Rabat beton RT 0{number}", at=None) for number in range(5)]
    places = (("claimed", "chord", build.line((0, 0), (200, 0)), 15), ("claimed", "drawn", build.away(300), 10),
              ("visited", "exif", build.away(600), 8.2), ("planned", "gps", build.away(900), 6.1),
              ("visited", "gps", build.away(1200), None))
    for work, (role, method, at, accuracy_m) in zip(made, places, strict=True):
        build.site(desk.committing, work, at, role=role, method=method, accuracy_m=accuracy_m)
    build.site(desk.committing, made[1], build.away(330), method="drawn", accuracy_m=10, part=2)
    before = desk.one("SELECT array_agg(id ORDER BY id) FROM site WHERE superseded_at IS NULL")
    for form in ("csv", "xlsx"):
        _, out = export(desk, form=form)
        outcome = desk.store(desk.read(out.read_bytes(), name=f"ekspor.{form}"))
        assert (outcome["stored"], outcome["updated"], outcome["unchanged"]) == (0, 0, 5), form
    assert desk.one("SELECT array_agg(id ORDER BY id) FROM site WHERE superseded_at IS NULL") == before
    _, out = export(desk)
    edited = json.loads(out.read_text("utf-8"))
    seen = next(one for one in edited["features"] if one["properties"]["name"] == "Rabat beton RT 02")
    seen["geometry"]["coordinates"][0] += 0.001
    assert desk.store(desk.read(json.dumps(edited), name="ekspor.geojson"))["updated"] == 1
    assert desk.one("SELECT count(*) FROM site WHERE role = 'claimed' AND project_id = %s", made[2]) == 1


def test_a_pair_is_a_row_with_both_works_and_strength_in_words(desk, works):
    pair = build.pair(desk.committing, works["point"], works["line"])
    build.verdict(desk.committing, build.pair(desk.committing, works["point"], works["three"]), desk.planner,
                  note="=cmd()")
    build.pair(desk.committing, works["point"], works["foreign"])
    made, out = export(desk, source="pairs", form="csv")
    [row] = csv.DictReader(io.StringIO(out.read_text("utf-8-sig"), newline=""), delimiter=";")
    assert (row["Nomor pasangan"], row["Kekuatan"], row["Jarak (m)"]) == (str(pair), "Kuat", "6")
    assert {row["A: Nama kegiatan"], row["B: Nama kegiatan"]} == {"Sumur bor", "Rabat beton"}
    assert row["Alasan"] == "6 m"
    assert not any("0.97" in (cell or "") for cell in row.values())
    _, out = export(desk, "state=judged", source="pairs", form="csv")
    assert "'=cmd()" in out.read_text("utf-8-sig")
    made, out = export(desk, source="pairs", form="gpkg")
    assert made.rows == len(gpd.read_file(out)) == 1


def test_a_look_alike_is_not_exported_as_something_to_look_at(desk, works):
    build.pair(desk.committing, works["point"], works["line"], kind="maintenance")
    _, out = export(desk, "state=alike", source="pairs", form="csv")
    [row] = csv.DictReader(io.StringIO(out.read_text("utf-8-sig"), newline=""), delimiter=";")
    assert row["Keadaan"] == "mirip tetapi wajar"


def test_a_large_list_is_made_by_a_job_and_fetched_by_its_person_alone(desk, works):
    new = order(desk)
    worker.run(desk.settings, desk.database.url, until_empty=True)
    export_row = seen(desk, new)
    assert (export_row.rows, export_row.without_point, export_row.allowed) == (5, 1, True)
    place = exporting.held(desk.settings, export_row)
    assert place.stat().st_size == export_row.bytes
    assert len(place.read_text("utf-8-sig").splitlines()) == 6
    with desk.database.transaction(read_only=True, person=desk.field) as connection:
        job = jobs.by_id(connection, export_row.job_id)
    assert (job.state, job.done, job.total) == ("done", 5, 5)
    assert seen(desk, new, desk.planner) is None


def test_a_job_runs_with_the_rights_its_person_holds_when_it_runs(desk, works):
    new = order(desk)
    desk.committing.execute("UPDATE person_grant SET valid_to = now() WHERE person_id = %s", [desk.field])
    exporting.make(desk.database, desk.settings, desk.field, new, Told())
    assert seen(desk, new).rows == 4  # without the draft
    desk.committing.execute("UPDATE person SET active = false WHERE id = %s", [desk.field])
    with pytest.raises(Refused):
        exporting.make(desk.database, desk.settings, desk.field, order(desk), Told())


def test_a_file_with_drafts_is_withheld_once_they_may_no_longer_be_read(desk, works):
    new = order(desk)
    exporting.make(desk.database, desk.settings, desk.field, new, Told())
    assert seen(desk, new).allowed
    desk.committing.execute("UPDATE person_grant SET valid_to = now() WHERE person_id = %s", [desk.field])
    assert not seen(desk, new).allowed


def test_a_file_is_deleted_after_a_day_and_not_given_out_before_that_is_done(desk, works):
    new = order(desk)
    exporting.make(desk.database, desk.settings, desk.field, new, Told())
    place = exporting.held(desk.settings, seen(desk, new))
    assert exporting.clear(desk.settings) == 0
    desk.committing.execute("UPDATE export SET made_at = now() - interval '25 hours' WHERE id = %s", [new])
    assert place.exists()
    assert exporting.held(desk.settings, seen(desk, new)) is None
    old = time.time() - 25 * 3600
    os.utime(place, (old, old))
    assert exporting.clear(desk.settings) == 1
    assert not place.exists()


def test_what_is_counted_first_is_what_is_written(desk, works):
    """A work that is stored while the file is written is not in it: the note would be wrong."""
    source = exporting.SOURCES["works"]
    out = desk.settings.var / "a.geojson"
    out.parent.mkdir(exist_ok=True)

    def meanwhile(doing, done, total):
        if doing == "job.exporting" and not done:
            build.project(desk.committing, desk.places.village, name="Baru")

    with desk.database.transaction(read_only=True, person=desk.field, snapshot=True) as connection:
        made = exporting.write(connection, desk.settings, source, source.parse(ALL), "geojson", "id", out, meanwhile)
    assert made.rows == json.loads(out.read_text())["pantau"]["rows"] == 5


def test_an_export_cannot_be_noted_for_somebody_else(desk):
    with pytest.raises(psycopg.errors.InsufficientPrivilege), \
            desk.database.transaction(read_only=False, person=desk.field) as connection:
        exports.ask(connection, desk.planner, "works", "", "csv", "id")


def test_nobody_in_particular_may_export_nothing(desk, works):
    source = exporting.SOURCES["works"]
    with pytest.raises(Refused), desk.database.transaction(read_only=True, snapshot=True) as connection:
        exporting.write(connection, desk.settings, source, source.parse(ALL), "csv", "id", desk.settings.var / "a")


def test_an_unknown_id_and_a_foreign_one_are_alike(desk, works):
    new = order(desk)
    assert seen(desk, new, desk.planner) is seen(desk, UUID(int=7)) is None


def test_what_is_being_made_already_is_not_made_twice(desk, works):
    first = order(desk)
    assert order(desk) == first
    assert order(desk, form="gpkg") != first
    worker.run(desk.settings, desk.database.url, until_empty=True)
    assert order(desk) != first
