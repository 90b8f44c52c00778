"""Every page of the application by its address, and what must exist before it can be opened.

A new route is either in PAGES, and is then looked at by every person who may open it, or in NO_PAGES with what it is
instead; test_every_page.py fails while it is in neither.
"""

import re
from datetime import date
from pathlib import Path

from flask import Flask
from playwright.sync_api import Browser, Page

from app import create_app
from app.settings import Settings
from tests.running import Running, visit

PAGES = {
    "home.show": ("/",),
    "map.show": ("/map", "/map?work={work}", "/map?shade=money&of=village", "/map?as_of={today}"),
    "prints.show": ("/map/print", "/map/print?as_of={today}"),
    "projects.show_list": ("/projects", "/projects?q=tidakadanamaseperti", "/projects?as_of={today}"),
    "projects.show": ("/projects/{work}", "/projects/{work}?as_of={today}", "/projects/{work}?as_of=2020-01-01"),
    "pairs.queue": ("/pairs", "/pairs?state=judged", "/pairs?q=tidakadanamaseperti"),
    "pairs.show": ("/pairs/{pair}", "/pairs/{pair}?blind=1"),
    "packs.show_pair": ("/pairs/{pair}/pack",),
    "packs.show_group": ("/groups/{group}/pack",),
    "blind_samples.show_list": ("/pairs/samples",),
    "inspection.show": ("/inspection",),
    "inspection.list_anomalies": tuple(f"/inspection/anomalies/{kind}" for kind in ("unit_cost", "split", "ahead")),
    "inspection.rank_villages": ("/inspection/villages",),
    "inspection.list_offsets": ("/inspection/offsets",),
    "findings.show_list": ("/inspection/findings",),
    "findings.form": ("/inspection/findings/new?pair={pair}",),
    "findings.show": ("/inspection/findings/{finding}",),
    "samples.show_list": ("/inspection/samples",),
    "samples.show": ("/inspection/samples/{sample}",),
    "visits.show": ("/inspection/visits", "/inspection/visits?sample={sample}"),
    "uploads.start": ("/uploads",),
    "uploads.show": ("/uploads/{upload}",),
    "uploads.show_batch": ("/uploads/batch/{batch}",),
    "sites.form": ("/sites/new", "/sites/new?project={own_work}"),
    "sites.show": ("/sites/{site}",),
    "check.form": ("/check", "/check?at=-8.2192,114.3692"),
    "kept.show": ("/check/{kept}",),
    "check_lists.start": ("/check/lists",),
    "check_lists.show": ("/check/lists/{checked_list}",),
    "exports.form": ("/exports?of=works",),
    "exports.show": ("/exports/{export}",),
    "models.show": ("/model",),
    "models.draft": ("/model/drafts/{draft}",),
    "record.show": ("/record", "/record?table=verdict"),
    "people.show_list": ("/people", "/people?q=tidakadanamaseperti"),
    "people.form": ("/people/new",),
    "people.show": ("/people/{person}",),
    "devices.show": ("/devices",),
    "help.show": ("/help",),
    "help.of_role": tuple(f"/help/{role}" for role in ("field", "head", "planner", "auditor", "admin")),
    "sign_in.form": ("/sign-in",),
    "sign_in.link": ("/sign-in/bukan-tautan",),
    "sign_in.password": ("/password",),
    "sign_in.second_factor": ("/second-factor",),
}
NO_PAGES = {
    "part of a page": {"map.show_list", "map.show_card", "map.show_region", "sites.show_near", "uploads.progress",
                       "uploads.batch_states", "corrections.preview", "check_lists.progress", "exports.progress",
                       "models.progress"},
    "drawn by a map": {"tiles.works", "tiles.regions", "tiles.shaded", "basemap.tile", "map.ground", "map.plain",
                       "map.places", "corrections.rows"},
    "file": {"static", "check_lists.text", "check_lists.workbook", "exports.file", "packs.print_group",
             "packs.print_pair", "pairs.photo", "samples.frame", "uploads.sample", "uploads.template",
             "corrections.sheet", "visits.gpx", "visits.kml"},
    "leads to a page": {"kept.again", "models.again", "models.draft_again"},
    "answer to a machine": {"health.alive", "health.ready", "device.show"},
}
VISITORS = ("sign_in.form", "sign_in.link", "help.show", "help.of_role")
"""Pages of those who have not signed in; whoever has is led on from the first two."""
FAULTS = {
    "/nothing-there": 404, "/check?at=0,0&name=Rabat": 422, "/pairs/999999999": 404,
    "/exports?of=works&area=POLYGON((1": 422}
"""Pages that say no, for whoever has signed in."""
SEEN = "-8.219200, 114.369200"
"""A coordinate as the form writes it that has shown what stands around it."""
LIST = "nama kegiatan,lintang,bujur,tahun\nRabat beton jalan,-8.2192,114.3692,2026\nTalud tanpa titik,,,2026\n"


def made(folder: Path) -> Flask:
    """The application with its routes and without a database."""
    return create_app(Settings(var=folder), database_url="postgresql://127.0.0.1:1/none", secret="only for tests")


def things(browser: Browser, running: Running) -> dict[str, str]:
    """What the addresses name, made by those whose task it is."""
    found = {"today": date.today().isoformat()}
    with visit(browser, running, "planner") as planner:
        page = planner.page
        found["work"] = _first(page, running, "/projects", r'href="/projects/([0-9a-f-]{36})"')
        found["pair"] = _first(page, running, "/pairs", r'href="/pairs/(\d+)')
        found["kept"] = _posted(page, running, "/check", "/check/keep", {"at": "-8.2192, 114.3692", "name": "Rabat"})
        found["checked_list"] = _posted(page, running, "/check/lists", "/check/lists", file=("usulan.csv", LIST))
        for pair in re.findall(r'href="/pairs/(\d+)', _text(page, running, "/pairs?state=waiting"))[:40]:
            if group := re.search(r'href="/groups/([0-9a-f-]{36})/pack"', _text(page, running, f"/pairs/{pair}")):
                found["group"] = group[1]
                break
    with visit(browser, running, "auditor") as auditor:
        page = auditor.page
        found["finding"] = _posted(page, running, f"/inspection/findings/new?pair={found['pair']}",
                                   "/inspection/findings", {
            "pair": found["pair"], "title": "Contoh", "condition": "Dua catatan.", "criteria": "Satu pekerjaan.",
            "recommendation": "Jelaskan.", "due_on": "2099-01-01"})
        found["sample"] = _posted(page, running, "/inspection/samples", "/inspection/samples", {
            "seed": "7", "size": "12", "method": "count", "strata": "fund", "purpose": "Contoh"})
        found["export"] = _posted(page, running, "/exports?of=works", "/exports", {"of": "works", "format": "csv"})
    with visit(browser, running, "field") as field:
        page = field.page
        found["upload"] = _posted(page, running, "/uploads", "/uploads/sample")
        found["own_work"] = _first(page, running, "/sites/new", r"/sites/new\?project=([0-9a-f-]{36})")
        found["site"] = _posted(page, running, "/sites/new", "/sites/new", {
            "project": found["own_work"], "coordinate": SEEN, "seen": SEEN, "confirmed": "1", "reason": "Contoh"})
        page.goto(f"{running.address}/uploads")
        page.locator("input[type=file]").set_input_files(
            [{"name": f"{name}.csv", "mimeType": "text/csv", "buffer": f"nama,tahun\n{name},2026\n".encode()}
             for name in ("satu", "dua")])
        page.wait_for_url("**/uploads/batch/*")
        found["batch"] = page.url.rsplit("/", 1)[1]
    with visit(browser, running, "admin") as admin:
        found["draft"] = _posted(admin.page, running, "/model", "/model/drafts", {"prior": "-9"})
        found["person"] = _first(admin.page, running, "/people?role=field", r'href="/people/([0-9a-f-]{36})"')
    return found


def _text(page: Page, running: Running, address: str) -> str:
    answer = page.request.get(running.address + address)
    assert answer.ok, f"{address}: {answer.status}"
    return answer.text()


def _first(page: Page, running: Running, address: str, pattern: str) -> str:
    return re.search(pattern, _text(page, running, address))[1]


def _posted(page: Page, running: Running, seen: str, action: str, fields: dict[str, str] | None = None,
            file: tuple[str, str] | None = None) -> str:
    """Send a form of a page; answers the last part of the address that it leads to."""
    sent = {"csrf_token": _first(page, running, seen, r'name="csrf_token" value="([^"]+)"')} | (fields or {})
    if file:
        sent["file"] = {"name": file[0], "mimeType": "text/csv", "buffer": file[1].encode()}
    answer = page.request.post(running.address + action, multipart=sent, headers={"Referer": running.address + seen})
    assert answer.ok, f"{action}: {answer.status} {answer.text()[:400]}"
    return re.sub(r"[?#].*", "", answer.url).rsplit("/", 1)[1]
