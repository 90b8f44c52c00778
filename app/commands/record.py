"""verify-audit: whether the record of changes is what was sealed."""

import json
import shutil
import sys
from dataclasses import asdict
from pathlib import Path
from tempfile import TemporaryDirectory

import click

from app.audit.export import export
from app.audit.verify import Verified, verify
from app.installation.ready import ready
from app.installation.terminal import Stop, say
from app.settings import Settings

TOLD_FAULTS = 50


@click.command("verify-audit")
@click.argument("folder", required=False, type=click.Path(path_type=Path, file_okay=False))
@click.option("--heads", type=click.Path(path_type=Path, file_okay=False),
              help="Folder with the noted heads; without it PANTAU_HEADS.")
@click.option("--export", "kept", type=click.Path(path_type=Path, file_okay=False),
              help="Keep the exported record in this folder, to verify it on another machine.")
@click.option("--json", "as_json", is_flag=True, help="One object on stdout.")
@click.pass_obj
def verify_audit(settings: Settings, folder: Path | None, heads: Path | None, kept: Path | None, as_json: bool) -> None:
    """Verify the record of changes: of this installation, or one exported to FOLDER.

    Ends with 0 where it is intact, 1 where something was altered, removed, inserted or cut off.
    """
    heads = heads or settings.heads
    for given in (folder, heads):
        if given is not None and not given.is_dir():
            raise Stop(f"Folder {given} tidak ada.", f"There is no folder {given}.")
    if folder is not None:
        verified = _verified(folder, heads)
    else:
        with TemporaryDirectory() as fleeting, ready(settings) as place:
            here = kept or Path(fleeting) / "record"
            here.mkdir(parents=True, exist_ok=True)
            # the heads as they are before: of what is sealed while it is exported the export may not know
            before = heads and shutil.copytree(heads, Path(fleeting) / "heads")
            export(place.operator_url, here)
            verified = _verified(here, before)
    if as_json:
        print(json.dumps({"intact": verified.intact} | asdict(verified)))
    else:
        _tell(verified, heads)
    sys.exit(0 if verified.intact else 1)


def _verified(folder: Path, heads: Path | None) -> Verified:
    try:
        return verify(folder, heads)
    except (OSError, ValueError) as error:
        raise Stop(f"Rekaman di {folder} tidak terbaca: {error}", f"The record in {folder} cannot be read: {error}"
                   ) from None


def _tell(verified: Verified, heads: Path | None) -> None:
    for fault in verified.faults[:TOLD_FAULTS]:
        print(fault)
    if (more := len(verified.faults) - TOLD_FAULTS) > 0:
        say(f"… dan {more} lainnya.", f"… and {more} more.")
    for restored in verified.restored:
        say(f"Cadangan dikembalikan: {restored}", f"A backup was put back: {restored}")
    say(f"{verified.records} catatan dalam {verified.blocks} blok, {verified.unsealed} belum disegel; kepala terakhir "
        f"{verified.last_head or '-'}.",
        f"{verified.records} records in {verified.blocks} blocks, {verified.unsealed} not sealed yet; the last head is "
        f"{verified.last_head or '-'}.")
    if heads is None:
        say("Tanpa kepala yang disimpan di tempat lain (PANTAU_HEADS), ujung yang dipotong tidak terlihat.",
            "Without heads kept elsewhere (PANTAU_HEADS), an end that was cut off is not seen.")
    say("Utuh." if verified.intact else "TIDAK UTUH.", "Intact." if verified.intact else "NOT INTACT.")
