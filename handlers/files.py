"""Files in Slack: reserved, sent, finished, and then looked at by Slack until it knows their type.

Source: docs.slack.dev/messaging/working-with-files
"""

import urllib.error
import urllib.request
from dataclasses import dataclass
from typing import cast

from slack_sdk import WebClient

from handlers.chat import ChatRefused, ChatUnclear, translated

_PATIENCE = 20
"""Seconds that sending a picture may take."""


@dataclass(frozen=True, slots=True)
class Reserved:
    """A file that Slack expects, and where it is to be sent."""

    file_id: str
    upload_url: str


@dataclass(frozen=True, slots=True)
class Files:
    """The bot's files. They stay private to the app; its messages may show them."""

    client: WebClient

    def reserve(self, name: str, length_bytes: int, alt: str) -> Reserved:
        """Ask where to send a file. It is there for nobody yet."""
        with translated():
            answer = self.client.files_getUploadURLExternal(
                filename=name, length=length_bytes, alt_txt=alt
            )
        return Reserved(str(answer["file_id"]), str(answer["upload_url"]))

    def send(self, reserved: Reserved, content: bytes) -> None:
        """Send the bytes; sending them again replaces them."""
        request = urllib.request.Request(reserved.upload_url, data=content, method="POST")  # noqa: S310 - Slack's own address
        try:
            with translated(), urllib.request.urlopen(request, timeout=_PATIENCE):  # noqa: S310 - the same
                return
        except ChatUnclear as exc:
            cause = exc.__cause__
            if isinstance(cause, urllib.error.HTTPError) and cause.code < 500:
                raise ChatRefused(f"HTTP {cause.code}") from exc
            raise

    def finish(self, file_id: str, title: str) -> None:
        """Say that the file is whole. No channel is named: no message is posted by this."""
        with translated():
            self.client.files_completeUploadExternal(files=[{"id": file_id, "title": title}])

    def ready(self, file_id: str) -> bool:
        """Whether Slack knows the file's type by now; before, it refuses to show it.

        Source: github.com/slackapi/python-slack-sdk/issues/1277
        """
        with translated():
            answer = self.client.files_info(file=file_id)
        file = cast("dict[str, object]", answer["file"])
        return bool(file.get("mimetype"))
