"""Slack's limits on one message or modal; where its pages disagree, the smaller number.

Sources: docs.slack.dev/reference/block-kit (blocks, block-elements, composition-objects),
docs.slack.dev/reference/methods/chat.update and docs.slack.dev/surfaces/modals.
"""

from typing import Final

BLOCKS: Final = 50
BLOCK_ID: Final = 255
HEADER: Final = 150
SECTION: Final = 3_000
FIELDS: Final = 10
FIELD: Final = 2_000
CONTEXT: Final = 3_000
ACTIONS: Final = 25
ACTION_ID: Final = 255
BUTTON_LABEL: Final = 75
BUTTON_VALUE: Final = 2_000
BUTTON_SPOKEN: Final = 75
QUESTION_TITLE: Final = 100
QUESTION_TEXT: Final = 300
QUESTION_ANSWER: Final = 30
URL: Final = 3_000
ALT: Final = 2_000
MODAL_WORDS: Final = 24
"""Of a modal's title, and of its two buttons."""

INPUT_LABEL: Final = 2_000

TEXT: Final = 3_000
"""Of the top-level text. chat.update refuses more than 4,000 with `msg_too_long`."""

MESSAGE: Final = 11_000
"""Of all blocks as JSON. Undocumented: near 12,000 Slack answers `msg_blocks_too_long`.

Measured by users: github.com/slackapi/bolt-js/issues/2509 and .../2867
"""
