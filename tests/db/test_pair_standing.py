"""How each pair stands is kept by triggers, and is at every moment what working it out anew would give."""

import itertools
import random

from tests import build

KEPT = "SELECT * FROM pair_standing"
ANEW = "SELECT * FROM pair_stands(ARRAY(SELECT id FROM pair WHERE retired_at IS NULL))"


def differing(db) -> list:
    return db.execute(f"({KEPT} EXCEPT {ANEW}) UNION ALL ({ANEW} EXCEPT {KEPT})").fetchall()


def test_whatever_happens_to_pairs_they_stand_as_if_worked_out_anew(superuser_db):
    chance, db = random.Random(7), superuser_db
    places = build.places(db)
    people = [build.person(db, role, places.regency) for role in ("auditor", "planner")]
    works = [build.project(db, places.village, at=build.away(9 * number)) for number in range(8)]
    pairs = [build.pair(db, one, other, money=chance.randrange(1, 90) * 1_000_000)
             for one, other in itertools.pairwise(works)]
    assert differing(db) == []
    seen = set()
    for _ in range(60):
        pair, work = chance.choice(pairs), chance.choice(works)
        what = chance.choice(["judge", "withdraw", "answer", "facts", "amount", "stage", "retire", "return", "remove"])
        match what:
            case "judge":
                build.verdict(db, pair, chance.choice(people), chance.choice(["double_funding", "needs_visit"]))
            case "withdraw":
                build.verdict(db, pair, chance.choice(people), "withdrawn")
            case "answer":
                build.answer(db, pair, people[0], places.village)
            case "facts":
                db.execute("UPDATE pair SET facts_hash = md5(random()::text) WHERE id = %s", [pair])
            case "amount":
                db.execute("UPDATE project SET amount = %s WHERE id = %s", [chance.randrange(1, 99) * 1_000_000, work])
            case "stage":
                db.execute("UPDATE project SET stage = %s WHERE id = %s",
                           [chance.choice(["planned", "done", "cancelled"]), work])
            case "retire":
                db.execute("UPDATE pair SET retired_at = now() WHERE id = %s", [pair])
            case "return":
                db.execute("UPDATE pair SET retired_at = NULL WHERE id = %s", [pair])
            case "remove":
                db.execute("DELETE FROM pair x WHERE id = %s"
                           " AND NOT EXISTS (SELECT FROM verdict v WHERE v.pair_id = x.id)"
                           " AND NOT EXISTS (SELECT FROM answer t WHERE t.pair_id = x.id)", [pair])
                pairs = [one for one, in db.execute("SELECT id FROM pair ORDER BY id")]
        seen.add(what)
        assert differing(db) == [], what
    assert len(seen) == 9
    assert len(db.execute(KEPT).fetchall()) > 1
