"""The emoji names that ops messages use, as characters; unknown names stay as they are."""

import re

_NAME = re.compile(r":([a-z0-9_+-]+):")
_EMOJI = {
    "alarm_clock": "\u23f0",
    "arrow_down": "\u2b07\ufe0f",
    "arrow_right": "\u27a1\ufe0f",
    "arrow_up": "\u2b06\ufe0f",
    "arrows_counterclockwise": "\U0001f504",
    "ballot_box_with_check": "\u2611\ufe0f",
    "bar_chart": "\U0001f4ca",
    "bell": "\U0001f514",
    "black_circle": "\u26ab",
    "broom": "\U0001f9f9",
    "bug": "\U0001f41b",
    "bulb": "\U0001f4a1",
    "calendar": "\U0001f4c5",
    "chart_with_downwards_trend": "\U0001f4c9",
    "chart_with_upwards_trend": "\U0001f4c8",
    "clipboard": "\U0001f4cb",
    "clock3": "\U0001f552",
    "eyes": "\U0001f440",
    "fire": "\U0001f525",
    "floppy_disk": "\U0001f4be",
    "gear": "\u2699\ufe0f",
    "grey_question": "\u2754",
    "hourglass": "\u231b",
    "hourglass_flowing_sand": "\u23f3",
    "information_source": "\u2139\ufe0f",
    "key": "\U0001f511",
    "large_blue_circle": "\U0001f535",
    "large_green_circle": "\U0001f7e2",
    "large_orange_circle": "\U0001f7e0",
    "large_yellow_circle": "\U0001f7e1",
    "link": "\U0001f517",
    "lock": "\U0001f512",
    "mag": "\U0001f50d",
    "mega": "\U0001f4e3",
    "memo": "\U0001f4dd",
    "no_entry": "\u26d4",
    "no_entry_sign": "\U0001f6ab",
    "octagonal_sign": "\U0001f6d1",
    "ok_hand": "\U0001f44c",
    "package": "\U0001f4e6",
    "pause_button": "\u23f8\ufe0f",
    "question": "\u2753",
    "raised_hand": "\u270b",
    "recycle": "\u267b\ufe0f",
    "red_circle": "\U0001f534",
    "repeat": "\U0001f501",
    "robot_face": "\U0001f916",
    "rocket": "\U0001f680",
    "rotating_light": "\U0001f6a8",
    "shield": "\U0001f6e1\ufe0f",
    "skull": "\U0001f480",
    "sparkles": "\u2728",
    "stopwatch": "\u23f1\ufe0f",
    "tada": "\U0001f389",
    "thinking_face": "\U0001f914",
    "thumbsup": "\U0001f44d",
    "+1": "\U0001f44d",
    "-1": "\U0001f44e",
    "toolbox": "\U0001f9f0",
    "warning": "\u26a0\ufe0f",
    "wastebasket": "\U0001f5d1\ufe0f",
    "wave": "\U0001f44b",
    "white_check_mark": "\u2705",
    "white_circle": "\u26aa",
    "wrench": "\U0001f527",
    "x": "\u274c",
    "zap": "\u26a1",
}


def with_emoji(text: str) -> str:
    """Return a text with the known `:names:` replaced."""
    return _NAME.sub(lambda match: _EMOJI.get(match[1], match[0]), text)


def emoji(name: str) -> str:
    """Return one emoji, or its name between colons."""
    return _EMOJI.get(name, f":{name}:")
