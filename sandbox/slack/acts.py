"""What comes of a person's act, and why an act may be impossible."""

from collections.abc import Mapping
from dataclasses import dataclass, field

from sandbox.slack.block_ids import acting_elements
from sandbox.slack.messages import Message, Revision, View
from sandbox.slack.transport import Ack
from sandbox.slack.wire import Json

Screen = Message | View
TROUBLE = "We had some trouble connecting. Try again?"
SLACKBOT = "USLACKBOT"


class NotOnScreenError(LookupError):
    """The person does not see what they are told to use."""


@dataclass(frozen=True, slots=True)
class Outcome:
    """What a person gets for an act.

    `ack` is None where nothing was sent to the app. `shown` is what the person is told at once
    and alone. `message` is the one that the act itself made: the person's own, or the one in the
    app's answer. `confirm` is the dialog that came up; `errors` is keyed by block_id.
    """

    ack: Ack | None = None
    shown: str = ""
    message: Message | None = None
    confirm: Json | None = None
    errors: Mapping[str, str] = field(default_factory=dict)

    @property
    def acked(self) -> bool:
        """Tell whether the app answered in time."""
        return self.ack is not None and self.ack.ok


def find_element(
    screen: Screen, name: str, user: str, as_seen: Revision | None
) -> tuple[Json, Json]:
    """Return the block and the element of that action_id, `block_id/action_id` or label.

    Raises:
        NotOnScreenError: there is none, or not for this person.
    """
    for block in _blocks(screen, as_seen):
        for element in acting_elements(block):
            hidden = user not in element.get("visible_to_user_ids", [user])
            action_id = element["action_id"]
            called = (action_id, f"{block['block_id']}/{action_id}", _label(element))
            if name in called and not hidden:
                return block, element
    raise NotOnScreenError(f"nothing to use called {name!r} is on the screen")


def _blocks(screen: Screen, as_seen: Revision | None) -> list[Json]:
    if isinstance(screen, View):
        return screen.blocks if screen.is_open else []
    content = screen.content if as_seen is None else as_seen.content
    if content is None:
        return []
    nested = [block for each in content.attachments for block in each.get("blocks", [])]
    return [*content.blocks, *nested]


def _label(element: Json) -> str | None:
    text = element.get("text")
    return text.get("text") if isinstance(text, dict) else None
