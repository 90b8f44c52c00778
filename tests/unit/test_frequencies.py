"""What is common in a table: counted in arrays as one would count texts."""

from collections import Counter

import numpy as np

from geo import candidates
from geo.evidence import frequencies, sites
from geo.evidence.frequencies import Frequencies
from tests.benchmarks import _tables

AMOUNTS = (5e6, 5_000_000.004, 5_000_000.005, 1.005, 1.115, 2.675, 0.125, 0.135, 1e12 + 0.25, 9e15, 96_500_000.0)


def counted(table):
    crowd = candidates.crowded(table.lon, table.lat, table.form == sites.FORM_POINT, table.project)
    return Frequencies.of(table, crowd)


def test_amounts_are_one_amount_when_their_hundredths_are():
    table = sites.read(_tables.uniform(400).sites)
    rng = np.random.default_rng(4)
    table.amount[:] = np.where(rng.random(400) < 0.1, np.nan, rng.choice(AMOUNTS, 400))
    texts = Counter(f"{amount:.2f}" for amount in table.amount.tolist() if amount == amount)
    assert counted(table).amounts == {text: n for text, n in texts.items() if n > 2}


def test_of_equally_common_amounts_the_first_are_kept(monkeypatch):
    table = sites.read(_tables.uniform(90).sites)
    table.amount[:] = np.tile(np.arange(30.0, 0.0, -1.0) * 1e6, 3)
    monkeypatch.setattr(frequencies, "KEPT_AMOUNTS", 10)
    assert list(counted(table).amounts) == [f"{million * 1e6:.2f}" for million in range(30, 20, -1)]


def test_series_are_counted_by_place_year_fund_and_words():
    table = sites.read(_tables.one_spot(3_000, crowd=2_000).sites)
    table.lon[::50] = np.nan
    found = counted(table)
    keys = Counter(frequencies.series_keys(table))
    assert found.series == {key: n for key, n in keys.items() if n >= frequencies.SERIES_FROM}
    assert len(found.series) > 5
    of_each = [found.series.get(key, 1) for key in frequencies.series_keys(table)]
    assert found.series_counts(table).tolist() == of_each
