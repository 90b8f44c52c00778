"""run, serve, test, worker, migrate: the commands that care for the installation itself."""

import dataclasses
import os
import sys

import click

from app.installation import assets, children, start, translations
from app.installation.links import Link
from app.installation.ready import ready
from app.installation.terminal import say
from app.settings import Settings


@click.command()
@click.option("--empty", is_flag=True, help="No invented works.")
@click.pass_obj
def run(settings: Settings, empty: bool) -> None:
    """Serve with invented works on 127.0.0.1, to look around."""
    start.start(settings, demonstration=not empty, announce=_announce)


@click.command()
@click.pass_obj
def serve(settings: Settings) -> None:
    """Serve for real use: nothing invented, no default account, a second factor, strict settings."""
    settings = dataclasses.replace(settings, serving=True)
    start.check_serving(settings)
    start.start(settings, demonstration=False, announce=_announce)


@click.command(context_settings={"ignore_unknown_options": True, "help_option_names": []})
@click.argument("arguments", nargs=-1, type=click.UNPROCESSED)
@click.pass_obj
def test(settings: Settings, arguments: tuple[str, ...]) -> None:
    """Run all tests, on a database of their own. Arguments go to pytest."""
    assets.install()
    translations.compile_stale()
    sys.exit(_pytest(arguments))


@click.command()
@click.pass_obj
def worker(settings: Settings) -> None:
    """Work off the queue until stopped, for an installation that is served by other means."""
    from app.jobs import worker as working  # only this command needs it

    with ready(settings) as place:
        working.run(settings, place.web_url)


@click.command()
@click.pass_obj
def migrate(settings: Settings) -> None:
    """Bring the database to this version and stop."""
    with ready(settings):
        say("Basis data siap.", "The database is ready.")


def _pytest(arguments: tuple[str, ...]) -> int:
    import pytest  # only where the tests are installed

    os.chdir(children.ROOT)  # arguments are paths within the repository, wherever somebody stands
    sys.path.insert(0, str(children.ROOT))
    return pytest.main(list(arguments))


def _announce(address: str, offered: list[Link], nobody: bool) -> None:
    """The address and the links, on stdout; how to stop, on stderr."""
    print(f"\n  {address}\n", flush=True)
    if offered:
        say(
            "Tautan masuk, masing-masing untuk satu kali dalam 24 jam (buka salah satu di peramban):",
            "Sign-in links, each good for one use within 24 hours (open one in a browser):",
        )
        width = max(len(link.name) for link in offered)
        for link in offered:
            print(f"  {link.name:<{width}}  {link.address}  {link.full_name}", flush=True)
    if nobody:
        say("Belum ada orang yang dapat masuk. Dari terminal lain, perintah ini menambahkan pengelola pertama dan "
            "mencetak tautan masuknya: ./pantau person add NAMA --role admin",
            "Nobody can sign in yet. From another terminal, this adds the first administrator and prints their sign-in "
            "link: ./pantau person add NAME --role admin")
    say("Ctrl-C menghentikan semuanya.", "Ctrl-C stops everything.")
