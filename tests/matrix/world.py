"""A small kabupaten in which one of everything lies in four places, and people of every role who stand in one of them.

Everybody who holds a role holds it in one kecamatan. What lies there is theirs (`own`); in a desa below it (`child`);
in the kabupaten above it, as a work whose desa is not known (`parent`); in the kecamatan beside it (`sibling`). What is
not for everybody carries a mark, a word that stands nowhere else: where it is read, that thing was shown.
"""

import gzip
import hashlib
import json
from dataclasses import dataclass, field
from decimal import Decimal
from pathlib import Path
from typing import NamedTuple
from uuid import UUID, uuid4

import psycopg
import shapely

from app.access import ROLES
from app.db import Database
from app.jobs import answers
from app.jobs.checking import Proposal
from app.jobs.matching import match
from tests import build

PLACES = ("own", "child", "parent", "sibling")
OVER = ("own", "child")
"""What a role in a region reaches: that region and those below it."""


class Someone(NamedTuple):
    """Who asks. `standing`: they hold the role in the kecamatan, in the `whole` installation, held it once (`revoked`),
    never held any (`none`), or have not signed in (`visitor`)."""

    role: str | None
    standing: str
    id: UUID | None

    def __str__(self) -> str:
        return f"{self.role or 'nobody'} ({self.standing})"

    def over(self, place: str, *roles: str) -> bool:
        """Whether one of these roles reaches what lies in that place."""
        return self.role in (roles or ROLES) and (
            self.standing == "whole" or (self.standing == "holds" and place in OVER))


@dataclass
class Things:
    """What lies in one place, by the name under which rules.py speaks of it; each a dict of parts of addresses."""

    place: str
    region: int
    code: str
    sender: UUID
    marks: dict[str, str] = field(default_factory=dict)
    named: dict[str, dict[str, object]] = field(default_factory=dict)

    def mark(self, kind: str) -> str:
        """The word of what is of this kind here."""
        return self.marks.setdefault(kind, f"Qx{kind.replace(' ', '')}{self.place}Qz")


@dataclass
class World:
    things: dict[str, Things]
    people: list[Someone]
    mine: dict[UUID, dict[str, dict[str, object]]]
    regions: build.Places
    model_draft: UUID
    model: int

    def person(self, role: str | None, standing: str) -> Someone:
        return next(one for one in self.people if (one.role, one.standing) == (role, standing))


def made(db: psycopg.Connection, database: Database, var: Path) -> World:
    """All of it, past the policies, on a connection that commits; what only the engine can say is asked of it."""
    regions = build.places(db)
    _borders(db, regions)
    counted = build.person(db, "field", regions.far)
    with database.transaction(read_only=False, person=counted) as connection:
        match(connection, [build.project(db, regions.far, counted, at=build.away(40_000))])  # counts what is common
    where = {"own": regions.district, "child": regions.village, "parent": regions.regency,
             "sibling": regions.other_district}
    judge = build.person(db, "planner", regions.root, name="penelaah")
    auditor = build.person(db, "auditor", regions.root, name="pemeriksa")
    things = {place: _things(db, var, number, place, region, judge, auditor)
              for number, (place, region) in enumerate(where.items())}
    question, answer = _answered(database, judge)
    people = [Someone(None, "visitor", None), Someone(None, "none", build.person(db, name="bukan-siapa-siapa"))]
    for role in ROLES:
        people.append(Someone(role, "holds", build.person(db, role, regions.district, name=f"{role}.ada")))
        people.append(Someone(role, "revoked", build.person(db, role, regions.district, name=f"{role}.dulu")))
        if role in ("auditor", "admin"):
            people.append(Someone(role, "whole", build.person(db, role, regions.root, name=f"{role}.semua")))
    for one in things.values():
        one.named |= _asked(db, one.sender, one.region, question, answer,
                            *map(one.mark, ("list", "check", "export")))
    mine = {one.id: _own(db, regions.district, one, question, answer) for one in people if one.id}
    db.execute("UPDATE person_grant SET valid_from = now() - interval '2 days', valid_to = now() - interval '1 day'"
               " WHERE person_id = ANY (%s)", [[one.id for one in people if one.standing == "revoked"]])
    draft, model = db.execute(
        "INSERT INTO model_draft (person_id, based_on, origin, content) SELECT %s, id, 'edited', what_decides(content)"
        " FROM model ORDER BY id DESC LIMIT 1 RETURNING id, based_on",
        [next(one.id for one in people if (one.role, one.standing) == ("admin", "whole"))]).fetchone()
    db.execute("INSERT INTO audit_block VALUES (1, %(sum)s, '{[1,2)}', 1, %(sum)s, 1, %(sum)s, %(sum)s, %(sum)s)",
               {"sum": bytes(32)})
    db.execute("SELECT map_fold(), pair_restand(NULL)")
    return World(things, people, mine, regions, draft, model)


def _borders(db: psycopg.Connection, regions: build.Places) -> None:
    for region, west in ((regions.regency, 114.30), (regions.district, 114.30), (regions.village, 114.34),
                         (regions.other_district, 114.40), (regions.far, 114.44)):
        db.execute("UPDATE region SET geom = ST_Multi(ST_GeomFromText(%s, 4326)) WHERE id = %s",
                   [shapely.to_wkt(shapely.box(west, -8.26, west + 0.04, -8.18)), region])


def _things(db: psycopg.Connection, var: Path, number: int, place: str, region: int, judge: UUID, auditor: UUID
            ) -> Things:
    code = db.execute("SELECT code FROM region WHERE id = %s", [region]).fetchone()[0]
    one = Things(place, region, code, build.person(db, "field", region, name=f"pengirim.{place}"))
    head = build.person(db, "head", region, name=f"kepala.{place}")
    _works(db, one, number)
    _uploads(db, one)
    _words(db, var, one, judge, head)
    _inspected(db, one, auditor)
    _papers(db, one, auditor, judge)
    _account(db, one)
    return one


def _account(db: psycopg.Connection, one: Things) -> None:
    """Somebody with one role there, signed in, with a phone, a link not used yet and a form sent once."""
    person = build.person(db, "field", one.region, name=f"orang.{one.place}")
    grant = db.execute("SELECT id FROM person_grant WHERE person_id = %s", [person]).fetchone()[0]
    one.named["person"] = {"person_id": person, "grant_id": grant, "region": one.region}
    one.named |= _opened(db, person, one.mark("phone"))
    one.named["link"] = {"person_id": person, "number": db.execute(
        "INSERT INTO sign_in_link (person_id, token_hash, expires_at) VALUES (%s, %s, now() + interval '1 day')"
        " RETURNING number", [person, person.bytes]).fetchone()[0]}
    db.execute("INSERT INTO sent_form (person_id, key, sum, answer) VALUES (%s, %s, %s, '/')",
               [person, uuid4(), bytes(32)])


def _opened(db: psycopg.Connection, person: UUID, phone: str) -> dict[str, dict[str, object]]:
    """A session and a phone of somebody."""
    build.session(db, person)
    session = db.execute("SELECT max(number) FROM session WHERE person_id = %s", [person]).fetchone()[0]
    number = db.execute("INSERT INTO device_token (person_id, token_hash, name, expires_at)"
                        " VALUES (%s, %s, %s, now() + interval '1 day') RETURNING number",
                        [person, person.bytes, phone]).fetchone()[0]
    return {"session": {"person_id": person, "number": session}, "phone": {"person_id": person, "number": number}}


def _works(db: psycopg.Connection, one: Things, number: int) -> None:
    """Two public works that are a pair and a group, and a draft beside one of them."""
    def work(east_m: float, **facts: object) -> UUID:
        return build.project(db, one.region, one.sender, at=build.away(east_m, 3000 * number), **facts)

    left, right = work(0, name=f"Rabat beton {one.place}"), work(12, name=f"Jalan rabat {one.place}", fund="APBD")
    draft = work(30, name=one.mark("draft"), stage="proposed", place=one.mark("draft"))
    other = work(42, name=one.mark("draft"), stage="proposed", fund="APBD")
    third, fourth = work(6, name=f"Rabat beton RT {one.place}"), work(36, name=one.mark("draft"), stage="proposed")
    for name, first, second, beside in (("pair", left, right, third), ("draft pair", draft, right, fourth),
                                        ("two drafts", draft, other, None)):
        measured = {"levels": {"place": 3}, "weights": {"place": 4.0}, "group_id": uuid4() if beside else None}
        pair = build.pair(db, first, second, **measured)
        also = build.pair(db, second, beside, **measured) if beside else None
        one.named[name] = {"pair_id": pair, "group_id": measured["group_id"], "also": also, "latest": 0}
    db.execute("INSERT INTO merging (pair_id, kept_project, gone_project, filled, merged_by)"
               " VALUES (%s, %s, %s, %s, %s)",
               [one.named["two drafts"]["pair_id"], draft, other, json.dumps({"name": one.mark("draft")}), one.sender])
    for name, project in (("work", left), ("work beside a draft", right), ("draft", draft)):
        number_of, site = db.execute(
            "SELECT p.number, s.id FROM project p JOIN site s ON s.project_id = p.id WHERE p.id = %s",
            [project]).fetchone()
        one.named[name] = {"project_id": project, "site_id": site, "number": number_of}


def _uploads(db: psycopg.Connection, one: Things) -> None:
    """A file that waits for its sender, with a correction and a remembered mapping, and one that was stored."""
    mapping = None
    for name, state in (("upload", "read"), ("stored upload", "stored")):
        one.named[name] = _upload(db, one.sender, one.region, state, one.mark("upload"))
        if mapping is None:
            mapping = db.execute(
                "INSERT INTO column_mapping (shape, region_id, meanings, upload_id, person_id)"
                " VALUES (%s, %s, %s, %s, %s) RETURNING id",
                [hashlib.sha256(one.place.encode()).hexdigest(), one.region, json.dumps([one.mark("mapping")]),
                 one.named[name]["upload_id"], one.sender]).fetchone()[0]
            db.execute("UPDATE upload SET mapping_id = %s WHERE id = %s", [mapping, one.named[name]["upload_id"]])
            one.named[name]["mapping_id"] = mapping
    db.execute("UPDATE project SET upload_id = %s WHERE id = %s",
               [one.named["stored upload"]["upload_id"], one.named["work"]["project_id"]])
    db.execute("UPDATE upload_row SET project_id = %s, outcome = 'stored' WHERE upload_id = %s",
               [one.named["work"]["project_id"], one.named["stored upload"]["upload_id"]])


OUTCOME = {"rows": 1, "stored": 1, "updated": 0, "unchanged": 0, "left_out": 0, "problems": 0, "pairs": 0,
           "to_look_at": 0}


def _upload(db: psycopg.Connection, sender: UUID, region: int, state: str, mark: str) -> dict[str, object]:
    batch = uuid4()
    columns = json.dumps([{"column": "nama", "meaning": "name", "how": "name", "rival_of": None, "unit": "1"}])
    upload = db.execute(
        """
        INSERT INTO upload (person_id, region_id, file_name, sha256, bytes, format, mapping, state, rows, good_rows,
                            batch, outcome, stored_at)
        VALUES (%s, %s, %s, %s, 10, 'csv', %s, %s, 1, 1, %s, %s, CASE %s WHEN 'stored' THEN now() END)
        RETURNING id
        """, [sender, region, f"{mark}.csv", hashlib.sha256(batch.bytes).digest(), columns, state, batch,
              json.dumps(OUTCOME), state]
    ).fetchone()[0]
    db.execute(
        """
        INSERT INTO upload_row (upload_id, position, number, raw, facts, good, geom, source_key)
        VALUES (%s, 0, 2, %s, %s, true, ST_SetSRID(ST_MakePoint(114.3692, -8.2192), 4326), %s)
        """, [upload, json.dumps({"nama": mark}), json.dumps({"name": mark}), str(batch)])
    correction = db.execute(
        "INSERT INTO upload_correction (upload_id, kind, pattern, rows, made_by) VALUES (%s, 'typed', %s, 1, %s)"
        " RETURNING id", [upload, json.dumps({"column": "nama", "text": mark}), sender]).fetchone()[0]
    db.execute("INSERT INTO upload_correction_row (correction_id, number, before) VALUES (%s, 2, %s)",
               [correction, json.dumps({"cells": {"nama": mark}})])
    job = db.execute("INSERT INTO job (person_id, task, upload_id, state) VALUES (%s, 'upload.read', %s, 'done')"
                     " RETURNING id", [sender, upload]).fetchone()[0]
    return {"upload_id": upload, "batch": batch, "correction_id": correction, "number": 2, "job": job}


def _words(db: psycopg.Connection, var: Path, one: Things, judge: UUID, head: UUID) -> None:
    """What people have said of a pair: a verdict with its note, the village's answer with a photo."""
    shown = b"\xff\xd8" + one.mark("photo").encode()
    sums = hashlib.sha256(shown).digest()
    folder = var / "photos" / "shown" / sums.hex()[:2]
    folder.mkdir(parents=True, exist_ok=True)
    (folder / sums.hex()).write_bytes(shown)
    for name in ("pair", "draft pair"):
        pair = one.named[name]["pair_id"]
        latest = build.verdict(db, pair, judge, "needs_visit", note=one.mark("verdict"))
        one.named[name] |= {"latest": latest, "seen": [(pair, "fakta-1", latest),
                                                       (one.named[name]["also"], "fakta-1", 0)]}
        answer = build.answer(db, pair, head, one.region, one.mark("answer"))
        one.named[name]["photo_id"] = db.execute(
            "INSERT INTO answer_photo (answer_id, sha256, shown_sha256, bytes, width, height)"
            " VALUES (%s, %s, %s, 9, 4, 4) RETURNING id", [answer, sums, sums]).fetchone()[0]
        db.execute("INSERT INTO pair_later (person_id, pair_id, at) VALUES (%s, %s, now() - interval '2 days')",
                   [judge, pair])


def _inspected(db: psycopg.Connection, one: Things, auditor: UUID) -> None:
    """A finding, a drawn sample, a signal, figures, and a demand to judge blind."""
    work, mark = one.named["work"]["project_id"], one.mark("finding")
    finding = db.execute(
        """
        INSERT INTO finding (regions, pair_id, title, condition, criteria, recommendation, due_on, written_by)
        VALUES (%s, %s, %s, %s, 'k', 'r', current_date + 9, %s) RETURNING id
        """, [[one.region], one.named["pair"]["pair_id"], mark, mark, auditor]).fetchone()[0]
    db.execute("INSERT INTO finding_project VALUES (%s, %s)", [finding, work])
    db.execute("INSERT INTO finding_event (finding_id, person_id, kind, text) VALUES (%s, %s, 'answered', %s)",
               [finding, one.sender, mark])
    one.named["finding"] = {"finding_id": finding}
    sample = db.execute(
        """
        INSERT INTO sample (region_id, person_id, purpose, seed, method, strata_of, filter, size, works, money,
                            frame_sum, frame, strata)
        VALUES (%s, %s, %s, 'benih', 'count', 'none', '', 1, 1, 1, 'x', %s, '[]') RETURNING id
        """, [one.region, auditor, one.mark("sample"), _packed(one.mark("sample"))]).fetchone()[0]
    db.execute("INSERT INTO sample_work VALUES (%s, 1, %s, '-', 1, %s, false)", [sample, work, one.mark("sample")])
    one.named["sample"] = {"sample_id": sample}
    db.execute("INSERT INTO anomaly (kind, project_id, region_id, measure, bunch, reason)"
               " VALUES ('stale', %s, %s, 99, %s, %s)",
               [work, one.region, one.mark("signal"), json.dumps({"id": "anomaly.stale.year",
                                                                  "values": {"year": 2020, "days": 99}})])
    db.execute("INSERT INTO village_figures VALUES (%s, 1, 1, 1, 0, 0, 0, 1, 0, 0, 0, 1, 1)", [one.region])
    demanded = db.execute(
        "INSERT INTO blind_sample (region_id, per_mille, reason, set_by) VALUES (%s, 1, 'uji', %s) RETURNING id",
        [one.region, auditor]).fetchone()[0]
    one.named["demand"] = {"sample_id": demanded}


def _packed(text: str) -> bytes:
    return gzip.compress(text.encode(), mtime=0)


def _answered(database: Database, person: UUID) -> tuple[dict, dict]:
    """What is asked where the works of `own` stand, and the answer to whoever may read every draft there."""
    proposal = Proposal(shapely.Point(build.HOME), "Rabat beton jalan", 2024, "DDS", "road", Decimal(180_000_000), 5.0)
    with database.transaction(read_only=True, person=person) as connection:
        return answers.question(proposal), answers.answer(connection, proposal).content


def _asked(db: psycopg.Connection, person: UUID, region: int, question: dict, answer: dict, list_mark: str,
           check_mark: str, export_mark: str) -> dict[str, dict[str, object]]:
    """What somebody has asked and taken out: a list of proposals, a kept check, a file."""
    sent = db.execute(
        "INSERT INTO check_list (person_id, region_id, file_name, sha256, bytes, state, columns, rows)"
        " VALUES (%s, %s, %s, %s, 3, 'checked', '[\"nama\"]', 1) RETURNING id",
        [person, region, f"{list_mark}.csv", hashlib.sha256(list_mark.encode()).digest()]).fetchone()[0]
    kept = {}
    for name, list_id in (("list", sent), ("check", None)):
        serial, year = db.execute(
            """
            INSERT INTO check_result (person_id, region_id, question, answer, model, list_id, position, line, cells)
            VALUES (%s, %s, %s, %s, 'uji', %s, %s, %s, %s) RETURNING serial, year
            """, [person, region, json.dumps(question | {"name": check_mark}), json.dumps(answer), list_id,
                  0 if list_id else None, 2 if list_id else None,
                  json.dumps({"nama": check_mark}) if list_id else None]).fetchone()
        kept[name] = f"CEK-{year}-{serial:06d}"
    job = db.execute("INSERT INTO job (person_id, task, check_list_id, state) VALUES (%s, 'check.list', %s, 'done')"
                     " RETURNING id", [person, sent]).fetchone()[0]
    export = db.execute(
        "INSERT INTO export (person_id, job_id, source, asked, format, language)"
        " VALUES (%s, %s, 'works', %s, 'csv', 'id') RETURNING id", [person, job, f"q={export_mark}"]).fetchone()[0]
    return {"list": {"list_id": sent, "number": kept["list"]}, "check": {"number": kept["check"]},
            "export": {"export_id": export}}


def _papers(db: psycopg.Connection, one: Things, auditor: UUID, reviewer: UUID) -> None:
    for column in ("pair_id", "group_id"):
        paper = db.execute(
            f"INSERT INTO working_paper ({column}, version, condition, person_id)"  # noqa: S608  one of two names
            " VALUES (%s, 1, %s, %s) RETURNING id",
            [one.named["pair"][column], one.mark("paper"), auditor]).fetchone()[0]
        db.execute("INSERT INTO working_paper_review (working_paper_id, person_id, note) VALUES (%s, %s, %s)",
                   [paper, reviewer, one.mark("paper")])


def _own(db: psycopg.Connection, region: int, one: Someone, question: dict, answer: dict
         ) -> dict[str, dict[str, object]]:
    """What this person has sent and asked themselves."""
    mark = f"{one.role or 'x'}{one.standing}"
    return {"upload": _upload(db, one.id, region, "read", f"Qxmine{mark}Qz")} | _asked(
        db, one.id, region, question, answer, f"Qxminelist{mark}Qz", f"Qxminecheck{mark}Qz", f"Qxmineexport{mark}Qz"
        ) | _opened(db, one.id, f"Qxminephone{mark}Qz")
