"""A whole installation of its own, as `./pantau run` starts it: cluster, worker, web, demonstration.

For browser tests and for the pictures of the README. It lies in a temporary folder and listens on a free port, so a
running installation is never touched.
"""

import os
import re
import signal
import socket
import subprocess
import sys
import threading
import time
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path
from urllib.parse import urlsplit

from playwright.sync_api import Browser, BrowserContext, Page, sync_playwright

ROOT = Path(__file__).parents[1]
DESK, PHONE = {"width": 1440, "height": 900}, {"width": 390, "height": 844}
STARTS_WITHIN_S = 300


@dataclass(frozen=True)
class Running:
    """A running installation: its address, the one-time links by user name, and its state folder."""

    address: str
    links: dict[str, str]
    var: Path


@contextmanager
def installation(var: Path, *arguments: str, **environment: str) -> Iterator[Running]:
    """Start `python -m app run` with its state in `var`, and stop it at the end."""
    clean = {name: value for name, value in os.environ.items()
             if not name.startswith("PANTAU_") and name != "DATABASE_URL"}
    process = subprocess.Popen(
        [sys.executable, "-m", "app", "run", *arguments], cwd=ROOT, text=True, stdout=subprocess.PIPE,
        stderr=subprocess.STDOUT, start_new_session=True,
        env=clean | {"PANTAU_VAR": str(var), "PANTAU_PORT": str(_free_port()), "PYTHONUNBUFFERED": "1"} | environment)
    lines: list[str] = []
    reading = threading.Thread(target=lambda: lines.extend(iter(process.stdout.readline, "")), daemon=True)
    reading.start()
    try:
        yield _wait(process, lines, var)
    finally:
        process.send_signal(signal.SIGINT)
        try:
            process.wait(timeout=60)
        except subprocess.TimeoutExpired:
            os.killpg(process.pid, signal.SIGKILL)
        reading.join(timeout=10)
        process.stdout.close()


def _wait(process: subprocess.Popen, lines: list[str], var: Path) -> Running:
    deadline = time.monotonic() + STARTS_WITHIN_S
    while time.monotonic() < deadline:
        said = "".join(lines)
        if "Ctrl-C" in said:
            address = re.search(r"^  (http://\S+)$", said, re.M)[1]
            links = dict(re.findall(r"^  (\w+) +(http://\S+/sign-in/\S+)", said, re.M))
            return Running(address, links, var)
        if process.poll() is not None:
            raise RuntimeError(f"the installation did not start:\n{said}")
        time.sleep(0.2)
    raise RuntimeError(f"the installation did not start in {STARTS_WITHIN_S} s:\n{''.join(lines)}")


def _free_port() -> int:
    with socket.socket() as one:
        one.bind(("127.0.0.1", 0))
        return one.getsockname()[1]


@contextmanager
def chromium() -> Iterator[Browser]:
    """Debian's chromium, to which every host but this machine does not exist."""
    with sync_playwright() as playwright:
        browser = playwright.chromium.launch(
            executable_path=os.environ.get("CHROMIUM", "/usr/bin/chromium"),
            args=["--no-sandbox", "--enable-unsafe-swiftshader", "--disable-background-networking",
                  "--disable-component-update", "--disable-sync", "--disable-quic", "--no-first-run",
                  "--host-resolver-rules=MAP * ~NOTFOUND, EXCLUDE 127.0.0.1"])
        yield browser
        browser.close()


class Watched:
    """A page that remembers what went wrong on it: errors, refused loads, policy violations, foreign requests."""

    def __init__(self, context: BrowserContext, address: str) -> None:
        self.page: Page = context.new_page()
        self.faults: list[str] = []
        host = urlsplit(address).netloc
        self.page.on("pageerror", lambda error: self.faults.append(f"script: {error}"))
        self.page.on("console", lambda said: self.faults.append(f"console: {said.text}")
                     if said.type == "error" and "the server responded with a status" not in said.text else None)
        self.page.on("request", lambda request: self.faults.append(f"foreign request: {request.url}")
                     if urlsplit(request.url).scheme in ("http", "https") and urlsplit(request.url).netloc != host
                     else None)


@contextmanager
def visit(browser: Browser, running: Running, person: str | None, size: dict[str, int] = DESK,
          **options: object) -> Iterator[Watched]:
    """A browser window of its own; with `person`, signed in by a new link of the operator."""
    context = browser.new_context(viewport=size, locale="id-ID", has_touch=size is PHONE, is_mobile=size is PHONE,
                                  **options)
    context.set_default_timeout(30_000)
    watched = Watched(context, running.address)
    try:
        if person:
            watched.page.goto(new_link(running, person))
            watched.page.get_by_role("button", name=re.compile("Masuk")).click()
            watched.page.wait_for_url(f"{running.address}/")
        yield watched
    finally:
        context.close()


def new_link(running: Running, person: str) -> str:
    """A sign-in link for a demonstration person, made the way an operator makes one."""
    made = subprocess.run([sys.executable, "-m", "app", "person", "link", person], cwd=ROOT, capture_output=True,
                          text=True, check=True, env=os.environ | {"PANTAU_VAR": str(running.var)})
    return made.stdout.strip()
