"""Properties of the proof of a cleanup: it believes nothing but what it sees."""

from dataclasses import replace
from datetime import timedelta

from core.outcomes import Done
from tests.core.cleaning_stage import Cleaning, failed
from tests.core.whole_cache import NOW


def test_the_proof_looks_at_everything_again() -> None:
    """Done is told with the bytes that are left, by kind."""
    cleaning = Cleaning()
    cleaning.until_over()
    outcome = cleaning.take(1)
    assert isinstance(outcome, Done)
    assert "Nothing of the set is left" in outcome.note
    assert outcome.evidence.keys() == {
        "bytes_after_live",
        "bytes_after_noncurrent",
        "bytes_after_soft-deleted",
    }


def test_the_proof_fails_where_something_of_the_set_is_left() -> None:
    """Whatever the deletion has told."""
    cleaning = Cleaning()
    assert "300 versions of the set are still there" in failed(cleaning.take(1)).why


def test_the_proof_fails_where_something_else_went() -> None:
    """The reader has to know; that it was the cleanup is not known, and is not said."""
    cleaning = Cleaning()
    cleaning.until_over()
    cleaning.cloud.kept.remove(next(one for one in cleaning.cloud.kept if not one.live))
    why = failed(cleaning.take(1)).why
    assert "1 version that it did not hold is gone as well" in why
    assert "lifecycle or somebody else may have taken" in why


def test_the_proof_tells_what_others_wrote_meanwhile() -> None:
    """A new version is nobody's loss; one that breaks the cache is told as that."""
    cleaning = Cleaning()
    cleaning.until_over()
    later = NOW + timedelta(minutes=1)
    live = next(one for one in cleaning.cloud.kept if one.live)
    cleaning.cloud.kept.append(replace(live, name="ollama/new", created_at=later))
    outcome = cleaning.take(1)
    assert isinstance(outcome, Done)
    assert outcome.note.endswith("Meanwhile others have written 1 version.")
    done = next(one for one in cleaning.cloud.kept if one.name == ".done" and one.live)
    cleaning.cloud.kept.append(replace(done, deleted_at=later))
    cleaning.cloud.kept.remove(done)
    assert "the cache is worse than before" in failed(cleaning.take(1)).why
