"""Rich text: sections, lists, quotes and preformatted text, and the leaves in them.

Shape: docs.slack.dev/reference/block-kit/blocks/rich-text-block
"""

from sandbox.slack.block_kit.schema import (
    Check,
    array,
    choice,
    flag,
    matching,
    record,
    string,
    tagged,
    whole,
)

_style: dict[str, Check] = {
    "style": record(
        {},
        dict.fromkeys(
            ("bold", "italic", "strike", "underline", "code", "highlight", "unlink"), flag
        ),
    )
}
_address = matching(r"[a-z][a-z0-9+.-]*:\S+", "a valid URL")
_border: dict[str, Check] = {"border": choice(0, 1)}

leaf = tagged(
    {
        "text": record({"text": string()}, _style),
        "link": record({"url": _address}, {**_style, "text": string(), "unsafe": flag}),
        "user": record({"user_id": string(1)}, _style),
        "usergroup": record({"usergroup_id": string(1)}, _style),
        "channel": record({"channel_id": string(1)}, _style),
        "team": record({"team_id": string(1)}, _style),
        "broadcast": record({"range": choice("here", "channel", "everyone")}, _style),
        "emoji": record(
            {"name": string(1)}, {**_style, "unicode": string(1), "skin_tone": whole(1, 6)}
        ),
        "color": record({"value": matching(r"#?[0-9a-fA-F]{6}", "a hex colour")}, _style),
        "date": record(
            {"timestamp": whole(), "format": string(1)},
            {**_style, "url": _address, "fallback": string()},
        ),
    }
)
_section = record({"elements": array(leaf)}, {})
part = tagged(
    {
        "rich_text_section": _section,
        "rich_text_list": record(
            {
                "style": choice("bullet", "ordered"),
                "elements": array(tagged({"rich_text_section": _section}), 1),
            },
            {**_border, "indent": whole(0, 8), "offset": whole()},
        ),
        "rich_text_preformatted": record(
            {"elements": array(leaf)}, {**_border, "language": string(1)}
        ),
        "rich_text_quote": record({"elements": array(leaf)}, _border),
    }
)
rich_text_fields: dict[str, Check] = {"elements": array(part)}
rich_text = tagged({"rich_text": record(rich_text_fields, {"block_id": string(1, 255)})})
