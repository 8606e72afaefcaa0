"""What a person does in Slack: types commands, mentions the bot, clicks, submits."""

import time
from collections.abc import Mapping
from dataclasses import dataclass, replace
from typing import Any

from sandbox.slack.acts import SLACKBOT, NotOnScreenError, Outcome, Screen, find_element
from sandbox.slack.composing import encoded
from sandbox.slack.delivery import Delivery
from sandbox.slack.directory import BOT_USER, Channel, SlashCommand, User
from sandbox.slack.events import Events
from sandbox.slack.inputs import acted, filled_state, initial_state, mistakes
from sandbox.slack.interactions import action_json, block_actions
from sandbox.slack.messages import Content, Draft, Message, Revision, View
from sandbox.slack.payloads import Doing, command_payload, interaction_payload
from sandbox.slack.response_urls import ResponseUrls, respond
from sandbox.slack.shapes import message_json, view_json
from sandbox.slack.submissions import close_view, settle_submission
from sandbox.slack.transport import Ack, Kind
from sandbox.slack.wire import ApiError, Arguments, Json
from sandbox.slack.workspace import TYPED_COMMAND, Workspace


@dataclass(frozen=True, slots=True)
class Person:
    """One person at their screen; each act returns once the app has answered, or 3 s later."""

    user: User
    workspace: Workspace
    delivery: Delivery
    response_urls: ResponseUrls
    events: Events

    @property
    def modal(self) -> View | None:
        """The modal that this person looks at, None where none is open."""
        return self.workspace.views.top(self.user.id)

    def slash(self, channel: str, typed: str, thread_ts: str | None = None) -> Outcome:
        """Type a slash command, such as "/cache health"."""
        name, _, text = typed.strip().partition(" ")
        where = self._channel(channel)
        command = self._command(name)
        self.workspace.note(self.user, where.id, f"typed {typed.strip()}")
        if thread_ts is not None:
            return self._told(where, f"{name} is not supported in threads. Sorry!", thread_ts)
        if command is None:
            return self._told(where, f"{name} is not a valid command.")
        words = encoded(self.workspace, text) if command.should_escape else text
        doing = self._doing(where)
        ack = self.delivery.deliver(Kind.COMMAND, command_payload(doing, name, words.strip()))
        if not ack.ok:
            return self._told(where, f'{name} failed with the error "{ack.status}"', ack=ack)
        return self._answered(where, typed.strip(), ack)

    def say(self, channel: str, text: str, thread_ts: str | None = None) -> Outcome:
        """Write a message; @names, #channels and links are encoded as Slack does."""
        where = self._channel(channel)
        content = Content(encoded(self.workspace, text))
        message = self.workspace.post(Draft(where.id, self.user.id, content, thread_ts))
        if f"<@{BOT_USER}>" not in content.text or BOT_USER in where.members:
            return Outcome(message=message)
        absent = f"You mentioned @{self.workspace.manifest.name}, but they're not in this channel."
        return replace(self._told(where, absent, thread_ts), message=message)

    def mention(self, channel: str, text: str, thread_ts: str | None = None) -> Outcome:
        """Write "@cachebot text"; the app hears of it as an event."""
        return self.say(channel, f"@{self.workspace.manifest.name} {text}", thread_ts)

    def click(
        self, screen: Screen, name: str, *, accept: bool = True, as_seen: Revision | None = None
    ) -> Outcome:
        """Click a button by its action_id or its label.

        `accept=False` says no to its confirmation dialog. `as_seen` is an older state of the
        message that the person's screen still shows.

        Raises:
            NotOnScreenError: there is no such button.
        """
        block, element = find_element(screen, name, self.user.id, as_seen)
        confirm = element.get("confirm")
        if confirm is not None and not accept:
            return Outcome(confirm=confirm)
        return self._act(screen, block, element, {})

    def choose(self, screen: Screen, name: str, value: Any) -> Outcome:
        """Choose in a menu, a picker or an overflow menu; options go by value or text."""
        block, element = find_element(screen, name, self.user.id, None)
        return self._act(screen, block, element, acted(element, value))

    def submit(self, view: View, answers: Mapping[str, Any] | None = None) -> Outcome:
        """Fill in a modal, by action_id or block_id, and submit it.

        Raises:
            NotOnScreenError: it is not the modal on top.
        """
        if self.workspace.views.top(self.user.id) is not view:
            raise NotOnScreenError(f"the modal {view.title!r} is not on top")
        state = filled_state(view.blocks, answers or {})
        wrong = mistakes(view.blocks, state)
        if wrong:
            view.errors = wrong
            return Outcome(errors=wrong)
        self._note(view, f"submitted {view.title!r}")
        payload = interaction_payload(
            self._doing(),
            "view_submission",
            view=view_json(view, state),
            response_urls=self._view_urls(view, state),
        )
        ack = self.delivery.deliver(Kind.INTERACTION, payload)
        return settle_submission(self.workspace, view, ack)

    def close(self, view: View, *, everything: bool = False) -> Outcome:
        """Close a modal, or with `everything` the whole stack (the x in the corner)."""
        close_view(self.workspace, view, everything=everything)
        if not view.payload.get("notify_on_close", False):
            return Outcome()
        shown = view_json(view, initial_state(view.blocks))
        doing = self._doing()
        payload = interaction_payload(doing, "view_closed", view=shown, is_cleared=everything)
        return Outcome(self.delivery.deliver(Kind.INTERACTION, payload))

    def shortcut(self, callback_id: str, message: Message | None = None) -> Outcome:
        """Use a shortcut of the app, on a message where one is given."""
        if callback_id not in self.workspace.manifest.shortcuts:
            raise NotOnScreenError(f"the app has no shortcut {callback_id!r}")
        if message is None:
            payload = interaction_payload(self._doing(), "shortcut", callback_id=callback_id)
        else:
            payload = interaction_payload(
                self._doing(self.workspace.channels[message.channel], message),
                "message_action",
                callback_id=callback_id,
                message_ts=message.ts,
                message=message_json(self.workspace, message),
            )
        ack = self.delivery.deliver(Kind.INTERACTION, payload)
        return Outcome(ack, "" if ack.ok else str(ack.status))

    def open_home(self) -> Outcome:
        """Open the app's Home tab; the app hears of it as an event."""
        home = self.workspace.views.home(self.user.id)
        event: Json = {
            "type": "app_home_opened",
            "user": self.user.id,
            "channel": self.workspace.direct(self.user).id,
            "tab": "home",
            "event_ts": f"{time.time():.6f}",
        }
        if home is not None:
            event["view"] = view_json(home, initial_state(home.blocks))
        if "app_home_opened" in self.workspace.manifest.events:
            self.events.send(event)
        return Outcome()

    def _act(self, screen: Screen, block: Json, element: Json, fields: Json) -> Outcome:
        if isinstance(screen, View):
            doing = self._doing()
        else:
            doing = self._doing(self.workspace.channels[screen.channel], screen)
        label = element.get("text", {}).get("text", element["action_id"])
        self._note(screen, f"used [{label}]")
        action = action_json(block, element, fields, self.workspace.new_ts())
        payload = block_actions(self.workspace, doing, screen, action)
        ack = self.delivery.deliver(Kind.INTERACTION, payload)
        return Outcome(ack, "" if ack.ok else str(ack.status), confirm=element.get("confirm"))

    def _answered(self, where: Channel, typed: str, ack: Ack) -> Outcome:
        """Show what the answer to a slash command holds."""
        if not ack.body.get("text") and not ack.body.get("blocks"):
            return Outcome(ack)
        if ack.body.get("response_type") == "in_channel":
            own = Draft(where.id, self.user.id, Content(typed), subtype=TYPED_COMMAND)
            self.workspace.post(own)
        try:
            message = respond(self.workspace, self.user.id, Arguments(ack.body), where.id)
        except ApiError as error:
            self.workspace.reject("ack", error.name, error.problems)
            return self._told(where, f'{typed} failed with the error "{error.name}"', ack=ack)
        private = message is not None and message.private_to is not None
        return Outcome(ack, message.text if message and private else "", message)

    def _told(
        self, where: Channel, text: str, thread_ts: str | None = None, ack: Ack | None = None
    ) -> Outcome:
        """Let Slackbot tell the person, and nobody else."""
        draft = Draft(where.id, SLACKBOT, Content(text), thread_ts, private_to=self.user.id)
        return Outcome(ack, text, self.workspace.post(draft))

    def _view_urls(self, view: View, state: Json) -> list[Json]:
        """Return a response URL for each chosen conversation that asks for one."""
        urls = []
        for block in view.blocks:
            element = block.get("element", {})
            if element.get("response_url_enabled", False):
                place = {"block_id": block["block_id"], "action_id": element["action_id"]}
                kept = state[place["block_id"]][place["action_id"]]
                channel = kept.get("selected_conversation") or kept.get("selected_channel")
                url = self.response_urls.issue(self.user.id, channel)
                urls.append({**place, "channel_id": channel, "response_url": url})
        return urls

    def _doing(self, channel: Channel | None = None, original: Message | None = None) -> Doing:
        trigger_id = self.workspace.triggers.issue(self.user.id)
        if channel is None:
            return Doing(self.user, trigger_id)
        url = self.response_urls.issue(self.user.id, channel.id, original)
        return Doing(self.user, trigger_id, channel, url)

    def _note(self, screen: Screen, text: str) -> None:
        channel = "" if isinstance(screen, View) else screen.channel
        self.workspace.note(self.user, channel, text)

    def _channel(self, name: str) -> Channel:
        channel = self.workspace.channel(name)
        if channel is None or self.user.id not in channel.members:
            raise NotOnScreenError(f"{self.user.name} has no channel {name!r}")
        return channel

    def _command(self, name: str) -> SlashCommand | None:
        commands = self.workspace.manifest.commands
        return next((each for each in commands if each.command == name), None)
