"""A drill: a backup is put back into a cluster that is thrown away, and everything that can be compared is compared.

It needs nothing but the backup: neither the installation it was taken from nor its database.
"""

import tempfile
import time
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from dataclasses import dataclass, field
from datetime import UTC, datetime, timedelta
from pathlib import Path
from secrets import token_urlsafe

from app import access, create_app
from app.backups.restoring import Restored, believed, restored
from app.installation.cluster import FLEETING, Cluster
from app.installation.ready import operator
from app.installation.terminal import quiet
from app.queries import contents, people
from app.settings import Settings

Tell = Callable[[str, str], None]


@dataclass(slots=True)
class Drilled:
    """What a drill found: each `step` with its seconds, and `faults` each with its place."""

    steps: dict[str, float] = field(default_factory=dict)
    faults: list[str] = field(default_factory=list)
    rows: int = 0
    tables: int = 0
    files: int = 0
    records: int = 0
    blocks: int = 0
    pages: list[str] = field(default_factory=list)

    @contextmanager
    def timed(self, step: str) -> Iterator[None]:
        begun = time.monotonic()
        yield
        self.steps[step] = round(time.monotonic() - begun, 2)


def drill(settings: Settings, backup: Path, *, within: Path | None = None, tell: Tell = quiet) -> Drilled:
    """Put a backup back in a folder of its own below `within` (or the temporary folder), which is gone afterwards.

    Raises Stop where it cannot be put back at all, naming what is wrong with it.
    """
    found = Drilled()
    with found.timed("check"):
        manifest = believed(backup, settings.heads, tell=tell)
    found.rows, found.tables = manifest.rows, len(manifest.tables)
    found.files = len(list(manifest.kept()))
    with tempfile.TemporaryDirectory(prefix="pantaudesa-drill-", dir=within) as name:
        Path(name).chmod(0o711)  # PostgreSQL's own user passes through; what lies inside is closed
        there = Settings(var=Path(name) / "var", language=settings.language, timezone=manifest.timezone,
                         currency=manifest.currency)
        cluster = Cluster(there.var / "postgres", settings=FLEETING, elsewhere=Path(name), tell=tell)
        begun = time.monotonic()
        with restored(there, backup, manifest, cluster, tell=tell) as result:
            found.steps["restore"] = round(time.monotonic() - begun, 2)
            found.records, found.blocks = result.record.records, result.record.blocks
            found.faults += result.faults
            if (result.record.blocks, result.record.last_head) != (manifest.blocks, manifest.head):
                found.faults.append(f"the record ends with block {result.record.blocks} ({result.record.last_head}), "
                                    f"expected {manifest.blocks} ({manifest.head})")
            with found.timed("open"):
                _open(there, result, found)
    return found


def _open(settings: Settings, result: Restored, found: Drilled) -> None:
    """The application answers: that it is ready, where one signs in, and one work to somebody who has signed in."""
    token = token_urlsafe(32)
    with operator(result.operator_url) as connection:
        somebody, work = contents.somebody_and_a_work(connection)
        if somebody is not None:  # the last, for from then on the transaction is theirs
            people.open_session(connection, access.hash_of(token), somebody, datetime.now(UTC) + timedelta(minutes=5),
                                True, "drill", None)
    app = create_app(settings, database_url=result.web_url, secret=result.secret)
    try:
        signed_in = [] if somebody is None else ["/", *([f"/projects/{work}"] if work else [])]
        for page in ["/readyz", "/sign-in", *signed_in]:
            client = app.test_client()
            if page in signed_in:
                client.set_cookie("pantau", token)
            answer = client.get(page)
            found.pages.append(f"{page} {answer.status_code}")
            if answer.status_code != 200:
                found.faults.append(f"{page}: answered {answer.status_code}")
    finally:
        app.extensions["database"].close()
