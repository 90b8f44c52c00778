"""Crashes: processes of an installation under load are killed at twelve named points and at random instants.

Afterwards nothing that was acknowledged may be lost, half stored or doubled, and the record must verify. Nobody helps
the installation back to life. Asked for: 12 points, 50 times each, and 500 random instants; `--seconds` says how long,
and the figures say how many deaths that were.
"""

import random
import time
from collections import Counter
from collections.abc import Callable

from tests.crashing.harness import POINTS, SERVER_POINTS, VICTIMS, crashing


def run(say: Callable[[str], None], seconds: float = 300.0, seed: int = 1) -> dict:
    chance, died, took = random.Random(seed), Counter(), []
    with crashing() as one:
        until, rounds = time.monotonic() + seconds, 0
        while time.monotonic() < until:
            deaths = [*((point, "self") for point in POINTS), *((point, "server") for point in SERVER_POINTS),
                      *(("any instant", victim) for victim in chance.choices(VICTIMS, k=len(POINTS)))]
            chance.shuffle(deaths)
            for point, victim in deaths:
                if time.monotonic() > until:
                    break
                if _die(one, point, victim, chance):
                    died[point, victim] += 1
                    took.append(one.recovered())
            rounds += 1
            say(f"{died.total()} deaths, {one.acknowledged()} files acknowledged, back after "
                f"{sorted(took)[len(took) // 2]:.1f} s in the middle, {max(took):.1f} at worst")
        one.settle()
        truth = one.truth()
    for fault, count in truth["faults"].items():
        say(f"{fault}: {count}")
    assert not any(truth["faults"].values()), truth
    return {"deaths": {f"{point}: {victim}": count for (point, victim), count in sorted(died.items())},
            "at_named_points": sum(count for (point, _), count in died.items() if point != "any instant"),
            "at_random_instants": sum(count for (point, _), count in died.items() if point == "any instant"),
            "back_after_s": {"middle": round(sorted(took)[len(took) // 2], 1), "worst": round(max(took), 1)}, **truth}


def _die(one, point: str, victim: str, chance: random.Random) -> bool:
    if point != "any instant":
        return one.kill_at(point, victim)
    time.sleep(chance.uniform(0, 2))
    return one.kill(victim)
