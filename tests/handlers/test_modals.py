"""Properties of the typed word: who clicks is asked for it, and it counts once, when right."""

from collections.abc import Iterator
from concurrent.futures import ThreadPoolExecutor
from dataclasses import dataclass, replace
from datetime import timedelta
from pathlib import Path

import pytest
from slack_bolt import App
from slack_sdk import WebClient

from core.call import Actor, Call, Door, Place
from core.commands import Sync
from core.operations import OperationId
from core.planning import plan_for
from core.plans import Asking
from core.policy import Role
from core.proposals import Proposal, ProposalId, ProposalState
from core.snapshot import Snapshot
from core.store.database import Database
from handlers.account import Account, authorizer
from handlers.blocks.proposal import card_of_proposal
from handlers.blocks.slack import to_slack
from handlers.modals import Modals
from handlers.routes import Doors, register
from sandbox.faults import Fault, LoseReply, Refuse
from sandbox.slack.directory import Manifest
from sandbox.slack.messages import Content, Draft, Message, View
from tests.core.small_desk import ANNA, INCIDENTS, NOW, OLGA, VIC, call_of
from tests.handlers.listener_stage import Stage, watching_nothing
from tests.sandbox.slack_fixtures import QUIET, on_http, running_slack
from tests.waiting import eventually

WORD = "tabular-model-cache"
ASK = "Confirm\u2026"
PLAN = ProposalId("sync-abc234")


@dataclass
class Office:
    """A bot behind real doors, and a plan card in a thread that asks for a word."""

    stage: Stage
    modals: Modals
    place: Place
    card: Message

    def proposal(self) -> Proposal:
        """Return the plan as it stands."""
        found = self.modals.listener.desk.records.proposals.get(PLAN)
        assert found is not None
        return found

    def asked(self, user: str = OLGA) -> View:
        """Click, and return the modal that opens."""
        person = self.stage.slack.as_user(user)
        assert person.click(self.card, ASK).acked
        view = self.stage.slack.wait_for(lambda: person.modal)
        assert view is not None
        return view

    def typed(self, view: View, word: str = WORD) -> dict[str, str]:
        """Type a word and submit; return what is said beneath the input."""
        return dict(self.stage.slack.as_user(view.user).submit(view, {"word": word}).errors)

    def told(self, user: str = OLGA) -> str:
        """Return what one person is told, once they are."""
        self.stage.slack.wait_for(lambda: self.stage.private(user))
        (said,) = self.stage.private(user)
        return said

    def started(self) -> bool:
        """Tell, once an operation was set going, whether it is the plan's and the only one."""
        assert eventually(lambda: "started" in [one.word for one in self.stage.logged])
        return self.stage.engine.known == [self.proposal().operation_id]

    def kept(self) -> list[Call]:
        """Return the calls that were kept."""
        return [entry.call for entry in self.stage.audit().values()]


def waiting_plan(modals: Modals, place: Place) -> Proposal:
    """Keep a plan that asks for a word."""
    desk = modals.listener.desk
    plan = plan_for(Sync(), Snapshot(desk.cloud), desk)
    ask = Asking(Role.OPERATOR, typed=WORD, danger=True)
    made = Proposal(
        PLAN,
        replace(plan, ask=ask),
        "sync",
        Actor(ANNA, "T0SANDBOX", "anna"),
        place,
        ProposalState.OPEN,
        NOW,
        NOW + timedelta(minutes=10),
    )
    desk.records.proposals.create(made)
    return made


@pytest.fixture
def office(file_database: Database, tmp_path: Path) -> Iterator[Office]:
    """One office for each test, reached by HTTP."""
    with running_slack(Manifest(socket_mode=False)) as slack:
        stage = Stage(slack, file_database, tmp_path)
        stage.gate.set()
        listener = stage.listener()
        modals = Modals(listener, ThreadPoolExecutor(2))
        app = App(
            client=WebClient(base_url=slack.api_url),
            signing_secret=slack.signing_secret,
            authorize=authorizer(Account()),
            process_before_response=True,
            logger=QUIET,
        )
        watched = watching_nothing(listener)
        register(app, Doors(listener, modals, stage.watch), watched, "/cache")
        root = slack.as_user(OLGA).say(INCIDENTS.channel_id, "Who looks?").message
        assert root is not None
        place = Place(INCIDENTS.channel_id, root.ts)
        card = to_slack(card_of_proposal(waiting_plan(modals, place), NOW))
        content = Content(card.text, tuple(card.blocks))
        draft = Draft(place.channel_id, "U0CACHEBOT", content, root.ts, bot_id="B0CACHEBOT")
        with on_http(slack, app):
            yield Office(stage, modals, place, slack.workspace.post(draft))
        listener.leave()
        modals.pool.shutdown()
        listener.pool.shutdown()
        listener.outbox.stop()


def test_the_right_word_is_the_command_that_says_yes(office: Office) -> None:
    """It closes the modal and takes the road from where the card is."""
    view = office.asked()
    assert office.kept() == []
    assert office.typed(view) == {}
    assert not view.is_open
    assert office.started()
    (call,) = office.kept()
    assert call.words == f"confirm {PLAN} {WORD}"
    assert (call.door, call.place) == (Door.BUTTON, office.place)
    assert call.actor == Actor(OLGA, "T0SANDBOX", "olga")
    assert office.stage.slack.rejections() == []


def test_a_wrong_word_is_told_at_the_input_and_may_be_typed_again(office: Office) -> None:
    """Nothing is kept of it; white space around the right one does not matter."""
    view = office.asked()
    for wrong in ("tabular-model-cach", WORD.upper(), f"{WORD} {WORD}", "<!channel>"):
        assert office.typed(view, wrong) == {"word": f"To confirm, type {WORD} exactly."}
    assert view.is_open
    assert office.kept() == []
    assert office.typed(view, f" {WORD} ") == {}
    assert office.started()


def test_whoever_may_not_is_refused_at_the_click(office: Office) -> None:
    """No modal opens, the refusal is private, and the audit has it."""
    viewer = office.stage.slack.as_user(VIC)
    assert viewer.click(office.card, ASK).acked
    assert "needs the role operator" in office.told(VIC)
    assert viewer.modal is None
    assert eventually(lambda: [one.word for one in office.stage.logged] == ["refused"])
    (call,) = office.kept()
    assert call.words == f"confirm {PLAN}"


def test_a_click_that_comes_too_late_is_told_so(office: Office) -> None:
    """The card may still be on somebody's screen."""
    assert office.typed(office.asked(ANNA)) == {}
    assert office.started()
    office.stage.slack.as_user(OLGA).click(office.card, ASK)
    assert "was faster" in office.told()
    assert office.stage.slack.as_user(OLGA).modal is None


def test_a_word_that_comes_too_late_is_told_at_the_input(office: Office) -> None:
    """Somebody else may decide while the modal is open, and time goes by."""
    late, first = office.asked(OLGA), office.asked(ANNA)
    assert office.typed(first) == {}
    assert office.started()
    assert "Somebody was faster" in office.typed(late)["word"]


def test_an_expired_plan_takes_no_word(office: Office) -> None:
    """Nor does a click on it open a modal."""
    view = office.asked()
    office.stage.watch.pass_by(timedelta(minutes=11))
    assert "has expired" in office.typed(view)["word"]
    office.stage.slack.as_user(ANNA).click(office.card, ASK)
    assert "has expired" in office.told(ANNA)


@pytest.mark.parametrize("trouble", [Refuse(429), Refuse(500), LoseReply()])
def test_where_no_modal_opens_the_words_that_work_are_told(
    office: Office, trouble: Refuse | LoseReply
) -> None:
    """By them the plan can be confirmed all the same."""
    office.stage.slack.faults.add(Fault("views.open", trouble, times=1))
    olga = office.stage.slack.as_user(OLGA)
    assert olga.click(office.card, ASK).acked
    words = f"confirm {PLAN} {WORD}"
    assert f"@cachebot {words}" in office.told().replace("`", "")
    assert olga.slash(INCIDENTS.channel_id, f"/cache {words}").acked
    assert office.started()


def test_a_trigger_that_expired_is_told_with_the_words(office: Office) -> None:
    """As where a user group was read too slowly."""
    call = replace(call_of(f"confirm {PLAN}"), door=Door.BUTTON)
    trigger = office.stage.slack.workspace.triggers.issue(OLGA)
    office.stage.slack.clock.advance(timedelta(seconds=4))
    office.modals.open(call, trigger)
    assert "click again" in office.told()


def test_a_click_that_is_delivered_twice_opens_one_modal(office: Office) -> None:
    """The second delivery finds the trigger used, which is no trouble to tell of."""
    call = replace(call_of(f"confirm {PLAN}"), door=Door.BUTTON)
    trigger = office.stage.slack.workspace.triggers.issue(OLGA)
    office.modals.open(call, trigger)
    office.modals.open(call, trigger)
    office.modals.pool.shutdown(wait=True)
    assert office.stage.slack.as_user(OLGA).modal is not None
    assert len(office.stage.slack.faults.seen("views.open")) == 2
    assert office.stage.private() == []


def test_a_submission_that_comes_again_is_the_same_yes(office: Office) -> None:
    """Its modal stays open where the acknowledgement was lost."""
    call = replace(call_of(f"confirm {PLAN}", "modal:V1"), door=Door.BUTTON)
    assert office.modals.take(call, WORD) == ""
    assert office.started()
    assert office.modals.take(call, WORD) == ""
    assert "was faster" in office.modals.take(replace(call, request_id="modal:V2"), WORD)
    assert len(office.kept()) == 1


def test_what_is_found_on_the_road_is_told_where_the_plan_is(office: Office) -> None:
    """A modal has no response URL, so the person is told in the channel, alone."""
    office.stage.engine.held_by = OperationId("sync-other1")
    assert office.typed(office.asked()) == {}
    assert "busy" in office.told().lower()
    (message,) = office.stage.slack.ephemerals(OLGA)
    assert (message.channel, message.thread_ts) == (office.place.channel_id, office.place.thread_ts)
    assert office.proposal().state is ProposalState.OPEN


def test_a_word_that_cannot_be_kept_is_told_at_the_input(office: Office) -> None:
    """Nothing is done, the modal stays, and a moment later the same word counts."""
    view = office.asked()
    with office.stage.without("calls"):
        assert "nothing was done" in office.typed(view)["word"]
    assert view.is_open
    assert office.typed(view) == {}
    assert office.started()


def test_a_plan_that_cannot_be_looked_up_is_told(office: Office) -> None:
    """As while the database is away: no modal, and the click may be repeated."""
    with office.stage.without("proposals"):
        office.stage.slack.as_user(OLGA).click(office.card, ASK)
        assert "database does not answer" in office.told()
    assert office.asked().title == "Confirm sync"


def test_a_refusal_that_cannot_be_kept_is_told_all_the_same(office: Office) -> None:
    """A click without an answer would read as one that worked."""
    with office.stage.without("calls"):
        office.stage.slack.as_user(VIC).click(office.card, ASK)
        assert "click again" in office.told(VIC)
