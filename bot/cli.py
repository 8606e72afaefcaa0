"""The command line: `cachebot serve` runs the bot, every other word asks one question.

The questions take the same road as in Slack, with the shell's user as the actor.
"""

import getpass
import os
import sys
import uuid
from collections.abc import Callable, Iterator, Sequence
from contextlib import contextmanager
from typing import Annotated

import typer

from bot.app import utc_now
from bot.doctor import shell_checks
from bot.serve import serve_bot
from bot.settings import Settings, read_settings
from core.answers import Answer
from core.call import Actor, Call, Door, Place
from core.desk import Desk, Records
from core.errors import OpsError, SettingsError
from core.google.google_cloud import GoogleCloud
from core.inspection.doctor import DoctorReport
from core.ops import admit, carry_out
from core.policy import GroupMembers
from core.procedures.health import HealthReport
from core.store.calls import CallStore
from core.store.database import memory_database, peek_database
from core.store.incidents import IncidentStore
from core.store.inventories import InventoryStore
from core.store.messages import MessageStore
from core.store.operations import OperationStore
from core.store.proposals import ProposalStore
from core.store.samples import SampleStore
from core.store.slots import SlotStore
from core.verbs import VERBS, Verb
from handlers.blocks.errors import card_of_error
from handlers.blocks.reports import card_of
from handlers.blocks.text import to_text
from handlers.chat import slack_client
from handlers.groups import Groups

cli = typer.Typer(
    help="Operates a shared ML-model cache on Google Cloud, from Slack and from here.",
    no_args_is_help=True,
    add_completion=False,
    pretty_exceptions_enable=False,
    rich_markup_mode=None,
)

Words = Annotated[list[str] | None, typer.Argument(help="As after the word in Slack.")]


@cli.command()
def serve() -> None:
    """Run the bot until it is told to stop."""
    sys.exit(serve_bot(read_settings(os.environ)))


def ask(typed: str) -> int:
    """Answer one question on standard output and return the exit code.

    For health and doctor that is 0 where nothing is wrong, 1 for a warning or something
    unknown, 2 for a failure; for everything else 0. A question that cannot be answered is 2.
    """
    settings = read_settings(os.environ, slack=False)
    call = Call(
        request_id=f"cli:{uuid.uuid4()}",
        actor=Actor("", name=shell_user()),
        door=Door.CLI,
        place=Place(""),
        words=typed,
        at=utc_now(),
    )
    with _desk(settings) as desk:
        answer: Answer = carry_out(admit(call, desk), call, desk)
        sys.stdout.write(to_text(card_of(answer, desk.clock())) + "\n")
    return answer.exit_code if isinstance(answer, HealthReport | DoctorReport) else 0


def shell_user(whose: Callable[[], str] = getpass.getuser) -> str:
    """Return the shell's user; in a container the user's number may have no name."""
    try:
        return whose()
    except (KeyError, OSError):
        return "somebody"


def main(arguments: Sequence[str] | None = None) -> None:
    """Run the command line; problems that a person can act on are told plainly, exit code 2."""
    try:
        cli(arguments)
    except SettingsError as exc:
        _complain(f"{exc.message}\n{exc.hint}")
    except OpsError as exc:
        _complain(to_text(card_of_error(exc)))


def _complain(text: str) -> None:
    sys.stderr.write(text + "\n")
    sys.exit(2)


def _add(verb: Verb) -> None:
    def command(words: Words = None) -> None:
        sys.exit(ask(" ".join([verb.word, *(words or [])])))

    usage = verb.usage.replace("/cache", "cachebot")
    summary = f"{verb.summary[0].upper()}{verb.summary[1:]}. {usage}"
    # What begins with a dash is a word of the command, such as --dry-run.
    cli.command(verb.word, help=summary, context_settings={"ignore_unknown_options": True})(command)


@contextmanager
def _desk(settings: Settings) -> Iterator[Desk]:
    """Make a desk that only looks: no engine, and the running bot's database read beside it."""
    deployment = settings.deployment()
    cloud = GoogleCloud.connect(deployment, settings.endpoints())
    database = peek_database(settings.database_url) or memory_database()
    records = Records(
        CallStore(database, "cli"),
        OperationStore(database),
        InventoryStore(database, deployment.bucket),
        MessageStore(database, "cli"),
        ProposalStore(database),
        IncidentStore(database),
        SlotStore(database, "cli"),
        SampleStore(database, deployment.bucket),
    )
    try:
        yield Desk(
            cloud=cloud,
            deployment=deployment,
            expectations=settings.expectations(),
            check_timeout=settings.check_timeout(),
            policy=settings.policy(_groups(settings)),
            records=records,
            engine=None,
            clock=utc_now,
            schedules=settings.schedules(),
            self_checks=shell_checks(settings),
        )
    finally:
        database.close()
        cloud.close()


def _groups(settings: Settings) -> GroupMembers:
    """Read user groups where there is a token for Slack."""
    if token := settings.slack_bot_token.get_secret_value():
        return Groups(slack_client(token, settings.slack_api_url), utc_now).members

    def members(group: str) -> frozenset[str]:
        raise OpsError(f"Without a bot token the user group {group} cannot be read.")

    return members


for _verb in VERBS.values():
    if _verb.word != "help":
        _add(_verb)

if __name__ == "__main__":
    main()
