"""Stories of the bot dying at every step boundary of every procedure, one death after another.

The boundaries are not listed anywhere: they come from the steps that the same procedure took
when nobody disturbed it, so a step that is added to a plan is killed around at once.
"""

from pathlib import Path
from typing import get_args

import pytest

from core.commands import Mutation
from core.verbs import parse
from tests.stories.lives import boundaries, chains, play
from tests.stories.procedures import SCENARIOS


@pytest.mark.parametrize("name", SCENARIOS)
def test_a_bot_that_dies_at_every_boundary_leaves_the_same_as_one_that_never_died(
    name: str, tmp_path: Path
) -> None:
    """The same cloud, the same steps, the same messages, and no call made again."""
    scenario = SCENARIOS[name]
    operation, undisturbed = play(tmp_path / "undisturbed", scenario, ())
    for number, deaths in enumerate(chains(boundaries(operation))):
        _, disturbed = play(tmp_path / f"disturbed-{number}", scenario, deaths)
        assert disturbed == undisturbed


def test_each_procedure_has_a_scenario() -> None:
    """A procedure that is built is killed at each of its boundaries, or this fails."""
    played = {type(parse(scenario.words.format(id="x-1"))) for scenario in SCENARIOS.values()}
    assert set(get_args(Mutation)) <= played
