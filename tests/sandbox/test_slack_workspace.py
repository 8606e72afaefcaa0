"""The state under the pretend Slack: ids, channels, listeners, and what a manifest says."""

from concurrent.futures import ThreadPoolExecutor
from datetime import timedelta

from sandbox.clock import Clock
from sandbox.slack.directory import Manifest
from sandbox.slack.messages import Content, Draft, Message
from sandbox.slack.workspace import Change, Workspace

CACHE, OLGA = "C0CACHE", "U0OLGA"


def workspace() -> Workspace:
    """Return a workspace without servers."""
    return Workspace(Clock(), Manifest())


def test_timestamps_are_ids() -> None:
    """Many threads get as many timestamps, each later than those its thread got before."""
    state = workspace()

    def take(_number: int) -> list[str]:
        return [state.new_ts() for _ in range(200)]

    with ThreadPoolExecutor(8) as pool:
        taken = list(pool.map(take, range(8)))
    assert len({ts for each in taken for ts in each}) == 1600
    assert all(each == sorted(each) for each in taken)


def test_timestamps_follow_the_clock() -> None:
    """A moved clock moves new messages."""
    state = workspace()
    before = float(state.new_ts())
    state.clock.advance(timedelta(hours=1))
    assert 3600 <= float(state.new_ts()) - before < 3660


def test_channels_go_by_id_name_and_person() -> None:
    """An id, a name with or without #, and a user id for direct messages find a channel."""
    state = workspace()
    found = [state.channel(name) for name in (CACHE, "ml-cache", "#ml-cache", OLGA, "nowhere")]
    assert [each.id if each else None for each in found] == [CACHE, CACHE, CACHE, "D0OLGA", None]


def test_listeners_hear_every_change_in_order() -> None:
    """Posting, editing and deleting are each told once, after the state has changed."""
    state = workspace()
    heard: list[tuple[Change, str]] = []

    def hear(change: Change, message: Message) -> None:
        heard.append((change, message.text))

    state.listeners.append(hear)
    message = state.post(Draft(CACHE, OLGA, Content("one")))
    state.edit(message, Content("two"), mark=True)
    state.delete(message)
    assert heard == [(Change.POSTED, "one"), (Change.EDITED, "two"), (Change.DELETED, "")]
    assert state.message(CACHE, message.ts) is None


def test_a_caller_keeps_its_own_blocks() -> None:
    """Missing ids are added to the message and not to what the caller holds."""
    state = workspace()
    block = {"type": "actions", "elements": [{"type": "button", "text": {"text": "x"}}]}
    message = state.post(Draft(CACHE, OLGA, Content("x", (block,))))
    assert message.blocks[0]["block_id"]
    assert message.blocks[0]["elements"][0]["action_id"]
    assert "block_id" not in block
    assert "action_id" not in str(block)


def test_waiting_ends_with_the_change_that_was_awaited() -> None:
    """wait_for returns the first true value, posted by another thread while it waits."""
    state = workspace()
    with ThreadPoolExecutor(1) as pool:
        waiting = pool.submit(state.changes.wait_for, lambda: state.messages(CACHE), 10)
        state.post(Draft(CACHE, OLGA, Content("here")))
        assert [each.text for each in waiting.result(10)] == ["here"]


def test_a_manifest_is_read_as_slack_reads_it() -> None:
    """Commands, scopes, events, shortcuts and the transport come from the app's manifest."""
    manifest = Manifest.from_dict(
        {
            "features": {
                "bot_user": {"display_name": "opsbot"},
                "slash_commands": [
                    {
                        "command": "/ops",
                        "description": "d",
                        "usage_hint": "[x]",
                        "should_escape": True,
                    }
                ],
                "shortcuts": [{"name": "Triage", "type": "message", "callback_id": "triage"}],
            },
            "oauth_config": {"scopes": {"bot": ["commands", "chat:write"]}},
            "settings": {
                "event_subscriptions": {"bot_events": ["app_mention"]},
                "socket_mode_enabled": False,
            },
        }
    )
    (command,) = manifest.commands
    assert (manifest.name, command.command, command.should_escape) == ("opsbot", "/ops", True)
    assert manifest.scopes == {"commands", "chat:write"}
    assert manifest.events == {"app_mention"}
    assert manifest.shortcuts == {"triage": "Triage"}
    assert manifest.socket_mode is False
