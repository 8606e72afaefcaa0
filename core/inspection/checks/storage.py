"""Checks of the bucket: its size against the capacity, versioning and lifecycle."""

from datetime import timedelta

from core.deployment import Expectations
from core.errors import NotFound
from core.inspection.findings import Judgement, Scene, Verdict, combined
from core.inspection.size import SizeReport, report_size
from core.objects import OLLAMA, SBERT, TEMPORARY, BucketSettings, LifecycleRule
from core.parallel import Unknown, ask
from core.quantities import count_text, duration_text, share_text, size_text

_GRACE = timedelta(days=2)
"""Lifecycle acts about once a day, asynchronously.

Source: cloud.google.com/storage/docs/lifecycle
"""


def check_size(scene: Scene) -> Judgement:
    """Judge live and noncurrent bytes against the capacity, and leftovers by their age.

    Too much is a warning, however much it is: a bucket has no quota, so nothing breaks.
    """
    try:
        report = report_size(
            scene.reader, scene.deployment.capacity_bytes, scene.now, scene.patience
        )
    except NotFound:
        return _bucketless(scene)
    fullness = _judge_fullness(report, scene.expectations.usage)
    oldest = report.oldest_temporary
    if oldest is None or oldest <= scene.expectations.temporary_age + _GRACE:
        return fullness
    leftovers = Judgement(
        Verdict.WARNING,
        f"Leftovers under .tmp/ are up to {duration_text(oldest)} old.",
        "`/cache cleanup` shows what it would delete, and asks first.",
    )
    return combined((fullness, leftovers))


def _judge_fullness(report: SizeReport, usage: float) -> Judgement:
    soft_deleted = report.soft_deleted_bytes
    aside = (
        f"soft-deleted bytes are unknown: {soft_deleted.reason}"
        if isinstance(soft_deleted, Unknown)
        else f"{size_text(soft_deleted.value)} soft-deleted are not counted"
    )
    share = share_text(report.counted_bytes, report.capacity_bytes)
    why = (
        f"{size_text(report.live_bytes)} live and {size_text(report.noncurrent_bytes)} noncurrent"
        f" are {share} of {size_text(report.capacity_bytes)}; {aside}."
    )
    if report.share >= usage:
        return Judgement(Verdict.WARNING, why, _MAKE_ROOM)
    return Judgement(Verdict.OK, why)


_BRING_BACK = (
    "Restore the soft-deleted bucket first: a new one of the same name would rule that out. Only "
    "where there is none, create it by Terraform with its access rights, then run /cache sync."
)
_MAKE_ROOM = (
    "/cache cleanup versions shows which old noncurrent versions can go, and asks first; or "
    "raise the capacity that is planned."
)


def check_bucket(scene: Scene) -> Judgement:
    """Judge whether versioning and lifecycle keep what a rollback needs and drop the rest."""
    try:
        settings = scene.reader.bucket()
    except NotFound:
        return Judgement(
            Verdict.FAILING,
            f"There is no bucket {scene.deployment.bucket}, so the service cannot mount it.",
            _BRING_BACK,
        )
    lacking = lacking_settings(settings, scene.expectations)
    if lacking:
        return Judgement(
            Verdict.WARNING, " ".join(lacking), "Put the bucket's settings right by Terraform."
        )
    kept, age = scene.expectations.kept_versions, scene.expectations.temporary_age
    return Judgement(
        Verdict.OK,
        f"Versioning is on, {kept} versions of each object are kept,"
        f" .tmp/ is emptied after {duration_text(age)}.",
    )


def no_bucket(scene: Scene) -> Judgement | None:
    """Return what to say about the content where there is no bucket, None where there is one.

    That it is missing is the bucket check's finding; elsewhere it only explains the silence.
    """
    listing = ask("objects", scene.reader.objects).reading(scene.patience)
    if isinstance(listing, Unknown) and isinstance(listing.error, NotFound):
        return _bucketless(scene)
    return None


def _bucketless(scene: Scene) -> Judgement:
    return Judgement(
        Verdict.UNKNOWN,
        f"There is no bucket {scene.deployment.bucket} to look into.",
        _BRING_BACK,
    )


def lacking_settings(settings: BucketSettings, expectations: Expectations) -> tuple[str, ...]:
    """Return, as sentences, what the bucket's settings lack.

    A rule that counts newer versions includes the live one, so 3 keeps the live version and
    two older ones. Source: cloud.google.com/storage/docs/lifecycle#numnewerversions
    """
    kept, age = expectations.kept_versions, expectations.temporary_age
    rules = settings.lifecycle
    lacking: list[str] = []
    if not settings.versioning:
        lacking.append("Object versioning is off, so nothing can be rolled back.")
    counting = [rule.newer_versions for rule in rules if rule.newer_versions and _models(rule)]
    if not counting:
        lacking.append(f"No lifecycle rule limits old versions (numNewerVersions={kept}).")
    elif min(counting) < kept:
        lacking.append(
            f"A lifecycle rule keeps only {count_text(min(counting), 'version')},"
            f" fewer than the {kept} required."
        )
    if any(_deletes_models(rule) for rule in rules):
        lacking.append("A lifecycle rule deletes models by their age alone.")
    emptying = [rule.age for rule in rules if rule.age is not None and _empties_temporary(rule)]
    if not emptying:
        lacking.append(f"No lifecycle rule empties .tmp/ after {duration_text(age)}.")
    elif min(emptying) > age:
        lacking.append(
            f".tmp/ is emptied only after {duration_text(min(emptying))}, not {duration_text(age)}."
        )
    return tuple(lacking)


def _models(rule: LifecycleRule) -> bool:
    """Tell whether the rule reaches models: all of the bucket or one of their folders."""
    if not rule.prefixes:
        return True
    return any(
        folder.startswith(prefix) or prefix.startswith(folder)
        for prefix in rule.prefixes
        for folder in (OLLAMA, SBERT)
    )


def _deletes_models(rule: LifecycleRule) -> bool:
    return rule.age is not None and rule.newer_versions is None and _models(rule)


def _empties_temporary(rule: LifecycleRule) -> bool:
    if rule.newer_versions is not None:
        return False
    return not rule.prefixes or any(TEMPORARY.startswith(prefix) for prefix in rule.prefixes)
