"""A kecamatan's cases worked through with the keyboard, in Chromium against a running demonstration.

An auditor opens the queue of the kecamatan with the most cases (then of the next one, where there are fewer than asked
for) and gives each the verdict that the page marks, by its key. What is kept: keys from the queue to the last verdict,
words on the first screen of each case, how long it takes from a key to the next case (the navigation's own clock:
the verdict is stored, answered with a redirect, and the next page is read), and the processor time of the servers.
Nobody thinks here: this is the machine's share of a minute, not a person's.
"""

import math
import os
import statistics
from collections.abc import Callable
from pathlib import Path
from tempfile import TemporaryDirectory

from playwright.sync_api import Browser, Page

from tests.running import DESK, Running, chromium, installation, visit

CASES, SOUGHT_MS = 30, 300
CLOCK = """() => { const one = performance.getEntriesByType('navigation')[0];
  const painted = performance.getEntriesByName('first-contentful-paint')[0];
  return {served: one.responseEnd - one.startTime, ready: one.domContentLoadedEventEnd - one.startTime,
          seen: painted ? painted.startTime : null, kb: one.encodedBodySize / 1000}; }"""
WORDS = """() => { let words = 0;
  const walk = document.createTreeWalker(document.querySelector('main'), NodeFilter.SHOW_TEXT);
  while (walk.nextNode()) { const box = walk.currentNode.parentElement.getBoundingClientRect();
    if (box.width > 1 && box.bottom > 0 && box.bottom <= innerHeight)
      words += walk.currentNode.data.split(' ').filter(one => one.trim()).length; }
  return words; }"""


def run(say: Callable[[str], None], cases: int = CASES) -> dict:
    """Keys, words and milliseconds of working through so many cases."""
    with TemporaryDirectory(prefix="pantaudesa-review-") as folder:
        os.chmod(folder, 0o711)
        with installation(Path(folder) / "var") as running, chromium() as browser:
            return measured(say, running, browser, cases)


def measured(say: Callable[[str], None], running: Running, browser: Browser, cases: int = CASES) -> dict:
    """The figures of an installation that runs already; its queue is shorter afterwards."""
    with visit(browser, running, "auditor", DESK) as auditor:
        page = auditor.page
        districts, keys, rows = _fullest(page, running), 0, []
        spent = _cpu_s(running)
        for district in districts:
            page.goto(f"{running.address}/pairs?district={district}")
            if len(rows) >= cases or not page.locator("[data-entry]").count():
                break
            for key in ("j", "Enter"):
                page.keyboard.press(key)
            page.wait_for_selector("#pair-title")
            keys += 2
            while len(rows) < cases and page.locator("#pair-title").count():
                words = page.evaluate(WORDS)
                keys += 1
                _judge(page)
                rows.append({"words": words, **page.evaluate(CLOCK)})
        spent = _cpu_s(running) - spent
        assert auditor.faults == [], auditor.faults
    figures = {"cases": len(rows), "keys": keys, "clicks": 0, "sought_ms": SOUGHT_MS,
               "load": round(os.getloadavg()[0], 1), "servers_cpu_ms": round(1000 * spent / len(rows)),
               "words_on_the_first_screen": {"p50": statistics.median(row["words"] for row in rows),
                                             "most": max(row["words"] for row in rows)},
               **{f"{name}_ms": _spread([row[name] for row in rows if row[name] is not None])
                  for name in ("served", "ready", "seen")}}
    for name, value in figures.items():
        say(f"{name:<28} {value}")
    return figures


def _judge(page: Page) -> None:
    """Press the key of the verdict that the page marks, else that of a visit, and wait for what comes next."""
    marked = page.locator(".suggested-verdict")
    key, here = marked.first.get_attribute("data-key") if marked.count() else "v", page.url
    page.keyboard.press(key)
    page.wait_for_url(lambda address: address != here)
    page.wait_for_load_state("load")


def _fullest(page: Page, running: Running) -> list[str]:
    """The codes of the kecamatan, those with most cases on the first page of their queue first."""
    page.goto(f"{running.address}/pairs")
    codes = [one.get_attribute("value") for one in page.locator("[name=district]").all()]
    return sorted(codes, reverse=True, key=lambda code: page.request.get(
        f"{running.address}/pairs?district={code}").text().count("data-entry"))


def _cpu_s(running: Running) -> float:
    """Processor seconds so far of the web server, the workers and the database of this installation."""
    stats, family = {}, {int((running.var / "postgres" / "cluster" / "postmaster.pid").read_text().split()[0])}
    for process in (one for one in Path("/proc").iterdir() if one.name.isdigit()):
        try:
            stats[int(process.name)] = (process / "stat").read_text().rpartition(")")[2].split()
            if f"PANTAU_VAR={running.var}\0" in (process / "environ").read_text("utf-8", "replace"):
                family.add(int(process.name))
        except OSError:  # it has ended, or is somebody else's
            continue
    while more := {one for one, said in stats.items() if int(said[1]) in family} - family:
        family |= more
    return sum(sum(map(int, stats[one][11:15])) for one in family & stats.keys()) / os.sysconf("SC_CLK_TCK")


def _spread(taken: list[float]) -> dict[str, float]:
    taken = sorted(taken)
    return {"p50": round(statistics.median(taken)), "p95": round(taken[math.ceil(0.95 * len(taken)) - 1])}
