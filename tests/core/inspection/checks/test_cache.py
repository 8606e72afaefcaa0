"""The checks of manifest, marker and models."""

from dataclasses import replace

import pytest

from core.errors import NotFound, PermissionDenied
from core.inspection.checks.cache import check_done, check_manifest, check_models
from core.inspection.findings import Verdict
from tests.core.reader import MemoryReader
from tests.core.whole_cache import (
    LAYER_BLOBS,
    LLM,
    MODEL_MANIFEST,
    NOW,
    OLDER,
    WEIGHTS,
    Write,
    cache_after,
    judged,
    manifest_text,
    stub_text,
    two_syncs,
    whole_cache,
    without,
)

_STUB = Write("manifest.json", NOW, stub_text("20251121-093000"))


def _after(write: Write) -> MemoryReader:
    return cache_after([*two_syncs(), write])


@pytest.mark.parametrize(
    ("write", "verdict", "words"),
    [
        (Write("manifest.json", NOW, None), Verdict.FAILING, "There is no manifest.json."),
        (Write("manifest.json", NOW, b"{"), Verdict.FAILING, "manifest.json is not valid JSON."),
        (_STUB, Verdict.WARNING, "Version 20251121-093000 is a stub that a startup wrote 0 s ago"),
        (
            Write("manifest.json", NOW, manifest_text("v").replace(b'"ollama"', b'"other"')),
            Verdict.FAILING,
            "manifest.json names no language model.",
        ),
    ],
)
def test_the_manifest_is_judged_by_what_it_is(write: Write, verdict: Verdict, words: str) -> None:
    """Missing and unreadable manifests fail, a stub warns, each says which it is."""
    judgement = judged(check_manifest, _after(write))
    assert judgement.verdict is verdict
    assert judgement.why.startswith(words)
    assert "/cache sync" in judgement.next_step


def test_a_wiped_cache_is_recovered_rather_than_fetched_anew() -> None:
    """Where neither manifest nor model is left, what was deleted may come back undownloaded."""
    wiped = replace(whole_cache(), stored=())
    for check in (check_manifest, check_done, check_models):
        assert "/cache recover" in judged(check, wiped).next_step


def test_a_missing_manifest_fails_even_if_the_bucket_cannot_be_listed() -> None:
    """That there is no manifest is known, whatever the listing says."""
    reader = without(whole_cache(), "manifest.json")
    denied = replace(reader, errors={"objects": PermissionDenied("no")})
    for one in (reader, denied):
        assert judged(check_manifest, replace(one, stored=())).verdict is Verdict.FAILING


@pytest.mark.parametrize(
    ("write", "verdict", "words"),
    [
        (Write(".done", NOW, None), Verdict.FAILING, "There is no .done marker"),
        (Write(".done", NOW, b"x\n"), Verdict.FAILING, 'The .done marker says "x", but'),
        (Write("manifest.json", NOW, None), Verdict.FAILING, "The marker says 20251121-020000, "),
        (Write("manifest.json", NOW, b""), Verdict.FAILING, "The marker says 20251121-020000, "),
        (_STUB, Verdict.WARNING, "The marker still names 20251121-020000: a startup replaced"),
    ],
)
def test_the_marker_has_to_equal_the_manifest(write: Write, verdict: Verdict, words: str) -> None:
    """Whatever keeps the two from agreeing is told; behind a stub it is only a warning."""
    judgement = judged(check_done, _after(write))
    assert judgement.verdict is verdict
    assert judgement.why.startswith(words)
    assert "/cache sync" in judgement.next_step


def test_missing_files_fail_by_name() -> None:
    """Two problems are told in full, more are counted."""
    one = judged(check_models, without(whole_cache(), LAYER_BLOBS[0]))
    assert (one.verdict, one.why) == (
        Verdict.FAILING,
        "A blob of llama3.2:1b is missing: sha256-747474747474.",
    )
    reader = whole_cache()
    for name in (*LAYER_BLOBS, WEIGHTS):
        reader = without(reader, name)
    assert judged(check_models, reader).why.endswith(" 1 more problem.")


def test_under_a_stub_only_the_language_model_is_vouched_for() -> None:
    """What was not looked for is said not to have been."""
    judgement = judged(check_models, _after(_STUB))
    assert judgement.verdict is Verdict.WARNING
    assert judgement.why == (
        f"{LLM} (1.3 GB, 4 files) is complete. The manifest names no embedding model, "
        "so none was looked for."
    )


def test_without_a_manifest_the_models_are_unknown() -> None:
    """Which models belong in the cache is not guessed."""
    judgement = judged(check_models, _after(Write("manifest.json", NOW, None)))
    assert judgement.verdict is Verdict.UNKNOWN
    nameless = Write("manifest.json", NOW, b'{"version": "v", "models": {}}')
    assert judged(check_models, _after(nameless)).verdict is Verdict.UNKNOWN


@pytest.mark.parametrize("check", [check_manifest, check_done, check_models])
def test_without_a_bucket_there_is_nothing_to_judge(check: object) -> None:
    """A missing bucket is not told as missing content."""
    assert callable(check)
    judgement = judged(check, replace(whole_cache(), settings=None))
    assert judgement.verdict is Verdict.UNKNOWN
    assert judgement.next_step.startswith("Run /cache recover")


def test_what_is_gone_in_mid_look_is_no_missing_bucket() -> None:
    """A model fact that is not there is the model's problem, while the bucket is there."""
    reader = replace(whole_cache(), errors={f"read {MODEL_MANIFEST}": NotFound("gone")})
    judgement = judged(check_models, reader)
    assert judgement.verdict is Verdict.FAILING
    assert "it has no model manifest" in judgement.why


def test_an_older_marker_is_shown_as_such() -> None:
    """A marker of the sync before names that version, as after a promotion that broke off."""
    judgement = judged(check_done, _after(Write(".done", NOW, OLDER.encode())))
    assert f'says "{OLDER}"' in judgement.why
