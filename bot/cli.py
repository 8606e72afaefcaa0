"""The command line: `cachebot serve` runs the bot, every other word asks one question.

The questions take the same road as in Slack, with the shell's user as the actor.
"""

import getpass
import os
import sys
import uuid
from collections.abc import Callable, Iterator, Sequence
from contextlib import contextmanager
from pathlib import Path
from typing import Annotated

import typer
from rich.console import Console
from rich.markup import escape

from bot.app import utc_now
from bot.logs import set_up_logging
from bot.server import serve_forever
from bot.settings import Settings, read_settings, settings_page
from bot.web import web_runtime
from core.call import Actor, Call, Door, Place
from core.commands import Action
from core.desk import Desk, Records
from core.errors import OpsError, SettingsError
from core.google.google_cloud import GoogleCloud
from core.ops import admit, carry_out
from core.procedures.health import HealthReport
from core.store.calls import CallStore
from core.store.database import peek_database
from core.store.inventories import InventoryStore
from core.store.messages import MessageStore
from core.store.operations import OperationStore
from core.verbs import VERBS
from handlers.blocks.reports import card_of
from handlers.blocks.text import to_text
