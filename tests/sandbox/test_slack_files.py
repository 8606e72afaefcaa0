"""Uploads through Slack's own client, and the time that Slack takes to look at a file."""

import struct
import urllib.error
import urllib.request
import zlib
from collections.abc import Iterator
from datetime import timedelta

import pytest
from slack_sdk.errors import SlackApiError

from sandbox.slack.slack import PretendSlack
from tests.sandbox.slack_fixtures import Json, client_of, modal, running_slack

CACHE = "C0CACHE"


def png() -> bytes:
    """Return the bytes of a picture of one pixel."""

    def chunk(kind: bytes, data: bytes) -> bytes:
        checked = kind + data
        return struct.pack(">I", len(data)) + checked + struct.pack(">I", zlib.crc32(checked))

    head = struct.pack(">IIBBBBB", 1, 1, 8, 0, 0, 0, 0)
    pixels = zlib.compress(b"\x00\x00")
    return (
        b"\x89PNG\r\n\x1a\n" + chunk(b"IHDR", head) + chunk(b"IDAT", pixels) + chunk(b"IEND", b"")
    )


def image(file_id: str) -> Json:
    """Return an image block that shows an uploaded file."""
    return {"type": "image", "slack_file": {"id": file_id}, "alt_text": "p95 rose"}


@pytest.fixture
def slack() -> Iterator[PretendSlack]:
    """A pretend Slack without an app."""
    with running_slack() as running:
        yield running


def uploaded(slack: PretendSlack, name: str = "hits.png") -> str:
    """Upload a picture that only the app sees and return its id."""
    answer = client_of(slack).files_upload_v2(content=png(), filename=name, alt_txt="p95 rose")
    return str(answer["file"]["id"])


def test_a_new_file_has_no_type_until_it_is_processed(slack: PretendSlack) -> None:
    """files.info leaves mimetype empty for a moment; then it is told."""
    slack.workspace.files.processing = timedelta(minutes=1)
    client, file_id = client_of(slack), uploaded(slack)
    assert client.files_info(file=file_id)["file"]["mimetype"] == ""
    slack.clock.advance(timedelta(minutes=1))
    file = client.files_info(file=file_id)["file"]
    assert (file["mimetype"], file["filetype"], file["size"]) == ("image/png", "png", len(png()))


def test_a_file_is_shown_only_once_processed(slack: PretendSlack) -> None:
    """An image block with a file that is still processed is invalid_blocks, later it is taken."""
    slack.workspace.files.processing = timedelta(minutes=1)
    client, file_id = client_of(slack), uploaded(slack)
    with pytest.raises(SlackApiError) as caught:
        client.chat_postMessage(channel=CACHE, text="x", blocks=[image(file_id)])
    assert caught.value.response["response_metadata"]["messages"] == [
        "[ERROR] invalid slack file [json-pointer:/blocks/0/slack_file]"
    ]
    slack.clock.advance(timedelta(minutes=1))
    client.chat_postMessage(channel=CACHE, text="x", blocks=[image(file_id)])
    assert [each.text for each in slack.messages(CACHE)] == ["x"]


@pytest.mark.parametrize("name", ["hits.png", "hits.csv"])
def test_only_pictures_are_shown(slack: PretendSlack, name: str) -> None:
    """A png is taken in a message and a modal, another type nowhere, nor an invented id."""
    slack.workspace.files.processing = timedelta()
    client, file_id = client_of(slack), uploaded(slack, name)
    trigger = slack.workspace.triggers.issue("U0OLGA")
    if name == "hits.png":
        client.chat_postMessage(channel=CACHE, text="x", blocks=[image(file_id)])
        client.views_open(trigger_id=trigger, view=modal(image(file_id)))
        return
    for wrong in (file_id, "F0NOWHERE"):
        with pytest.raises(SlackApiError, match="invalid_blocks"):
            client.chat_postMessage(channel=CACHE, text="x", blocks=[image(wrong)])
    with pytest.raises(SlackApiError, match="invalid_blocks"):
        client.views_open(trigger_id=trigger, view=modal(image(file_id)))


def test_a_file_can_be_shared_in_a_thread(slack: PretendSlack) -> None:
    """With a channel the upload is a message of the bot, with its comment, and can be seen."""
    client = client_of(slack)
    root = str(client.chat_postMessage(channel=CACHE, text="root")["ts"])
    client.files_upload_v2(
        content=png(), filename="hits.png", channel=CACHE, thread_ts=root, initial_comment="hits"
    )
    reply = slack.messages(CACHE)[1]
    assert (reply.text, reply.thread_ts) == ("hits", root)
    url = f"{slack.web_url}files/{reply.content.files[0]}"
    with urllib.request.urlopen(url) as answer:  # noqa: S310 - the sandbox's own loopback address
        assert answer.read() == png()


def test_bytes_must_be_those_announced(slack: PretendSlack) -> None:
    """An upload of another length is refused, and a file that was never sent is not shared."""
    client = client_of(slack)
    asked = client.files_getUploadURLExternal(filename="a.png", length=3)
    url = str(asked["upload_url"])
    with pytest.raises(urllib.error.HTTPError, match="400"):
        urllib.request.urlopen(url, data=b"four")  # noqa: S310 - as above
    with pytest.raises(SlackApiError, match="file_not_found"):
        client.files_completeUploadExternal(files=[{"id": str(asked["file_id"])}])
    with pytest.raises(SlackApiError, match="invalid_arguments"):
        client.files_completeUploadExternal(files=[{"title": "no id"}])
