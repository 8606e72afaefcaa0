"""Words for variables and their values, the same for the service and the sync job."""

from collections.abc import Callable, Mapping


def changed_since(before: Mapping[str, str | None], now: Callable[[str], str | None]) -> str:
    """Say which variable is no longer what the plan was made from; empty where none is."""
    for name, value in before.items():
        found = now(name)
        if found != value:
            return (
                f"{name} is {shown(found)} by now, not {shown(value)} as in the plan. "
                "Nothing was changed."
            )
    return ""


def change_told(before: Mapping[str, str | None], after: Mapping[str, str | None]) -> str:
    """Say what was set from what to what."""
    return ", ".join(
        f"{name} set from {shown(before.get(name))} to {shown(value)}"
        for name, value in after.items()
    )


def shown(value: str | None) -> str:
    """Show a value; one that is not there is told from one that is empty."""
    return "absent" if value is None else f"`{value}`"
