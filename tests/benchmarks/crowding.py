"""A town of 100 times the density, and 20,000 works on one coordinate: what a candidate pair costs there beside one of
equally many works without a crowd, and how many of the copies planted inside the crowd are listed."""

from collections.abc import Callable

from tests.benchmarks.pipeline import alone

SIZE = 200_000
TIMES, FOUND = 2.0, 0.95


def run(say: Callable[[str], None], size: int | None = None) -> dict:
    """Figures of each table."""
    n = size or SIZE
    figures = {table: alone(n, table) for table in ("uniform", "town", "one_spot")}
    plain = figures["uniform"]["us_per_candidate"]
    for table, one in figures.items():
        one["times_uniform"] = round(one["us_per_candidate"] / plain, 2)
        say(f"{n:,} works, {table:<8} CPU {one['cpu_s']:.1f} s, {one['candidates']:,} candidate pairs, "
            f"{one['us_per_candidate']} us each ({one['times_uniform']} times the uniform's, sought {TIMES:.0f}); "
            f"{one['planted_listed']:.1%} of {one['planted']:,} copies inside listed (sought {FOUND:.0%}); "
            f"peak {one['peak_gib']:.2f} GiB")
    return figures
