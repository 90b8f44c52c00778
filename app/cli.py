"""The commands behind `./pantau`. Each is imported when it is called: `./pantau locate` needs no web server.

A command raises what stops it; `main` says it in a sentence and ends with the exit code of contracts.md: 0 complete,
1 something was left out and said, 2 nothing was written. With `--json` the sentence is also on stdout, as `refusal`:
a script that reads an answer always finds one.
"""

import importlib
import json
import sys
from collections.abc import Mapping

import click

from app.installation import terminal
from app.installation.terminal import Stop
from app.settings import Settings, SettingsWrong
from geo.errors import GeoError, RowsRefused
from geo.sentences import worded

MOST_TOLD = 50
COMMANDS: dict[str, tuple[str, str]] = {
    "run": ("app.commands.installation:run", "Serve with invented works, to look around."),
    "serve": ("app.commands.installation:serve", "Serve for real use: nothing invented, strict settings."),
    "test": ("app.commands.installation:test", "Run all tests; arguments go to pytest."),
    "worker": ("app.commands.installation:worker", "Work off the queue; run and serve start one themselves."),
    "regions": ("app.commands.boundaries:regions", "Import boundaries of villages."),
    "person": ("app.commands.people:person", "Let somebody in or out: person add, link, list, end, forget."),
    "upload": ("app.commands.upload:upload", "Read a file of works, store what is good, list what may be double."),
    "check": ("app.commands.check:check", "Is a work already there? Ranked, with reasons; nothing is stored."),
    "locate": ("app.commands.locate:locate", "Where the works of a file are; needs no database."),
    "match": ("app.commands.matching:match", "Works that may be one, in a file or between two; needs no database."),
    "train": ("app.commands.learning:train", "Learn from labelled pairs; needs no database."),
    "score": ("app.commands.learning:score", "Judge pairs with a learned model, each part visible."),
    "explain": ("app.commands.matching:explain", "Why a pair scores as it does, from its line in a table of pairs."),
    "bench": ("app.commands.bench:bench", "Run one benchmark beside its peer."),
    "pictures": ("app.commands.pictures:pictures", "Take the pictures of the README anew."),
    "verify-audit": ("app.commands.record:verify_audit", "Whether the record of changes is what was sealed."),
    "backup": ("app.commands.backups:backup", "Copy database and files into a dated folder, or check such a copy."),
    "restore": ("app.commands.backups:restore", "Put a backup back into an installation that has not begun."),
    "drill": ("app.commands.backups:drill", "Put a backup back aside, compare everything, and throw it away."),
    "migrate": ("app.commands.installation:migrate", "Bring the database to this version and stop."),
}
"""Command -> (where it is, what it does in a line)."""


class Commands(click.Group):
    """The commands of COMMANDS, imported when called."""

    def list_commands(self, ctx: click.Context) -> list[str]:
        return list(COMMANDS)

    def get_command(self, ctx: click.Context, cmd_name: str) -> click.Command | None:
        if cmd_name not in COMMANDS:
            return None
        module, _, name = COMMANDS[cmd_name][0].partition(":")
        return getattr(importlib.import_module(module), name)

    def format_commands(self, ctx: click.Context, formatter: click.HelpFormatter) -> None:
        with formatter.section("Commands"):
            formatter.write_dl([(name, line) for name, (_, line) in COMMANDS.items()])


@click.command(cls=Commands, context_settings={"help_option_names": ["-h", "--help"]})
@click.version_option(package_name=None, version="0.1.0", prog_name="pantau")
@click.pass_context
def pantau(ctx: click.Context) -> None:
    """PantauDesa: see every village project on a map, and stop one piece of work being paid for twice."""
    ctx.obj = Settings.from_environment()
    terminal.language = ctx.obj.language


def main() -> None:
    """Run the command line and exit with the code of contracts.md."""
    try:
        pantau(standalone_mode=False)
    except click.exceptions.Exit as ended:
        sys.exit(ended.exit_code)
    except click.Abort:
        sys.exit(130)
    except click.ClickException as wrong:
        wrong.show()
        _answer(wrong.format_message(), {})
        sys.exit(2)
    except KeyboardInterrupt:
        sys.exit(130)
    except Stop as stopped:
        _refuse(stopped.worded(), stopped.answer)
    except SettingsWrong as wrong:
        _refuse("\n".join(wrong.faults))
    except RowsRefused as refused:
        _refuse(worded(refused.sentence, terminal.language), {"problems": _each(refused)})
    except GeoError as refused:
        _refuse(worded(refused.sentence, terminal.language))


def _each(refused: RowsRefused) -> list[dict[str, object]]:
    """Every row that is wrong, said at once: nobody should have to correct one to hear of the next."""
    problems: list[dict[str, object]] = [
        {"file": file, "row": one.row, "column": one.column, "value": one.text,
         "reason": worded(one.reason, terminal.language)} for file, one in refused.problems]
    for one in problems[:MOST_TOLD]:
        place = terminal.choose("{file}, baris {row}", "{file}, row {row}").format(**one)
        cell = f", {one['column']} “{one['value']}”" if one["column"] else ""
        print(f"  {place}{cell}: {one['reason']}", file=sys.stderr)
    if (more := len(problems) - MOST_TOLD) > 0:
        terminal.say(f"… dan {more} lainnya; --json menyebut semuanya.", f"… and {more} more; --json tells them all.")
    return problems


def _refuse(sentence: str, answer: Mapping[str, object] | None = None) -> None:
    print(f"✗ {sentence}", file=sys.stderr)
    _answer(sentence, answer or {})
    sys.exit(2)


def _answer(sentence: str, answer: Mapping[str, object]) -> None:
    if "--json" in sys.argv[1:]:
        print(json.dumps({**answer, "refusal": sentence}, ensure_ascii=False))
