"""What the queue sums to: its headline and its chips."""



from app.queries import pair_counts, pairs
from app.queries.pairs import PairFilter
from tests import build
from tests.db.paired import ids, new_pair


def test_a_pair_that_needs_a_visit_waits_apart_and_its_money_still_counts(superuser_db, places, auditor, asking):
    waiting = new_pair(superuser_db, places, money=7)
    build.verdict(superuser_db, waiting, auditor, "needs_visit")
    with asking(auditor):
        assert pairs.listed(superuser_db, PairFilter()) == []
        assert ids(pairs.listed(superuser_db, PairFilter(state="visit"))) == [waiting]
        assert pair_counts.headline(superuser_db) == (1, 7, 1)


def test_the_headline_counts_each_work_once(superuser_db, places, auditor, asking):
    works = [build.project(superuser_db, places.village, amount=amount) for amount in (100, 100, 300)]
    for one, other in ((0, 1), (1, 2), (0, 2)):
        build.pair(superuser_db, works[one], works[other], money=100)
    with asking(auditor):
        # three records of one work: two are too many
        assert pair_counts.headline(superuser_db) == (3, 200, 0)


def test_the_headline_and_the_chips_follow_the_filter(superuser_db, places, auditor, asking):
    """A district whose last pair is judged is still the one that is chosen: the next chip must not lose it."""
    judged, kept = new_pair(superuser_db, places, money=10), new_pair(superuser_db, places, money=5)
    build.verdict(superuser_db, judged, auditor)
    build.verdict(superuser_db, kept, auditor)
    code, district = superuser_db.execute(
        "SELECT d.code, d.name FROM region d WHERE d.id = %s", [places.district]).fetchone()
    wanted = PairFilter(district=code, year=(2024,), fund=("DDS",))
    with asking(auditor):
        assert pair_counts.headline(superuser_db, wanted) == (0, 0, 0)
        offered = pair_counts.choices(superuser_db, wanted)
        assert offered["district"] == [(code, district)]
        assert (offered["year"], offered["fund"]) == ([("2024", "2024")], [("DDS", None)])
        assert pair_counts.headline(superuser_db, PairFilter(year=(1999,))) == (0, 0, 0)
    superuser_db.execute("UPDATE pair SET facts_hash = 'other' WHERE id = %s", [kept])
    with asking(auditor):
        assert pair_counts.headline(superuser_db, PairFilter(district=code)) == (1, 5, 0)
        assert pair_counts.headline(superuser_db, PairFilter(year=(1999,))) == (0, 0, 0)


def test_the_headline_forgets_what_has_been_judged(superuser_db, places, auditor, asking):
    judged, kept = new_pair(superuser_db, places, money=10), new_pair(superuser_db, places, money=5)
    build.verdict(superuser_db, judged, auditor)
    with asking(auditor):
        assert pair_counts.headline(superuser_db) == (1, 5, 0)
        assert ids(pairs.listed(superuser_db, PairFilter())) == [kept]
