"""Properties of the modal of a typed word: what it says, and that Slack takes it."""

import json
from dataclasses import replace

from hypothesis import HealthCheck, given, settings

from core.cache.objects import Generation
from core.errors import Decided, NotAllowed, UsageError
from core.plans import Asking, Plan, Restored, RestoreObjects, RetireObjects
from core.policy import Role
from handlers.blocks.modal import error_in_modal, modal_of
from sandbox.slack.block_kit.blocks import Surface
from sandbox.slack.limits import check_view
from tests.core.cleaning_stage import Cleaning
from tests.core.recover_cases import LOST, gone
from tests.core.recover_cases import plan as recovery
from tests.handlers.blocks.cards import rarely_long, words
from tests.handlers.blocks.operation_samples import TYPED_PROPOSAL


def said(view: dict[str, object]) -> str:
    """Return all that a modal says, as JSON."""
    return json.dumps(view, ensure_ascii=False)


def texts_of(value: object) -> list[dict[str, str]]:
    """Return every text object of a modal."""
    if isinstance(value, list):
        return [text for inner in value for text in texts_of(inner)]
    if not isinstance(value, dict):
        return []
    if value.get("type") in ("mrkdwn", "plain_text"):
        return [value]
    return [text for inner in value.values() for text in texts_of(inner)]


def test_the_modal_says_what_is_at_stake_and_what_to_type() -> None:
    """What happens, the warnings, the word, who asked, who may, until when."""
    view = modal_of(TYPED_PROPOSAL)
    assert check_view(view, Surface.MODAL) == []
    assert view["private_metadata"] == "confirm disable-k3f9q2"
    for text in (
        "Confirm disable",
        "Switch the shared volume off in tabular-service.",
        "Nothing has been changed yet.",
        "The next `terraform apply` may switch it on again.",
        "Type tabular-model-cache to confirm",
        "asked for by <@U777>",
        "the role approver",
        "2026-11-23 15:46 UTC",
        "Not now",
    ):
        assert text in said(view)
    assert "&lt;!channel&gt;" in said(view)


def test_many_warnings_are_counted() -> None:
    """The modal stays short, and says that the card has more."""
    plan = replace(TYPED_PROPOSAL.plan, warnings=tuple(f"Warning {n}." for n in range(7)))
    view = said(modal_of(replace(TYPED_PROPOSAL, plan=plan)))
    assert "Warning 2." in view
    assert "Warning 3." not in view
    assert "4 more on the plan's card." in view


@settings(max_examples=50, deadline=None, suppress_health_check=list(HealthCheck))
@given(rarely_long, words, rarely_long)
def test_slack_takes_every_modal(text: str, warnings: tuple[str, ...], word: str) -> None:
    """Whatever the plan holds, no limit is broken and nothing comes to life."""
    plan = replace(
        TYPED_PROPOSAL.plan,
        verb=text,
        summary=text,
        warnings=warnings,
        ask=Asking(Role.OPERATOR, typed=word),
    )
    view = modal_of(replace(TYPED_PROPOSAL, plan=plan))
    assert check_view(view, Surface.MODAL) == []
    live = [one["text"] for one in texts_of(view) if one["type"] == "mrkdwn"]
    assert "<!" not in "".join(live).replace("<!date^", "")


def test_a_problem_reads_well_beneath_the_input() -> None:
    """Plain text there: no id is a mention, no backtick formats, and commands stay away."""
    faster = Decided("U0ANNA", "was faster: x-1 is confirmed already.", "`/cache show x-1` tells.")
    assert error_in_modal(faster) == (
        "Somebody was faster: x-1 is confirmed already. /cache show x-1 tells."
    )
    assert error_in_modal(UsageError("To confirm, type x exactly.", "`/cache confirm`")) == (
        "To confirm, type x exactly."
    )
    assert len(error_in_modal(NotAllowed("x" * 5_000))) <= 200


def with_plan(plan: Plan) -> str:
    """Return what the modal of a plan says."""
    view = modal_of(replace(TYPED_PROPOSAL, plan=plan))
    assert check_view(view, Surface.MODAL) == []
    return said(view)


def test_the_modal_says_plainly_what_is_destroyed() -> None:
    """Its button is green whatever it does, so the words have to say it, with the amounts."""
    cleaning = with_plan(Cleaning().plan)
    assert "It deletes 300 versions of objects (300.0 MB) for good" in cleaning
    restored = Restored("sbert/a", Generation(1), 10, "AAAAAA==", "", Generation(2))
    items = (restored, replace(restored, name="sbert/b"), replace(restored, onto=None))
    plan = replace(TYPED_PROPOSAL.plan, steps=(RestoreObjects(items),))
    assert "It overwrites 2 live objects. What is live there now becomes an old" in with_plan(plan)
    plan = replace(plan, steps=(RetireObjects((("sbert/c", Generation(3)),)),))
    assert "It removes 1 live object." in with_plan(plan)
    assert "*What it destroys or replaces:*" not in said(modal_of(TYPED_PROPOSAL))


def test_the_modal_of_a_recovery_says_what_becomes_of_the_bucket() -> None:
    """Restoring destroys nothing; a new bucket is an empty one."""
    assert "makes the deleted one live again" in with_plan(recovery(gone(LOST)))
    lost = with_plan(recovery(gone()))
    assert "It creates an empty bucket" in lost
    assert "may switch the shared volume off" in lost
