"""Checks of the bucket: its size against the capacity, versioning and lifecycle."""

from collections.abc import Sequence
from datetime import timedelta

from core.cache.buckets import Binding, member_of, roles_of, suffices
from core.cache.lifecycle import lacking_settings
from core.cache.objects import BucketSettings
from core.errors import NotFound
from core.executions import SyncJob
from core.inspection.findings import Judgement, Scene, Verdict, combined
from core.inspection.size import Folder, SizeReport, report_size
from core.parallel import Known, Reading, Unknown, ask
from core.quantities import duration_text, share_text, size_text
from core.rates import reaches
from core.services import Service

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
    if reaches(report.counted_bytes, report.capacity_bytes, usage):
        return Judgement(Verdict.WARNING, why, _make_room(report))
    return Judgement(Verdict.OK, why)


def _make_room(report: SizeReport) -> str:
    """Say what frees most: what syncs left, or old versions; models in use free nothing."""
    leftovers = next(
        (one.live_bytes for one in report.folders if one.folder is Folder.TEMPORARY), 0
    )
    if leftovers > report.noncurrent_bytes:
        return (
            f"/cache cleanup deletes old leftovers under .tmp/ ({size_text(leftovers)} are there), "
            "and asks first."
        )
    if report.noncurrent_bytes:
        return (
            "/cache cleanup versions shows which old noncurrent versions can go, and asks first; "
            "or raise the capacity that is planned."
        )
    return "The models need the room: raise the capacity that is planned, or use smaller ones."


_BRING_BACK = (
    "Run /cache recover: it restores the deleted bucket. Do not create one by hand, which would "
    "rule that out."
)


def check_bucket(scene: Scene) -> Judgement:
    """Judge the bucket's settings and who may use it.

    Versioning and lifecycle are to keep what a rollback needs and drop the rest.
    """
    access = ask("bindings", scene.reader.bindings)
    runs = (ask("service", scene.reader.service), ask("job", scene.reader.job))
    try:
        settings = scene.reader.bucket()
    except NotFound:
        return Judgement(
            Verdict.FAILING,
            f"There is no bucket {scene.deployment.bucket}, so the service cannot mount it.",
            _BRING_BACK,
        )
    refused = _without_access(
        access.reading(scene.patience), [one.reading(scene.patience) for one in runs]
    )
    judged = _judge_settings(settings, scene)
    return combined((refused, judged)) if refused else judged


def _without_access(
    access: Reading[Sequence[Binding]], runs: Sequence[Reading[Service] | Reading[SyncJob]]
) -> Judgement | None:
    """Judge by the bucket's own policy: a role that comes from the project is not seen there."""
    if isinstance(access, Unknown):
        return None  # reading it is a right that the bot needs only to recover
    accounts = {one.value.service_account for one in runs if isinstance(one, Known)}
    lack = [
        account
        for account in sorted(accounts - {""})
        if not suffices(roles_of(member_of(account), access.value))
    ]
    if not lack:
        return None
    return Judgement(
        Verdict.UNKNOWN,
        f"No role on the bucket itself that suffices: {', '.join(lack)}. Unless the project "
        "grants one, the cache can neither be read nor filled.",
        "Run /cache recover: it grants what is missing, and asks first.",
    )


def _judge_settings(settings: BucketSettings, scene: Scene) -> Judgement:
    lacking = lacking_settings(settings, scene.expectations)
    if lacking:
        return Judgement(
            Verdict.WARNING,
            " ".join(lacking),
            "Run /cache recover, or put the bucket's settings right by Terraform.",
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
