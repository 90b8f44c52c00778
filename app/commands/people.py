"""person add, link, list, end and forget: the operator of the machine lets somebody in, by a link that is used once,
shuts somebody out, or removes what is personal of somebody."""

from collections.abc import Iterator
from contextlib import contextmanager
from uuid import UUID

import click
import psycopg

from app.access import ROLES
from app.db import Connection
from app.installation.links import sign_in_link
from app.installation.ready import ready
from app.installation.terminal import Stop, say
from app.queries import people, regions
from app.settings import Settings


@click.group()
def person() -> None:
    """Let people in, and out."""


@person.command()
@click.argument("name")
@click.option("--role", type=click.Choice(ROLES), required=True)
@click.option("--region", "code", help="Official code of the region; without it the whole installation.")
@click.option("--full-name", help="As it stands on papers; without it the user name.")
@click.pass_obj
def add(settings: Settings, name: str, role: str, code: str | None, full_name: str | None) -> None:
    """Give NAME a role in a region, and print a link that signs them in once.

    A person who is known already is given the role and a new link. The first administrator of an empty installation
    is made this way.
    """
    with ready(settings) as place, place.operator() as connection:
        region = regions.by_code(connection, code) if code else regions.root(connection)
        if region is None:
            raise Stop(
                f"Wilayah {code} tidak dikenal. Periksa kodenya, atau impor batas dengan ./pantau regions BERKAS.",
                f"Region {code} is not known. Check the code, or import boundaries with ./pantau regions FILE.")
        known = people.by_name(connection, name)
        whose = known or people.add(connection, name, full_name or name)
        again = people.let_in_again(connection, whose)
        added = people.grant(connection, whose, role, region.id)
        link = sign_in_link(connection, whose, _address(settings))
    where = region.name or "seluruh instalasi", region.name or "the whole installation"
    if known and added:
        say(f"{name} sudah terdaftar; peran {role} ({where[0]}) ditambahkan pada peran yang sudah ada.",
            f"{name} was there already; the role {role} ({where[1]}) was added to those they had.")
    elif known:
        say(f"{name} sudah terdaftar dan sudah berperan {role} ({where[0]}); perannya tidak berubah.",
            f"{name} was there already and is {role} ({where[1]}) already; no role was changed.")
    if again:
        say(f"{name} tadinya dinonaktifkan, dan sekarang aktif lagi.", f"{name} was deactivated, and is active again.")
    if known and full_name:
        say("Nama lengkap yang tercatat tidak diubah.", "The full name on record was not changed.")
    say(f"{name}: {role}, {where[0]}. Tautan masuk, sekali pakai, berlaku 24 jam:",
        f"{name}: {role}, {where[1]}. Sign-in link, good for one use within 24 hours:")
    print(link)


@person.command()
@click.argument("name")
@click.pass_obj
def link(settings: Settings, name: str) -> None:
    """Print a new link that signs NAME in once, for whoever lost theirs."""
    with ready(settings) as place, place.operator() as connection:
        whose = _known(connection, name)
        if not people.is_active(connection, whose):
            raise Stop(f"{name} dinonaktifkan. Aktifkan lagi dengan ./pantau person add {name} --role PERAN.",
                       f"{name} is deactivated. Activate them again with ./pantau person add {name} --role ROLE.")
        print(sign_in_link(connection, whose, _address(settings)))


@person.command("list")
@click.pass_obj
def list_all(settings: Settings) -> None:
    """Print everybody with the roles they hold now."""
    with ready(settings) as place, place.operator() as connection:
        for one in people.everybody(connection):
            roles = ", ".join(one.roles) if one.active else "(nonaktif)" if settings.language == "id" else "(inactive)"
            print(f"{one.name:<24} {one.full_name:<40} {roles}".rstrip())


@person.command()
@click.argument("name")
@click.pass_obj
def end(settings: Settings, name: str) -> None:
    """Shut NAME out: sessions, phones and links end at once. Works and verdicts stay in their name."""
    with _worded(), ready(settings) as place, place.operator() as connection:
        people.shut_out(connection, _known(connection, name))
    say(f"{name} tidak dapat masuk lagi; semua sesi, telepon, dan tautannya sudah berakhir.",
        f"{name} cannot sign in any more; all their sessions, phones and links have ended.")


@person.command()
@click.argument("name")
@click.option("--yes", is_flag=True, help="Do not ask whether it is meant.")
@click.pass_obj
def forget(settings: Settings, name: str, yes: bool) -> None:
    """Remove what is personal of NAME for ever: names, secrets, sessions, phones, addresses.

    Works, verdicts and answers stay, by somebody whose name was removed. The record of changes stays as it was sealed:
    it held only salted sums of what was personal, and their salt goes.
    """
    with _worded(), ready(settings) as place, place.operator() as connection:
        whose = _known(connection, name)
        if not yes and not click.confirm(f"{name}: hapus untuk selamanya / remove for ever?", err=True):
            raise click.Abort
        people.forget(connection, whose)
    say(f"{name} sudah dilupakan. Salinan cadangan yang lebih lama masih memuat namanya: hapus bila masanya habis.",
        f"{name} was forgotten. Older backups still hold the name: let them go when their time has come.")


def _known(connection: Connection, name: str) -> UUID:
    whose = people.by_name(connection, name)
    if whose is None:
        raise Stop(f"Tidak ada orang bernama {name}. Tambahkan dengan ./pantau person add {name} --role PERAN.",
                   f"There is nobody called {name}. Add them with ./pantau person add {name} --role ROLE.")
    return whose


@contextmanager
def _worded() -> Iterator[None]:
    """A refusal of the database in words."""
    try:
        yield
    except psycopg.errors.CheckViolation as refused:
        if refused.diag.constraint_name != "the last administrator stays":
            raise
        raise Stop("Ini pengelola terakhir seluruh instalasi. Tambahkan dahulu yang lain: ./pantau person add NAMA "
                   "--role admin.", "This is the last administrator of the whole installation. Add another one first: "
                   "./pantau person add NAME --role admin.") from None


def _address(settings: Settings) -> str:
    """Where people open the installation: as set, else as the running one noted, else as it will most likely be."""
    noted = settings.var / "run.lock"
    running = noted.read_text("utf-8").strip() if noted.exists() else ""
    return settings.public_url or running or f"http://{settings.host}:{settings.port or 8000}"
