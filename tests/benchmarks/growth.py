"""How the whole search grows from 100,000 to 5,000,000 works of one density; each size in a process of its own.

Sizes for which the machine has not the memory are left out and said: a search holds the table, its columns and what is
listed, some 2 KiB a work.
"""

from collections.abc import Callable

import psutil

from tests.benchmarks.pipeline import EXPONENT, alone, exponent

SIZES = (100_000, 300_000, 1_000_000, 5_000_000)
KIB_A_WORK = 2.5


def run(say: Callable[[str], None], size: int | None = None) -> dict:
    """CPU and memory at each size up to `size`, and the power with which CPU grows."""
    searches: dict[int, dict] = {}
    for n in [one for one in SIZES if one <= (size or SIZES[-1])]:
        free = psutil.virtual_memory().available / 2**10
        if n * KIB_A_WORK > free:
            say(f"{n:,} works need some {n * KIB_A_WORK / 2**20:.0f} GiB, {free / 2**20:.0f} are free: left out")
            continue
        searches[n] = one = alone(n)
        say(f"{n:>9,} works: wall {one['wall_s']:.1f} s, CPU {one['cpu_s']:.1f} s, peak {one['peak_gib']:.2f} GiB "
            f"(table {one['table_gib']:.2f}), {one['planted_listed']:.1%} of the copies listed")
    power = exponent(searches)
    say(f"CPU grows with the works to the power {power:.2f} (sought {EXPONENT})")
    return {"works": searches, "exponent": power}
