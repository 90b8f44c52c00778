"""Changing what decides about pairs: only after it was shown, by whom it may, and never over what people have said."""

import json
from uuid import UUID

import psycopg
import pytest

from app.errors import Refused
from app.jobs import drafts, weighing
from app.jobs.judgements import labelled
from app.jobs.matching import match, model_in_force
from app.jobs.progress import Told
from app.queries import matching, models, verdicts
from geo.errors import LabelsRefused
from geo.model import Model
from tests import build


class Office:
    """A village with four alike roads and what lies beside them, an administrator of everything, and a planner."""

    def __init__(self, desk) -> None:
        self.desk, self.database, self.db = desk, desk.database, desk.committing
        village = desk.places.village
        roads = [("Rabat beton jalan Dusun Krajan RT 01", "DDS", 180_000_000, 0),
                 ("Rabat beton jalan Dusun Krajan RT 01", "PBK", 181_000_000, 3),
                 ("Pembangunan saluran Dusun Sumberjambe", "DDS", 90_000_000, 900),
                 ("Pembangunan saluran Dusun Sumberjambe", "PBK", 60_000_000, 905),
                 ("Pos kamling Dusun Curahjati", "DDS", 12_000_000, 1800)]
        self.works = [build.project(self.db, village, name=name, fund=fund, amount=amount,
                                    at=build.line((0, north), (150, north)), category="road" if north < 900 else None)
                      for name, fund, amount, north in roads]
        self.admin = build.person(self.db, "admin", desk.places.regency)
        self.auditor = build.person(self.db, "auditor", desk.places.regency)
        with self.asking(self.admin) as connection:
            match(connection, self.works)

    def asking(self, person: UUID, read_only: bool = False):
        return self.database.transaction(read_only=read_only, person=person)

    def content(self, **changed: object) -> dict:
        with self.asking(self.admin) as connection:
            return drafts.deciding(model_in_force(connection)) | changed

    def drafted(self, **changed: object) -> UUID:
        content = self.content(**changed)
        with self.asking(self.admin) as connection:
            return drafts.edit(connection, self.admin, content)

    def measured(self, draft: UUID) -> dict:
        weighing.measure(self.database, self.desk.settings, self.admin, draft, Told())
        with self.asking(self.admin) as connection:
            return models.draft(connection, draft).result

    def shown(self, draft: UUID, reason: str = "Terlalu banyak yang wajar.") -> None:
        with self.asking(self.admin) as connection:
            seen = models.draft(connection, draft)
            assert models.note_shown(connection, draft, reason, seen.content_hash, seen.measured_at)

    def save(self, draft: UUID) -> None:
        weighing.save(self.database, self.desk.settings, self.admin, draft, Told())

    def flags(self) -> dict[tuple[str, str], bool]:
        return {(str(row[0]), str(row[1])): row[2] for row in self.db.execute(
            "SELECT left_project, right_project, to_look_at FROM pair WHERE retired_at IS NULL")}

    def judge(self, pair: int, verdict: str, person: UUID | None = None) -> int:
        with self.asking(person or self.auditor) as connection:
            return verdicts.give(connection, pair, person or self.auditor, verdict, None)


@pytest.fixture
def office(desk) -> Office:
    return Office(desk)


LOW = {"flagged_from": 0.4}
HIGH = {"prior": -11.9, "weights": Model.shipped().to_json()["weights"] | {"overlap": [-9.0] * 8}}
"""So much against everything that nothing is flagged."""


def test_the_threshold_of_the_stored_model_decides_what_is_flagged(office):
    weak, strong = sorted(row[0] for row in office.db.execute("SELECT probability FROM pair WHERE to_look_at"))
    draft = office.drafted(flagged_from=(weak + strong) / 2)
    result = office.measured(draft)
    assert (result["counts"]["go"], result["flagged"]) == (1, [2, 1])
    office.shown(draft)
    office.save(draft)
    rows = office.db.execute("SELECT kind, probability FROM pair WHERE NOT to_look_at AND retired_at IS NULL")
    assert rows.fetchall() == [("neighbours", weak)]


def test_measuring_a_draft_changes_nothing_but_its_result(office):
    before = office.db.execute("SELECT * FROM pair ORDER BY id").fetchall()
    count = office.desk.one("SELECT count(*) FROM model")
    office.measured(office.drafted(**HIGH))
    assert office.db.execute("SELECT * FROM pair ORDER BY id").fetchall() == before
    assert office.desk.one("SELECT count(*) FROM model") == count


def test_a_draft_that_hardly_differs_changes_no_pair(office):
    """Measured anew, the stored pairs are what they were: what is shown is the draft's doing alone."""
    weights = office.content()["weights"]
    weights["record"] = [weights["record"][0] + 0.001, *weights["record"][1:]]
    result = office.measured(office.drafted(weights=weights))
    assert result["counts"] == {"come": 0, "go": 0, "kind": 0}
    assert result["pairs"][0] == result["pairs"][1] > 0
    assert result["money"][0] == result["money"][1] != "0.00"


def test_saving_does_what_was_shown(office):
    before = office.flags()
    draft = office.drafted(**HIGH)
    result = office.measured(draft)
    office.shown(draft)
    office.save(draft)
    after = office.flags()
    assert sum(after.values()) == result["flagged"][1] < sum(before.values())
    assert len(after) == result["pairs"][1]
    kept = office.db.execute("SELECT version, kept_by, reason, content FROM model ORDER BY id DESC LIMIT 1").fetchone()
    assert (kept[0].split("+")[0], kept[1], kept[2]) == ("local-1", office.admin, "Terlalu banyak yang wajar.")
    assert kept[3]["prior"] == HIGH["prior"]
    assert {row[0] for row in office.db.execute("SELECT model FROM pair WHERE retired_at IS NULL")} <= {kept[0]}


def test_a_verdict_survives_a_model_under_which_its_pair_scores_nothing(office):
    pair = office.desk.one("SELECT id FROM pair WHERE to_look_at ORDER BY probability DESC LIMIT 1")
    office.judge(pair, "double_funding")
    history = office.db.execute("SELECT * FROM verdict ORDER BY id").fetchall()
    draft = office.drafted(**HIGH)
    result = office.measured(draft)
    assert result["judged"]["moved"]["alike_go"] == 1
    assert (result["judged"]["before"]["recall"], result["judged"]["after"]["recall"]) == (1.0, 0.0)
    office.shown(draft)
    office.save(draft)
    assert office.db.execute("SELECT * FROM verdict ORDER BY id").fetchall() == history
    stored = office.db.execute("SELECT probability, to_look_at, retired_at FROM pair WHERE id = %s", [pair]).fetchone()
    assert stored[0] < 0.05, "it must have fallen below what lists show"
    assert stored[1:] == (False, None)
    assert office.desk.one("SELECT state FROM pair_standing WHERE pair_id = %s", pair) == "judged"


def test_what_is_stored_later_leaves_judged_pairs_in_the_lists_as_well(office):
    pair = office.desk.one("SELECT id FROM pair WHERE to_look_at ORDER BY probability DESC LIMIT 1")
    office.judge(pair, "not_related")
    draft = office.drafted(**HIGH)
    office.measured(draft)
    office.shown(draft)
    office.save(draft)
    with office.asking(office.admin) as connection:
        match(connection, office.works)
    assert office.desk.one("SELECT retired_at FROM pair WHERE id = %s", pair) is None
    office.db.execute("UPDATE project SET name = 'Jembatan gantung', amount = 5 WHERE id = (SELECT left_project FROM "
                      "pair WHERE id = %s)", [pair])
    with office.asking(office.admin) as connection:
        match(connection, office.works)
    assert office.desk.one("SELECT retired_at FROM pair WHERE id = %s", pair) is not None, "on other facts it may go"


def test_a_village_s_answer_does_not_vanish_with_a_model_under_which_its_pair_scores_nothing(office):
    pair = office.desk.one("SELECT id FROM pair WHERE to_look_at ORDER BY probability DESC LIMIT 1")
    other = office.desk.one("SELECT id FROM pair WHERE to_look_at ORDER BY probability LIMIT 1")
    build.answer(office.db, pair, office.auditor, office.desk.places.village)
    draft = office.drafted(**HIGH)
    office.measured(draft)
    office.shown(draft)
    office.save(draft)
    stored = office.db.execute("SELECT to_look_at, retired_at FROM pair WHERE id = %s", [pair]).fetchone()
    assert stored == (False, None)
    assert office.desk.one("SELECT answered FROM pair_standing WHERE pair_id = %s", pair)
    assert office.desk.one("SELECT retired_at FROM pair WHERE id = %s", other), "nobody has said anything of it"
    with office.asking(office.admin) as connection:
        match(connection, office.works)
    assert office.desk.one("SELECT retired_at FROM pair WHERE id = %s", pair) is None, "nor with what is stored later"


def test_counting_anew_changes_neither_weights_nor_threshold(office):
    with office.asking(office.admin, read_only=True) as connection:
        content = matching.latest_model(connection).content
    for wrong in ({"prior": -1.0}, {"flagged_from": 0.9}, {"weights": content["weights"] | {"place": [9.0] * 9}},
                  {"weights": {"place": content["weights"]["place"]}}):
        with pytest.raises(psycopg.errors.InsufficientPrivilege), office.asking(office.admin) as connection:
            matching.renew_snapshot(connection, content["version"], 9, content | wrong)
    with office.asking(office.admin) as connection:
        matching.renew_snapshot(connection, "shipped-5+99", 99, content | {"version": "shipped-5+99"})
    assert office.desk.one("SELECT works FROM model ORDER BY id DESC LIMIT 1") == 99


def test_works_that_outgrow_the_snapshot_keep_the_saved_weights(office):
    draft = office.drafted(**LOW)
    office.measured(draft)
    office.shown(draft)
    office.save(draft)
    more = [build.project(office.db, office.desk.places.village, at=build.away(0, 3000 + 50 * number))
            for number in range(4)]
    with office.asking(office.admin) as connection:
        match(connection, more)
        model = model_in_force(connection)
    assert (model.version, model.flagged_from) == ("local-1+9", 0.4)


@pytest.mark.parametrize("saved", [None, {"format": 1, "version": "alt", "weights": {"place": [1.0]}, "prior": 0.0}])
def test_the_first_model_and_one_of_other_evidence_are_the_shipped(desk, saved):
    if saved:
        desk.committing.execute("INSERT INTO model (version, works, content) VALUES ('alt', 0, %s)",
                                [json.dumps(saved)])
    admin = build.person(desk.committing, "admin")
    with pytest.raises(Refused), desk.database.transaction(read_only=False, person=admin) as connection:
        drafts.edit(connection, admin, drafts.deciding(Model.shipped()) | {"prior": -5.0})
    tampered = Model.shipped().to_json() | {"prior": 3.0}
    with pytest.raises(psycopg.errors.InsufficientPrivilege), \
            desk.database.transaction(read_only=False, person=desk.planner) as connection:
        matching.renew_snapshot(connection, tampered["version"], 0, tampered)
    work = build.project(desk.committing, desk.places.village)
    with desk.database.transaction(read_only=False, person=desk.planner) as connection:
        match(connection, [work])
    assert desk.one("SELECT version FROM model ORDER BY id DESC LIMIT 1") == "shipped-5+1"


def test_only_an_administrator_of_everything_drafts_and_saves(office):
    draft = office.drafted(**HIGH)
    office.measured(draft)
    office.shown(draft)
    with office.asking(office.admin, read_only=True) as connection:
        content = models.deciding(connection, models.snapshot(connection).id) | HIGH | {"version": "local-1+5"}
    others = [office.desk.planner, office.auditor,
              build.person(office.db, "admin", office.desk.places.district), build.person(office.db)]
    for person in others:
        with office.asking(person, read_only=True) as connection:
            assert models.draft(connection, draft) is None
        with pytest.raises(psycopg.errors.InsufficientPrivilege), office.asking(person) as connection:
            models.enter(connection, person, models.snapshot(connection).id if person else 1, content)
        with pytest.raises(psycopg.errors.InsufficientPrivilege), office.asking(person) as connection:
            matching.save_model(connection, draft, "local-1+5", 5, content)
    another = build.person(office.db, "admin", office.desk.places.root)
    with pytest.raises(psycopg.errors.InsufficientPrivilege), office.asking(another) as connection:
        matching.save_model(connection, draft, "local-1+5", 5, content)
    with pytest.raises(psycopg.errors.UndefinedFunction), office.asking(office.admin) as connection:
        connection.execute("SELECT matching_keep_model('x', 1, '{}')")
    with pytest.raises(psycopg.errors.InsufficientPrivilege), office.asking(office.admin) as connection:
        connection.execute("INSERT INTO model (version, works, content) VALUES ('x', 1, '{}')")
    with pytest.raises(psycopg.errors.InsufficientPrivilege), office.asking(office.admin) as connection:
        connection.execute("UPDATE model_draft SET content = '{}' WHERE id = %s", [draft])


def test_a_draft_is_saved_only_as_it_was_shown(office):
    draft = office.drafted(**HIGH)
    with office.asking(office.admin, read_only=True) as connection:
        content = models.draft(connection, draft).content | {"version": "local-1+5"}

    def refused(new: dict) -> bool:
        with pytest.raises(psycopg.errors.CheckViolation), office.asking(office.admin) as connection:
            matching.save_model(connection, draft, "local-1+5", 5, new)
        return True

    assert refused(content), "not measured"
    office.measured(draft)
    assert refused(content), "not shown"
    office.shown(draft)
    assert refused(content | {"prior": 1.0}), "other weights than were shown"
    office.measured(draft)
    assert refused(content), "measured again, and not shown since"
    with office.asking(office.admin) as connection:
        seen = models.draft(connection, draft)
        assert not models.note_shown(connection, draft, "Sebab.", "lain", seen.measured_at)
    office.shown(draft)
    office.save(draft)
    assert refused(content), "saved once"


def test_a_draft_of_a_model_no_longer_in_force_is_measured_again_before_it_is_saved(office):
    stale = office.drafted(**HIGH)
    office.measured(stale)
    office.shown(stale)
    other = office.drafted(**LOW)
    office.measured(other)
    office.shown(other)
    office.save(other)
    for act in (weighing.save, weighing.measure):
        with pytest.raises(Refused):
            act(office.database, office.desk.settings, office.admin, stale, Told())
    assert office.desk.one("SELECT count(*) FROM model WHERE kept_by IS NOT NULL") == 1
    with office.asking(office.admin) as connection:
        again = drafts.measure_again(connection, office.admin, models.draft(connection, stale))
    assert again != stale
    assert office.measured(again)["counts"]["go"] >= 1


def test_going_back_to_an_earlier_version_is_a_draft_like_any_other(office):
    first = office.desk.one("SELECT max(id) FROM model")
    before = office.flags()
    draft = office.drafted(**HIGH)
    office.measured(draft)
    office.shown(draft)
    office.save(draft)
    with office.asking(office.admin) as connection:
        back = drafts.take_back(connection, office.admin, first)
    result = office.measured(back)
    assert result["counts"]["come"] == sum(before.values())
    office.shown(back, "Ternyata terlalu sedikit.")
    office.save(back)
    assert office.flags() == before
    counted = office.desk.one("SELECT kept_at FROM model WHERE id = %s", first)
    with office.asking(office.admin, read_only=True) as connection:
        assert models.snapshot(connection).counted_at == counted, "saving counts nothing"
        assert [(one.version, one.in_force) for one in models.versions(connection)] == [
            ("local-2", True), ("local-1", False), ("shipped-5", False)]


def test_verdicts_count_where_people_agree_and_could_tell(office):
    pairs = [build.pair(office.db, build.project(office.db, office.desk.places.village),
                        build.project(office.db, office.desk.places.village), levels={"place": 3}) for _ in range(6)]
    planner = office.desk.planner
    for pair, verdict in zip(pairs, ["repeat_funding", "shared_funding", "not_related", "needs_visit",
                                     "double_funding", "double_funding"], strict=True):
        office.judge(pair, verdict)
    office.judge(pairs[0], "needs_visit", planner)
    office.judge(pairs[4], "not_related", planner)
    office.judge(pairs[5], "withdrawn")
    with office.asking(office.admin, read_only=True) as connection:
        known = labelled(connection)
    assert known.judged.labels.tolist() == [1, 0, 0]
    assert (known.cannot_tell, known.disagreeing) == (1, 1)
    office.db.execute("UPDATE pair SET facts_hash = 'lain' WHERE id = %s", [pairs[0]])
    with office.asking(office.admin, read_only=True) as connection:
        assert labelled(connection).judged.labels.tolist() == [0, 0], "a verdict speaks of the facts it rested on"


def test_learning_wants_enough_of_both_sorts_and_drafts_what_it_learned(office):
    with pytest.raises(LabelsRefused) as refused, office.asking(office.admin) as connection:
        drafts.learn(connection, office.admin, 0)
    assert refused.value.sentence.values["needed"] == 10
    for number in range(24):
        alike = number % 2 == 0
        pair = build.pair(office.db, build.project(office.db, office.desk.places.village),
                          build.project(office.db, office.desk.places.village), kind="double_funding",
                          levels={"place": 3, "name": 5 if alike else 4, "money": 5})
        office.judge(pair, "double_funding" if alike else "not_related")
    with office.asking(office.admin) as connection:
        draft = models.draft(connection, drafts.learn(connection, office.admin, 3))
    assert draft.origin == "verdicts"
    assert (draft.learned["pairs"], draft.learned["seed"], draft.learned["folds"]) == (24, 3, 5)
    assert draft.learned["before"]["precision"] == 0.5
    assert draft.learned["after"]["precision"] > 0.5
    assert draft.content["flagged_from"] == 0.5
    with office.asking(office.admin) as connection:
        again = models.draft(connection, drafts.learn(connection, office.admin, 3))
    assert (again.content, again.learned) == (draft.content, draft.learned)
