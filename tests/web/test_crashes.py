"""What was acknowledged is there, once and whole, whatever process was killed when. The long run is
`./pantau bench crashes`; the order of fsync, rename, fsync and COMMIT is proved in test_order_of_storing.py, for a
killed process cannot show a missing fsync."""

import pytest

from tests.crashing.harness import crashing


@pytest.mark.timeout(900)  # an installation is started, dies four times, and works off what was sent
def test_after_deaths_at_named_points_and_at_any_instant_nothing_acknowledged_is_lost_half_stored_or_doubled():
    with crashing() as one:
        deaths = [lambda: one.kill_at("web.renamed"), lambda: one.kill_at("sealer.block_added"),
                  lambda: one.kill_at("web.committed", "server"), lambda: one.kill_at("worker.rows_put", within_s=120)]
        assert [death() and one.recovered() > 0 for death in deaths] == [True] * len(deaths)
        one.settle()
        truth = one.truth()
    assert {name: count for name, count in truth["faults"].items() if count} == {}, truth
    assert truth["acknowledged"] > 8
    assert truth["stored"] > 0
