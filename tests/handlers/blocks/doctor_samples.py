"""What the bot may have and lack, as the doctor judges it."""

from core.inspection.doctor import Need
from core.inspection.findings import Judgement, Verdict

NEEDS = (
    Need("Bucket", Judgement(Verdict.OK, "tabular-model-cache is there.")),
    Need("People", Judgement(Verdict.OK, "Approvers: 2; operators: 7.")),
    Need(
        "Rights on the service",
        Judgement(
            Verdict.WARNING,
            "The bot's account lacks run.services.update. These fail without it: /cache disable, "
            "/cache enable, /cache rollback, /cache update.",
            "docs/iam.md has the role for each, and how to bind it.",
        ),
    ),
    Need(
        "Slack channels",
        Judgement(
            Verdict.FAILING,
            "I am not in #alerts of CACHEBOT_ALERT_CHANNEL.",
            "Write `/invite @cachebot` there.",
        ),
    ),
    Need("Logs", Judgement(Verdict.UNKNOWN, "Google gave no clear answer.", "Try again.")),
    Need(
        "Nightly trigger",
        Judgement(
            Verdict.NOT_CONFIGURED,
            "There is no nightly trigger tabular-model-sync-nightly.",
            "Check that it is deployed, and its name in the bot's settings.",
        ),
    ),
)
