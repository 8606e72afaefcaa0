"""Checks of the monitoring: open incidents, alert policies, log-based metrics."""

from collections.abc import Iterator, Sequence

from core.inspection.findings import Judgement, Scene, Verdict, combined
from core.parallel import Known, ask
from core.quantities import count_text, duration_text
from core.signals import AlertPolicy, is_mild

_TERRAFORM = "Set enable_monitoring_alerts = true in Terraform if alerts are wanted."


def check_incidents(scene: Scene) -> Judgement:
    """Judge whether an alert is open; where there are no policies none can be."""
    policies = ask("alert policies", scene.reader.alert_policies)
    incidents = scene.reader.open_incidents()
    if incidents:
        oldest = min(incidents, key=lambda one: one.opened_at)
        age = duration_text(scene.now - oldest.opened_at)
        names = ", ".join(dict.fromkeys(one.policy_name for one in incidents))
        verb = "is" if len(incidents) == 1 else "are"
        return Judgement(
            Verdict.WARNING if all(is_mild(one.severity) for one in incidents) else Verdict.FAILING,
            f"{count_text(len(incidents), 'incident')} {verb} open, the oldest for {age}: {names}.",
            "Look at /cache alerts.",
        )
    known = policies.reading(scene.patience)
    if isinstance(known, Known) and not known.value:
        return Judgement(
            Verdict.NOT_CONFIGURED, "No alert policy watches this cache, so none can open."
        )
    return Judgement(Verdict.OK, "No incident is open.")


def check_policies(scene: Scene) -> Judgement:
    """Judge whether the alert policies are there, switched on and valid."""
    policies = scene.reader.alert_policies()
    if not policies:
        return Judgement(Verdict.NOT_CONFIGURED, "No alert policy watches this cache.", _TERRAFORM)
    found = [*_invalid(policies), *_switched_off(policies), *_silent(policies)]
    if found:
        return combined(found)
    names = ", ".join(policy.display_name for policy in policies)
    kinds = "policy is" if len(policies) == 1 else "policies are"
    return Judgement(Verdict.OK, f"{len(policies)} {kinds} on: {names}.")


def check_metrics(scene: Scene) -> Judgement:
    """Judge whether the log-based metrics exist; alerts need them, the bot reads the logs."""
    missing = scene.reader.missing_metrics()
    if missing:
        return Judgement(
            Verdict.NOT_CONFIGURED,
            f"Missing: {', '.join(missing)}. The hit rate is read from the logs instead.",
            _TERRAFORM,
        )
    return Judgement(Verdict.OK, "All log-based metrics exist.")


def _invalid(policies: Sequence[AlertPolicy]) -> Iterator[Judgement]:
    for policy in policies:
        if policy.problem:
            yield Judgement(
                Verdict.WARNING,
                f"{policy.display_name} is invalid and never fires: {policy.problem.rstrip('.')}.",
                "Correct the policy in Cloud Monitoring.",
            )


def _switched_off(policies: Sequence[AlertPolicy]) -> Iterator[Judgement]:
    names = [policy.display_name for policy in policies if policy.enabled is False]
    if names:
        yield Judgement(
            Verdict.WARNING,
            f"Switched off: {', '.join(names)}.",
            "Switch it on in Cloud Monitoring.",
        )


def _silent(policies: Sequence[AlertPolicy]) -> Iterator[Judgement]:
    names = [policy.display_name for policy in policies if policy.enabled is None]
    if names:
        yield Judgement(
            Verdict.UNKNOWN,
            f"Cloud Monitoring does not say whether these are on: {', '.join(names)}.",
            "Look at the policies in Cloud Monitoring.",
        )
