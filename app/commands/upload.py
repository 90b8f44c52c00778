"""upload: a file of works is read, and its good rows are stored and compared, from the terminal."""

import json
import sys
from pathlib import Path
from uuid import UUID

import click

from app.access import SENDS
from app.db import Database
from app.errors import Refused
from app.installation import terminal
from app.installation.ready import Place, ready
from app.installation.terminal import Stop, choose, say
from app.jobs import reading, storing
from app.jobs import uploads as sending
from app.jobs.progress import Told
from app.queries import people, upload_rows, uploads
from app.queries.uploads import Upload
from app.settings import Settings
from geo.errors import FileRefused
from geo.sentences import Sentence, worded
from geo.tables import Problem

ALL = 1_000_000
COMPLETE, LEFT_OUT, NOTHING = 0, 1, 2


@click.command()
@click.argument("file", type=click.Path(exists=True, dir_okay=False, path_type=Path))
@click.option("--person", "name", required=True, help="User name of who sends it; their rights apply.")
@click.option("--yes", is_flag=True, help="Store the good rows and leave the faulty ones out, without asking.")
@click.option("--json", "as_json", is_flag=True, help="One object on stdout.")
@click.option("--mapping", type=click.Path(exists=True, dir_okay=False, path_type=Path),
              help='What columns mean, as JSON: {"column of the file": "name"}; "" for none.')
@click.pass_obj
def upload(settings: Settings, file: Path, name: str, yes: bool, as_json: bool, mapping: Path | None) -> None:
    """Read FILE, say everything that is wrong with it, store what is good, and list what may be there already."""
    said = _mapping(mapping)
    with ready(settings) as place:
        whose = _person(place, name)
        database = Database(place.web_url, size=4)
        try:
            answer = _send(database, settings, file, whose, said, yes)
        except Refused as refused:
            raise Stop(*_both(refused.sentence), answer=_nothing(None)) from None
        finally:
            database.close()
    if as_json:
        print(json.dumps(answer, ensure_ascii=False))
    else:
        _print(answer)
    if answer["stored"] + answer["updated"] + answer["unchanged"] == 0:
        sys.exit(NOTHING)
    sys.exit(LEFT_OUT if answer["left_out"] else COMPLETE)


def _mapping(path: Path | None) -> dict[str, str]:
    if path is None:
        return {}
    try:
        said = json.loads(path.read_text("utf-8"))
    except ValueError:
        said = None
    if not isinstance(said, dict) or not all(isinstance(one, str) for one in said.values()):
        raise Stop(f"{path.name} harus berisi JSON seperti {{\"kolom berkas\": \"name\"}}.",
                   f"{path.name} must hold JSON such as {{\"column of the file\": \"name\"}}.")
    return said


def _person(place: Place, name: str) -> UUID:
    with place.operator() as connection:
        whose = people.by_name(connection, name)
    if whose is None:
        raise Stop(f"Tidak ada orang bernama {name}. Tambahkan dengan ./pantau person add {name} --role planner.",
                   f"There is no person named {name}. Add one with ./pantau person add {name} --role planner.")
    return whose


def _send(database: Database, settings: Settings, file: Path, whose: UUID, said: dict[str, str],
          yes: bool) -> dict[str, object]:
    with database.transaction(read_only=False, person=whose) as connection, file.open("rb") as stream:
        responsible = uploads.widest_region(connection, SENDS)
        if responsible is None:
            raise Stop("Orang ini tidak berwenang mencatat kegiatan di wilayah mana pun.",
                       "This person may not enter works in any region.")
        new = sending.receive(connection, settings, whose, responsible, file.name, stream)
        if said:
            uploads.note_columns(connection, new, [{"column": column, "meaning": meaning or None, "how": "person"}
                                                   for column, meaning in said.items()])
    told = Told(_tell)
    try:
        reading.read(database, settings, whose, new, told)
    except FileRefused as error:
        with database.transaction(read_only=False, person=whose) as connection:
            uploads.note_refused(connection, new, error.sentence.to_json())
        raise Stop(*_both(error.sentence), answer=_nothing(new)) from None
    read = _seen(database, whose, new)
    if read.good_rows and (yes or _agreed(read)):
        storing.store(database, settings, whose, new, told)
    answer = _answer(database, whose, new)
    if yes and not read.good_rows:  # the answer has been given: nothing waits for anybody
        with database.transaction(read_only=False, person=whose) as connection:
            sending.drop(connection, settings, uploads.hold(connection, new))
    return answer


def _tell(doing: str, done: int, total: int | None) -> None:
    counted = f" {done:,}/{total:,}" if total else ""
    say(worded(doing, "id") + counted, worded(doing, "en") + counted)


def _agreed(read: Upload) -> bool:
    """Ask at a terminal; without one nothing ever asks, and the upload waits in the browser."""
    if not sys.stdin.isatty():
        say("Tanpa --yes tidak ada yang disimpan; unggahan menunggu persetujuan di peramban.",
            "Without --yes nothing is stored; the upload waits for a yes in the browser.")
        return False
    return click.confirm(choose(f"Simpan {read.good_rows} dari {read.rows} baris?",
                                f"Store {read.good_rows} of {read.rows} rows?"), err=True)


def _seen(database: Database, whose: UUID, upload_id: UUID) -> Upload:
    with database.transaction(read_only=True, person=whose) as connection:
        return uploads.by_id(connection, upload_id)


def _nothing(upload_id: UUID | None) -> dict[str, object]:
    """The answer of a file that was refused: the same fields as of any other."""
    return {"upload": str(upload_id) if upload_id else None, "rows": 0, "stored": 0, "updated": 0, "unchanged": 0,
            "left_out": 0, "problems": [], "pairs": []}


def _answer(database: Database, whose: UUID, upload_id: UUID) -> dict[str, object]:
    with database.transaction(read_only=True, person=whose) as connection:
        done = uploads.by_id(connection, upload_id)
        problems = [Problem.from_json(one) for one in done.problems]
        problems += [Problem.from_json(one) for row in upload_rows.rows_with_problems(connection, upload_id, ALL)
                     for one in row.problems]
        pairs = uploads.pairs_of(connection, upload_id, ALL)
    outcome = done.outcome or {"stored": 0, "updated": 0, "unchanged": 0, "left_out": done.rows}
    return {
        "upload": str(upload_id), "rows": done.rows, **{name: outcome[name] for name in (
            "stored", "updated", "unchanged", "left_out")},
        "problems": [{"row": one.row, "column": one.column, "value": one.text, "reason": _words(one.reason),
                      "suggestion": _suggested(one), "left_out": one.severity == "fault"} for one in problems],
        "pairs": [{"pair": one.id, "row": one.row, "name": one.own, "other": one.other,
                   "other_region": one.other_region, "kind": one.kind,
                   "probability": None if one.probability is None else round(one.probability, 4),
                   "distance_m": one.distance_m,
                   "reason": None if one.reason is None else _words(Sentence.from_json(one.reason)),
                   "blind": one.hidden} for one in pairs],
        "refusal": None}


def _suggested(problem: Problem) -> str | None:
    one = problem.suggestion
    return f"{one.lat:.6f}, {one.lon:.6f} ({one.how})" if one else None


def _words(sentence: Sentence) -> str:
    return worded(sentence, terminal.language)


def _both(sentence: object) -> tuple[str, str]:
    if isinstance(sentence, Sentence):
        return worded(sentence, "id"), worded(sentence, "en")
    return str(sentence), str(sentence)


def _print(answer: dict) -> None:
    for one in answer["problems"]:
        where = " · ".join(str(part) for part in (one["row"], one["column"], one["value"]) if part is not None)
        print(f"  {where}: {one['reason']}" + (f" → {one['suggestion']}?" if one["suggestion"] else ""))
    print(choose(
        f"{answer['rows']} baris: {answer['stored']} baru, {answer['updated']} diperbarui, {answer['unchanged']} "
        f"tidak berubah, {answer['left_out']} ditinggalkan; {len(answer['pairs'])} indikasi ganda.",
        f"{answer['rows']} rows: {answer['stored']} new, {answer['updated']} updated, {answer['unchanged']} "
        f"unchanged, {answer['left_out']} left out; {len(answer['pairs'])} pairs to look at."))
    for one in answer["pairs"]:
        print(f"  {one['probability']:.2f} {one['kind']}: {one['name']} | {one['other']} ({one['other_region']}): "
              f"{one['reason']}")
