"""People who click, in a process of their own (`python -m tests.benchmarks._clicking`), by locust's fast client.

What they are and where they go comes as JSON on stdin, what they met goes as JSON to stdout. A click is a page with all
that a browser then fetches before the page is whole: of a map its tiles, six at a time, each asked for again with the
ETag that the person's browser has kept. Styles and scripts are fetched once for a year, so they are no part of a click.
"""

from gevent import monkey

monkey.patch_all()

import html  # noqa: E402
import json  # noqa: E402
import math  # noqa: E402
import random  # noqa: E402
import re  # noqa: E402
import sys  # noqa: E402
import time  # noqa: E402
from collections import Counter  # noqa: E402
from collections.abc import Sequence  # noqa: E402
from http.cookiejar import Cookie  # noqa: E402
from uuid import uuid4  # noqa: E402

import gevent  # noqa: E402
from gevent.pool import Pool  # noqa: E402
from locust import FastHttpUser, between  # noqa: E402
from locust.env import Environment  # noqa: E402

AT_ONCE = 6
TOLD = json.load(sys.stdin) if __name__ == "__main__" else {}
CHANCE = random.Random(TOLD.get("seed", 1))
CLICKS: list[tuple[str, float]] = []
ANSWERS: Counter = Counter()
FAULTS: Counter = Counter()
MEASURED = {"since": math.inf}
WAITING = list(reversed(TOLD.get("people", [])))

# Of a hundred clicks of a role: on the last day before a deadline, people send and look whether it has arrived.
DAYS = {
    "field": {"home": 12, "projects": 16, "project": 18, "map": 16, "card": 8, "pairs": 6, "pair": 6, "uploads": 10,
              "send_point": 3, "send_file": 1},
    "head": {"home": 20, "projects": 15, "project": 15, "map": 15, "pairs": 15, "pair": 18, "answer": 2},
    "planner": {"home": 8, "check": 25, "projects": 15, "found": 10, "project": 10, "map": 12, "pairs": 10, "pair": 10},
    "auditor": {"home": 6, "pairs": 20, "pair": 35, "verdict": 8, "map": 10, "shaded": 4, "inspection": 10,
                "project": 7},
    "admin": {"home": 40, "people": 30, "record": 30},
}  # fmt: skip


class Person(FastHttpUser):
    """One person with a browser of their own."""

    host = TOLD.get("address", "")
    wait_time = between(10, 30)
    network_timeout = connection_timeout = 60.0

    def on_start(self) -> None:
        self.me = WAITING.pop()
        self.kept: dict[str, str] = {}
        self.pool = Pool(AT_ONCE)
        self.wide = self.me["role"] in ("planner", "auditor", "admin")
        self.client.cookiejar.set_cookie(Cookie(
            0, "pantau", self.me["token"], None, False, "127.0.0.1", False, False, "/", True, False, None, True, None,
            None, {}))
        day = DAYS[self.me["role"]]
        self.names, self.weights = list(day), list(day.values())
        gevent.sleep(CHANCE.uniform(0, 30))

    def act(self) -> None:
        getattr(self, "do_" + CHANCE.choices(self.names, self.weights)[0])()

    tasks = [act]  # noqa: RUF012  locust's own way

    # ---- clicks ----

    def do_home(self) -> None:
        self.click("home", "/")

    def do_projects(self) -> None:
        self.click("projects", f"/projects?village={self.me['code']}")

    def do_found(self) -> None:
        self.click("projects, by name", "/projects?q=paving+melati")

    def do_project(self) -> None:
        self.click("project", f"/projects/{self.work()}")

    def do_map(self) -> None:
        self.click("map", "/map", self.tiles())

    def do_card(self) -> None:
        self.click("card", f"/map/card?work={self.work()}")

    def do_shaded(self) -> None:
        self.click("map, shaded", "/map?shade=money&of=village", self.tiles())

    def do_pairs(self) -> None:
        self.click("pairs", "/pairs")

    def do_pair(self) -> str:
        return self.click("pair", f"/pairs/{self.pair()}")

    def do_uploads(self) -> None:
        self.click("uploads", "/uploads")

    def do_inspection(self) -> None:
        self.click("inspection", "/inspection")

    def do_people(self) -> None:
        self.click("people", "/people")

    def do_record(self) -> None:
        self.click("record", "/record")

    def do_check(self) -> None:
        lon, lat = self.spot()
        self.click("check", f"/check?at={lat:.6f},{lon:.6f}&name=Paving+gang+Melati&year=2026", self.tiles())

    def do_send_point(self) -> None:
        """The form, what stands near the place, and sent: three clicks."""
        lon, lat = self.spot()
        page = self.click("point, form", f"/sites/new?project={self.work()}")
        for step in ("point, looked at", "point, sent"):
            self.wait()
            sent = self.fields(page, "/sites/new")
            if sent is None:
                return self.lost(step)
            page = self.click(step, "/sites/new", form=sent | {"coordinate": f"{lat:.6f}, {lon:.6f}",
                                                               "reason": "Sesuai lapangan", "confirmed": "1"})

    def do_send_file(self) -> None:
        """The page, the file, and its progress until it is read."""
        page = self.click("uploads", "/uploads")
        self.wait()
        sent = self.fields(page, "/uploads")
        if sent is None:
            return self.lost("file, sent")
        rows = "".join(
            f"{uuid4()},Rabat beton {CHANCE.randrange(10 ** 6)},2026,Dana Desa,{CHANCE.randrange(20, 300)}500000,"
            f"{self.me['village']},{lat:.6f},{lon:.6f}\n" for lon, lat in (self.spot() for _ in range(5)))
        page = self.click("file, sent", "/uploads", form=sent, file=(
            "id,nama kegiatan,tahun,sumber dana,anggaran,desa,latitude,longitude\n" + rows).encode())
        if found := re.search(r"/uploads/([0-9a-f-]{36})", page):
            for _ in range(3):
                gevent.sleep(2)
                self.ask("GET", f"/uploads/{found[1]}/progress")
            self.wait()
            self.click("file, read", f"/uploads/{found[1]}")

    def do_answer(self) -> None:
        pair = self.pair()
        sent = self.fields(self.click("pair", f"/pairs/{pair}"), f"/pairs/{pair}/answers")
        if sent is not None:  # whose village it is answers, once
            self.wait()
            self.click("answer", f"/pairs/{pair}/answers", form=sent | {"text": "Berbeda RT, keduanya ada."})

    def do_verdict(self) -> None:
        pair = self.pair()
        sent = self.fields(self.click("pair", f"/pairs/{pair}"), f"/pairs/{pair}/verdicts")
        if sent is not None:
            self.wait()
            self.click("verdict", f"/pairs/{pair}/verdicts", form=sent | {
                "verdict": CHANCE.choice(["not_related", "double_funding", "needs_visit"]), "note": "Hari terakhir."})

    # ---- how ----

    def click(self, name: str, path: str, tiles: Sequence[str] = (), form: dict[str, str] | None = None,
              file: bytes | None = None) -> str:
        begun = time.monotonic()
        status, page = self.ask("GET" if form is None else "POST", path, form, file)
        for _ in self.pool.imap_unordered(self.tile, tiles):
            pass
        if begun >= MEASURED["since"]:
            CLICKS.append((name, time.monotonic() - begun))
        return page if status == 200 else ""

    def ask(self, method: str, path: str, form: dict[str, str] | None = None, file: bytes | None = None
            ) -> tuple[int, str]:
        body, headers = None, {"Accept-Encoding": "gzip"}
        if form is not None:
            edge = uuid4().hex
            body = b"".join(f'--{edge}\r\nContent-Disposition: form-data; name="{key}"\r\n\r\n{value}\r\n'.encode()
                            for key, value in form.items())
            if file is not None:
                body += (f'--{edge}\r\nContent-Disposition: form-data; name="file"; filename="kegiatan.csv"\r\n'
                         "Content-Type: text/csv\r\n\r\n").encode() + file + b"\r\n"
            body += f"--{edge}--\r\n".encode()
            headers |= {"Content-Type": f"multipart/form-data; boundary={edge}", "Origin": self.host}
        answer = self.client.request(method, path, data=body, headers=headers)
        self.met(method, path, answer.status_code)
        return answer.status_code, answer.text or ""

    def tile(self, path: str) -> None:
        headers = {"Accept-Encoding": "gzip"} | ({"If-None-Match": self.kept[path]} if path in self.kept else {})
        answer = self.client.get(path, headers=headers)
        self.met("GET", path, answer.status_code)
        if tag := answer.headers.get("ETag") if answer.headers else None:
            self.kept[path] = tag

    def met(self, method: str, path: str, status: int) -> None:
        if time.monotonic() >= MEASURED["since"]:
            ANSWERS[status] += 1
            if status not in (200, 304, 503):
                FAULTS[f"{status} {method} {re.sub(r'[0-9a-f-]{36}|[0-9]+', '…', path.partition('?')[0])}"] += 1

    def lost(self, step: str) -> None:
        if time.monotonic() >= MEASURED["since"]:
            FAULTS[f"no form for: {step}"] += 1

    def fields(self, page: str, action: str) -> dict[str, str] | None:
        """What the page's form for this address holds unseen; None where there is no such form."""
        found = re.search(rf'<form[^>]*action="{re.escape(action)}[^"]*"[^>]*>(.*?)</form>', page, re.S)
        if not found:
            return None
        held = {}
        for tag in re.findall(r'<input[^>]*type="hidden"[^>]*>', found[1]):
            named = dict(re.findall(r'(name|value)="([^"]*)"', tag))
            held[named["name"]] = html.unescape(named.get("value", ""))
        return held

    def work(self) -> str:
        return CHANCE.choice(self.me["works"])

    def pair(self) -> int:
        return CHANCE.choice(self.me["pairs"])

    def spot(self) -> tuple[float, float]:
        west, south, side = self.me["ground"]
        return west + side * CHANCE.uniform(0.2, 0.8), south + side * CHANCE.uniform(0.2, 0.8)

    def tiles(self) -> list[str]:
        """Of a view of the village at zoom 15 (tiles of 14): what Chromium was seen to ask for at 390 and 1440 px."""
        west, south, side = self.me["ground"]
        spread = range(-1, 2) if self.wide else range(2)
        found = []
        for what, z in (("works", 14), ("regions", 13)):
            x, y = _tile(west + side / 2, south + side / 2, z)
            around = spread if what == "works" else range(2 if self.wide else 1)
            found += [f"/tiles/{what}/{z}/{x + dx}/{y + dy}" for dx in around for dy in around]
        return found


def _tile(lon: float, lat: float, z: int) -> tuple[int, int]:
    return (int((lon + 180) / 360 * 2 ** z),
            int((1 - math.asinh(math.tan(math.radians(lat))) / math.pi) / 2 * 2 ** z))


def main() -> None:
    environment = Environment(user_classes=[Person])
    runner = environment.create_local_runner()
    runner.start(len(WAITING), spawn_rate=100)
    gevent.sleep(TOLD["before_s"])
    MEASURED["since"], spent = time.monotonic(), time.process_time()
    gevent.sleep(TOLD["seconds"])
    took, spent = time.monotonic() - MEASURED["since"], time.process_time() - spent
    MEASURED["since"] = math.inf
    json.dump({"clicks": CLICKS, "answers": {str(status): count for status, count in sorted(ANSWERS.items())},
               "faults": dict(FAULTS.most_common()), "seconds": took, "cpu_s": spent,
               "people": runner.user_count}, sys.stdout)
    sys.stdout.flush()
    runner.quit()


if __name__ == "__main__":
    main()
