"""Real input that nobody here wrote: 9,855 works with other columns, another currency and no known region."""

import csv
import io
from collections.abc import Callable, Iterator
from pathlib import Path
from uuid import UUID

import psycopg
import pytest

from app.db import Database
from app.jobs import reading, storing
from app.jobs import uploads as sending
from app.jobs.progress import Told
from app.queries import installation
from app.settings import Settings
from tests import build
from tests import database as databases

FILE = "flood_control/flood_control_projects.csv"
ROWS, RECORDS_IN_SEVERAL_YEARS, PAIRS_OF_THOSE = 9_855, 27, 29


@pytest.fixture(scope="module")
def committing(module_database: databases.Database) -> Iterator[psycopg.Connection]:
    with build.superuser(module_database) as connection:
        yield connection


@pytest.fixture(scope="module")
def sent(module_database: databases.Database, committing: psycopg.Connection, tmp_path_factory,
         ) -> Iterator[Callable[[str], dict]]:
    """`sent(text)`: upload a file as the administrator of an installation in pesos; answers what it did."""
    installation.begin(committing, "PHP", "Asia/Manila", b"only for tests")
    person = build.person(committing, "admin")
    database = Database(module_database.web_dsn, size=4)
    settings = Settings(var=tmp_path_factory.mktemp("var"), currency="PHP")

    def send(text: str) -> dict:
        with database.transaction(read_only=False, person=person) as connection:
            upload = sending.receive(connection, settings, person, build.root(connection), "works.csv",
                                     io.BytesIO(text.encode()))
        reading.read(database, settings, person, upload, Told())
        return storing.store(database, settings, person, upload, Told())

    yield send
    database.close()


@pytest.fixture(scope="module")
def first(sent: Callable[[str], dict], committing: psycopg.Connection, text: str) -> dict:
    return sent(text)


@pytest.fixture(scope="module")
def text(request: pytest.FixtureRequest) -> str:
    find = request.getfixturevalue("real_data")
    return Path(find(FILE)).read_text("utf-8")


def of_one_record(committing: psycopg.Connection) -> dict[str, int]:
    """The kinds of the pairs whose two rows carry one project id, by their uploaded row."""
    return dict(committing.execute(
        """
        SELECT x.kind, count(*) FROM pair x
          JOIN upload_row a ON a.project_id = x.left_project AND a.outcome = 'stored'
          JOIN upload_row b ON b.project_id = x.right_project AND b.outcome = 'stored'
         WHERE x.retired_at IS NULL AND split_part(a.raw ->> 'project_id', '#', 1) = b.raw ->> 'project_id'
         GROUP BY 1
        """).fetchall())


def test_every_good_row_is_stored_and_no_region_is_made_up(first: dict, committing) -> None:
    assert (first["stored"], first["left_out"]) == (ROWS, 0)
    assert committing.execute("SELECT count(*), count(DISTINCT source_key), bool_or(village_known) FROM project "
                              ).fetchone() == (ROWS, ROWS, False)
    assert committing.execute("SELECT count(*) FROM project WHERE claimed_region IS NULL").fetchone() == (0,)


def test_money_keeps_its_cents_and_both_date_formats_are_read(first: dict, committing) -> None:
    amount, started, ended = committing.execute(
        "SELECT amount, start_date, end_date FROM project WHERE record = 'P00824759LZ'").fetchone()
    assert (str(amount), started.isoformat(), ended.isoformat()) == ("17961569.07", "2024-02-15", "2024-05-23")


def test_a_record_of_several_years_is_one_record_and_never_paid_twice(first: dict, committing) -> None:
    assert of_one_record(committing) == {"same_record": PAIRS_OF_THOSE}


def test_the_same_file_again_adds_nothing(first: dict, sent, committing, text: str) -> None:
    pairs = committing.execute("SELECT count(*) FROM pair WHERE retired_at IS NULL").fetchone()
    again = sent(text)
    assert (again["stored"], again["updated"], again["unchanged"]) == (0, 0, ROWS)
    assert committing.execute("SELECT count(*) FROM project").fetchone() == (ROWS,)
    assert committing.execute("SELECT count(*) FROM pair WHERE retired_at IS NULL").fetchone() == pairs


def test_without_id_and_contract_the_records_are_still_not_paid_twice(
        cloned_database, tmp_path, text: str) -> None:
    rows = list(csv.DictReader(io.StringIO(text)))
    ids: dict[str, list[str]] = {}
    for number, row in enumerate(rows):
        ids.setdefault(row["project_id"], []).append(str(number))
    kept = [name for name in rows[0] if name not in ("project_id", "report_contract_id")]
    bare = io.StringIO()
    writer = csv.DictWriter(bare, kept, extrasaction="ignore")
    writer.writeheader()
    writer.writerows(rows)
    several = {number: key for key, numbers in ids.items() if len(numbers) > 1 for number in numbers}
    assert len(set(several.values())) == RECORDS_IN_SEVERAL_YEARS
    with build.superuser(cloned_database) as committing:
        installation.begin(committing, "PHP", "Asia/Manila", b"only for tests")
        person: UUID = build.person(committing, "admin")
        database, settings = Database(cloned_database.web_dsn), Settings(var=tmp_path, currency="PHP")
        with database.transaction(read_only=False, person=person) as connection:
            upload = sending.receive(connection, settings, person, build.root(connection), "bare.csv",
                                     io.BytesIO(bare.getvalue().encode()))
        reading.read(database, settings, person, upload, Told())
        assert storing.store(database, settings, person, upload, Told())["stored"] == ROWS
        pairs = committing.execute(
            """
            SELECT a.position::text, b.position::text, x.kind FROM pair x
              JOIN upload_row a ON a.project_id = x.left_project JOIN upload_row b ON b.project_id = x.right_project
             WHERE x.retired_at IS NULL
            """).fetchall()
        database.close()
    named = [kind for left, right, kind in pairs if left in several and several[left] == several.get(right)]
    assert len(named) == PAIRS_OF_THOSE
    assert not {"double_funding", "repeat_funding"} & set(named)
