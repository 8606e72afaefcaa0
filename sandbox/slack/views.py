"""Modals and Home tabs: who has which open, one on another, and the rules of replacing them.

docs.slack.dev/surfaces/modals, docs.slack.dev/surfaces/app-home
"""

import secrets

from sandbox.clock import Clock
from sandbox.slack.block_ids import identified
from sandbox.slack.changes import Changes
from sandbox.slack.limits import VIEW_STACK
from sandbox.slack.messages import View
from sandbox.slack.wire import ApiError, Json


class Views:
    """The views of everybody: a stack of at most three modals each, and one Home tab."""

    def __init__(self, clock: Clock, changes: Changes) -> None:
        self._clock = clock
        self._changes = changes
        self._views: dict[str, View] = {}
        self._stacks: dict[str, list[View]] = {}
        self._homes: dict[str, View] = {}

    def open(self, user: str, payload: Json) -> View:
        """Show a modal as the only one of this person."""
        with self._changes.lock:
            self.clear(user)
            return self.push(user, payload)

    def push(self, user: str, payload: Json) -> View:
        """Show a modal on top of the others.

        Raises:
            ApiError: `push_limit_reached` above three, `duplicate_external_id`.
        """
        with self._changes.lock:
            stack = self._stacks.setdefault(user, [])
            if len(stack) >= VIEW_STACK:
                raise ApiError("push_limit_reached")
            self._refuse_duplicate(payload)
            view_id = "V" + secrets.token_hex(5).upper()
            root = stack[0].id if stack else view_id
            previous = stack[-1].id if stack else None
            view = View(view_id, user, _with_ids(payload), self._hash(), root, previous)
            self._views[view_id] = view
            stack.append(view)
        self._changes.tell()
        return view

    def publish(self, user: str, payload: Json, expected_hash: str | None = None) -> View:
        """Show a Home tab, replacing the one before."""
        with self._changes.lock:
            home = self._homes.get(user)
            if home is None:
                view_id = "V" + secrets.token_hex(5).upper()
                home = View(view_id, user, _with_ids(payload), self._hash(), view_id)
                self._homes[user] = self._views[view_id] = home
            else:
                self.replace(home, payload, expected_hash)
        self._changes.tell()
        return home

    def replace(self, view: View, payload: Json, expected_hash: str | None = None) -> None:
        """Change what an open view shows.

        Raises:
            ApiError: `hash_conflict` where the view has changed since `expected_hash`.
        """
        with self._changes.lock:
            if expected_hash is not None and expected_hash != view.hash:
                raise ApiError("hash_conflict")
            view.payload, view.hash, view.errors = _with_ids(payload), self._hash(), {}
        self._changes.tell()

    def close(self, view: View) -> None:
        """Take a modal away, and the one below shows again."""
        with self._changes.lock:
            view.is_open = False
            self._stacks[view.user] = [each for each in self._stacks[view.user] if each is not view]
        self._changes.tell()

    def clear(self, user: str) -> None:
        """Take all modals of a person away."""
        with self._changes.lock:
            for view in self._stacks.pop(user, []):
                view.is_open = False
        self._changes.tell()

    def find(self, view_id: str | None, external_id: str | None) -> View:
        """Return an open view by either id, or answer `not_found`."""
        with self._changes.lock:
            for view in self._views.values():
                named = external_id is not None and view.payload.get("external_id") == external_id
                if view.is_open and (named or view.id == view_id):
                    return view
        raise ApiError("not_found")

    def top(self, user: str) -> View | None:
        """Return the modal that the person looks at."""
        with self._changes.lock:
            stack = self._stacks.get(user)
            return stack[-1] if stack else None

    def home(self, user: str) -> View | None:
        """Return the person's Home tab, None before the app has published one."""
        with self._changes.lock:
            return self._homes.get(user)

    def _refuse_duplicate(self, payload: Json) -> None:
        name = payload.get("external_id")
        taken = (each.payload.get("external_id") for each in self._views.values() if each.is_open)
        if name is not None and name in taken:
            raise ApiError("duplicate_external_id")

    def _hash(self) -> str:
        return f"{int(self._clock.now().timestamp())}.{secrets.token_hex(4)}"


def _with_ids(payload: Json) -> Json:
    return {**payload, "blocks": identified(payload["blocks"])}
