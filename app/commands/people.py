"""person add, person link: the operator of the machine lets somebody in, by a link that is used once."""

import click

from app.access import ROLES
from app.installation.links import sign_in_link
from app.installation.ready import ready
from app.installation.terminal import Stop, say
from app.queries import people, regions
from app.settings import Settings


@click.group()
def person() -> None:
    """Let people in."""


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
        added = people.grant(connection, whose, role, region.id)
        link = sign_in_link(connection, whose, _address(settings))
    where = region.name or "seluruh instalasi", region.name or "the whole installation"
    if known and added:
        say(f"{name} sudah terdaftar; peran {role} ({where[0]}) ditambahkan pada peran yang sudah ada.",
            f"{name} was there already; the role {role} ({where[1]}) was added to those they had.")
    elif known:
        say(f"{name} sudah terdaftar dan sudah berperan {role} ({where[0]}); perannya tidak berubah.",
            f"{name} was there already and is {role} ({where[1]}) already; no role was changed.")
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
        whose = people.by_name(connection, name)
        if whose is None:
            raise Stop(f"Tidak ada orang bernama {name}. Tambahkan dengan ./pantau person add {name} --role PERAN.",
                       f"There is nobody called {name}. Add them with ./pantau person add {name} --role ROLE.")
        print(sign_in_link(connection, whose, _address(settings)))


def _address(settings: Settings) -> str:
    """Where people open the installation: as set, else as the running one noted, else as it will most likely be."""
    noted = settings.var / "run.lock"
    running = noted.read_text("utf-8").strip() if noted.exists() else ""
    return settings.public_url or running or f"http://{settings.host}:{settings.port or 8000}"
