"""backup, restore and drill: what is kept elsewhere, put back, and proved to be worth something."""

import json
import sys
from pathlib import Path

import click

from app.backups import drill as drilling
from app.backups import restoring
from app.backups.manifest import Content, Manifest, lines_of
from app.backups.taking import take
from app.installation.cluster import Cluster
from app.installation.ready import ready
from app.installation.terminal import Stop, choose, say
from app.settings import Settings

_FOLDER = click.Path(path_type=Path, file_okay=False)


@click.command()
@click.argument("folder", type=_FOLDER)
@click.option("--check", is_flag=True, help="FOLDER is a backup: read all of it again, write nothing.")
@click.option("--json", "as_json", is_flag=True, help="One object on stdout.")
@click.pass_obj
def backup(settings: Settings, folder: Path, check: bool, as_json: bool) -> None:
    """Copy database and files into a new dated folder below FOLDER; the installation may be running.

    It holds personal data, password hashes and second factors: keep it as safe as the installation. The key that signs
    the record is not in it. Ends with 1 where files are missing that rows name.
    """
    if check:
        manifest, made = restoring.believed(folder, settings.heads), folder
        if faults := _other_rows(folder, manifest):
            raise Stop("Isi tabel tidak sama dengan yang tercatat:\n" + "\n".join(faults),
                       "Tables do not hold what was noted:\n" + "\n".join(faults))
    else:
        with ready(settings) as place:
            made, manifest = take(settings, place, folder)
    kept = len(list(manifest.kept()))
    if as_json:
        print(json.dumps({"backup": str(made), "made_at": manifest.made_at, "tables": len(manifest.tables),
                          "rows": manifest.rows, "files": kept, "bytes": manifest.bytes, "block": manifest.blocks,
                          "head": manifest.head, "missing": manifest.missing}))
    else:
        for path in manifest.missing:
            say(f"{path} disebut sebuah baris, tetapi tidak ada di disk.",
                f"{path} is named by a row, but is not on the disk.")
        say(f"{len(manifest.tables)} tabel, {manifest.rows} baris, {kept} berkas, {manifest.bytes >> 20} MiB; "
            f"rekaman sampai blok {manifest.blocks}.",
            f"{len(manifest.tables)} tables, {manifest.rows} rows, {kept} files, {manifest.bytes >> 20} MiB; "
            f"the record up to block {manifest.blocks}.")
        say("Berisi data pribadi dan sandi teracak: simpan seaman instalasinya. Uji dengan ./pantau drill.",
            "It holds personal data and hashed passwords: keep it as safe as the installation. Try it with ./pantau "
            "drill.")
        print(made)
    sys.exit(1 if manifest.missing else 0)


@click.command()
@click.argument("folder", metavar="BACKUP", type=_FOLDER)
@click.option("--json", "as_json", is_flag=True, help="One object on stdout.")
@click.pass_obj
def restore(settings: Settings, folder: Path, as_json: bool) -> None:
    """Put BACKUP back into this installation, which must not have begun yet. Everybody signs in anew."""
    manifest = restoring.believed(folder, settings.heads)
    cluster = None if settings.database_url else Cluster(settings.var / "postgres", tell=say)
    with restoring.restored(settings, folder, manifest, cluster) as result:
        faults = result.faults
        if not faults:
            restoring.note_given_up(settings, result)
    if as_json:
        print(json.dumps({"backup": manifest.name, "rows": manifest.rows, "files": len(list(manifest.kept())),
                          "records": result.record.records, "blocks": result.record.blocks,
                          "given_up": result.given_up, "sessions_ended": result.sessions_ended, "faults": faults}))
    else:
        print("\n".join(faults), end="\n" if faults else "")
        _tell_restored(result, manifest)
    sys.exit(1 if faults else 0)


def _tell_restored(result: restoring.Restored, manifest: Manifest) -> None:
    if result.given_up:
        say(f"{result.given_up} blok rekaman sesudah cadangan ini dilepaskan; di PANTAU_HEADS tercatat bahwa rekaman "
            "mundur ke sini.",
            f"{result.given_up} blocks of the record that came after this backup are given up; PANTAU_HEADS notes that "
            "the record was set back to here.")
    say(f"Dikembalikan: keadaan {manifest.made_at}, {manifest.rows} baris. Semua sesi, perangkat dan tautan masuk "
        "diakhiri.",
        f"Put back: as of {manifest.made_at}, {manifest.rows} rows. All sessions, phones and sign-in links have ended.")
    say("Periksa orang dan perannya: siapa pun yang dicabut sesudah cadangan ini dibuat, berhak lagi. Tautan masuk "
        "baru: ./pantau person link NAMA.",
        "Look through people and roles: whoever was refused after this backup was taken is let in again. New sign-in "
        "links: ./pantau person link NAME.")


@click.command()
@click.argument("folder", metavar="BACKUP", type=_FOLDER)
@click.option("--within", type=_FOLDER, help="Where there is room for it; without it the temporary folder.")
@click.option("--json", "as_json", is_flag=True, help="One object on stdout.")
@click.pass_obj
def drill(settings: Settings, folder: Path, within: Path | None, as_json: bool) -> None:
    """Put BACKUP back into a database of its own, compare everything, open the application, leave nothing behind.

    Ends with 0 where all of it is as it was, 1 where something is not, 2 where it could not be put back.
    """
    try:
        found = drilling.drill(settings, folder, within=within, tell=say)
    except OSError as error:
        raise Stop(f"Latihan tidak dapat dijalankan: {error}", f"The drill could not be run: {error}") from None
    if as_json:
        print(json.dumps({"sound": not found.faults, "steps": found.steps, "rows": found.rows, "tables": found.tables,
                          "files": found.files, "records": found.records, "blocks": found.blocks,
                          "pages": found.pages, "faults": found.faults}))
    else:
        _tell_drilled(found)
    sys.exit(1 if found.faults else 0)


def _tell_drilled(found: drilling.Drilled) -> None:
    for indonesian, english in (
        (f"cadangan utuh dan ditandatangani ({found.steps['check']} s)",
         f"the backup is whole and signed ({found.steps['check']} s)"),
        (f"{found.tables} tabel, {found.rows} baris sama dengan aslinya; aturan, peran dan pemicu berlaku "
         f"({found.steps['restore']} s)",
         f"{found.tables} tables, {found.rows} rows are what they were; policies, rights and triggers are in force "
         f"({found.steps['restore']} s)"),
        (f"{found.files} berkas dan foto dibandingkan", f"{found.files} files and photos compared"),
        (f"rekaman {found.records} catatan dalam {found.blocks} blok diperiksa",
         f"the record of {found.records} records in {found.blocks} blocks verified"),
        (f"halaman: {', '.join(found.pages)} ({found.steps['open']} s)",
         f"pages: {', '.join(found.pages)} ({found.steps['open']} s)"),
    ):
        print(f"· {choose(indonesian, english)}")
    for fault in found.faults:
        print(f"✗ {fault}")
    print(choose("Cadangan ini dapat diandalkan." if not found.faults else "CADANGAN INI TIDAK UTUH.",
                 "This backup can be relied on." if not found.faults else "THIS BACKUP IS NOT WHOLE."))


def _other_rows(folder: Path, manifest: Manifest) -> list[str]:
    """Tables whose rows are not those that were counted and summed when the backup was taken."""
    found = []
    for name, held in manifest.tables.items():
        content = Content()
        for _ in content.passing(lines_of(folder, name)):
            pass
        if (content.rows, content.sum) != (held.rows, held.content):
            found.append(f"{name}: {content.rows} rows, expected {held.rows}")
    return found
