"""The Logging query language: what matches, what does not, and what is refused."""

from collections.abc import Mapping
from datetime import UTC, datetime

import pytest

from sandbox.clock import Clock
from sandbox.cloud.log_filter import MAX_LENGTH, compile_filter
from sandbox.cloud.log_tokens import FilterError
from sandbox.cloud.logs import Logs

NOON = datetime(2026, 11, 1, 12, tzinfo=UTC)
EXECUTION = "run.googleapis.com/execution_name"


def matches(
    text: str,
    payload: Mapping[str, object] | str,
    labels: Mapping[str, str] | None = None,
    severity: str = "INFO",
) -> bool:
    """Whether the filter matches one entry of the service, written at noon."""
    logs = Logs(Clock())
    logs.write(
        log_id="run.googleapis.com/stdout",
        resource_type="cloud_run_revision",
        resource_labels={"service_name": "tabular-service", "location": "europe-west1"},
        labels=labels or {},
        severity=severity,
        text=payload if isinstance(payload, str) else None,
        payload=None if isinstance(payload, str) else payload,
        at=NOON,
    )
    return len(compile_filter(text).select(logs)) == 1


STARTUP: Mapping[str, object] = {
    "message": "Startup complete",
    "cache_hit": True,
    "shared_volume_enabled": True,
    "seconds": 3,
    "nested": {"deep": {"name": "Bge-M3"}},
    "shoe_sizes": [8.5, 9, 6],
    "steps": [{"name": "pull", "ok": True}, {"name": "move", "ok": False}],
    "nothing": None,
    "odd.key": "apple",
    "version": "20261101-020000",
    "big": "9223372036854775807",
}


@pytest.mark.parametrize(
    "text",
    [
        "",
        "  -- only a comment",
        'jsonPayload.message="Startup complete"',
        'jsonPayload.message="STARTUP COMPLETE"',
        'jsonPayload.message:"up comp"',
        "jsonPayload.message:STARTUP",
        "jsonPayload.cache_hit=true",
        'jsonPayload.cache_hit="True"',
        "jsonPayload.cache_hit!=false",
        "jsonPayload.cache_hit>false",
        "jsonPayload.seconds=3",
        "jsonPayload.seconds=3.0",
        'jsonPayload.seconds="3"',
        "jsonPayload.seconds=30e-1",
        "jsonPayload.seconds>=2.5 jsonPayload.seconds<4",
        "jsonPayload.seconds > -1",
        "jsonPayload.seconds!=4",
        "jsonPayload.seconds < Infinity",
        "jsonPayload.seconds:3",
        'jsonPayload.nested.deep.name="bge-m3"',
        "jsonPayload.nested.deep:*",
        "jsonPayload.nested:bge",
        "jsonPayload:startup",
        "jsonPayload:*",
        "jsonPayload.shoe_sizes < 7",
        "jsonPayload.shoe_sizes = 9",
        'jsonPayload.steps.name="move"',
        "jsonPayload.nothing = NULL_VALUE",
        "jsonPayload.nothing:*",
        "jsonPayload.seconds != NULL_VALUE",
        'jsonPayload."odd.key":apple',
        'jsonPayload.version >= "20261101-000000"',
        'jsonPayload.version < "20261102"',
        'jsonPayload.message = (nope OR "startup complete")',
        'jsonPayload.message : ("Startup" AND "complete")',
        'jsonPayload.message : ("Startup" "complete")',
        'jsonPayload.message : ("Startup" AND NOT "failed")',
        'jsonPayload.message =~ "^Startup [a-z]+$"',
        'jsonPayload.message =~ "(?i)STARTUP"',
        'jsonPayload.message !~ "startup"',
        'jsonPayload.message =~ ("^No" OR "complete$")',
        "severity=INFO",
        'severity="info"',
        "severity>=INFO severity<ERROR",
        "severity!=ERROR",
        "severity=(INFO OR WARNING)",
        'resource.type="cloud_run_revision" AND resource.labels.service_name="tabular-service"',
        "resource.labels.service_name:*",
        "resource.labels:*",
        "resource.type=cloud_run_revision",
        'logName="projects/sandbox-project/logs/run.googleapis.com%2Fstdout"',
        "logName:stdout",
        'timestamp="2026-11-01T12:00:00Z"',
        'timestamp>="2026-11-01T13:00:00+01:00"',
        'timestamp>="2026-11-01T11:59:59.999999999Z"',
        'timestamp>"2026-11-01" timestamp<"2026-11-02"',
        "timestamp>2026-11-01",
        'receiveTimestamp>"2020-01-01"',
        "insertId:*",
        "startup",
        '"Startup complete"',
        "startup complete",
        "europe-west1",
        "9",
        "NOT failed",
        "-failed",
        '-"failed"',
        "-(failed OR broken)",
        "textPayload!=robot",  # a field of every entry, so it has its default here
        'textPayload !~ "robot"',
        "-textPayload:robot",
        "trace!=x",
        "traceSampled=false",
        "resource.type=nope OR severity=INFO",
        "startup -- a comment to the end\n AND severity=INFO",
        "jsonPayload.big=9223372036854775807",
        "((((severity=INFO))))",
    ],
)
def test_what_matches(text: str) -> None:
    """The documented forms of comparison find the entry that they describe."""
    assert matches(text, STARTUP)


@pytest.mark.parametrize(
    "text",
    [
        'jsonPayload.message="Startup"',
        "jsonPayload.cache_hit=false",
        "jsonPayload.cache_hit=1",
        "jsonPayload.cache_hit!=yes",  # what cannot be converted fails, negated or not
        "jsonPayload.cache_hit:tru",
        "jsonPayload.seconds=three",
        "jsonPayload.seconds!=three",
        "jsonPayload.seconds=1_000",
        "jsonPayload.seconds < NaN",
        'jsonPayload.seconds =~ "3"',
        "jsonPayload.nested.deep=Bge-M3",
        'jsonPayload.nothing = "NULL_VALUE"',
        "jsonPayload.nothing != 3",
        "jsonPayload.Message:startup",  # the letter case of payload fields counts
        "jsonPayload.shoe_sizes > 9",
        'jsonPayload.message =~ "startup"',
        'jsonPayload.message !~ "Startup"',
        'jsonPayload.message = (nope AND "startup complete")',
        "severity>=NOTICE",
        "severity>INFO",
        "resource.labels.service_name=tabular",
        'timestamp>"2026-11-01T12:00:00Z"',
        'timestamp>="2026-11-01T12:00:00.000000001Z"',
        'timestamp<"2026-11-01T13:00:00+01:00"',
        "traceSampled=true",
        "trace:*",
        "textPayload:*",
        "spanId:*",
        "NOT startup",
        "-startup",
        "startup failed",
        "startup or absent",  # in lower case a search term, not an operator
    ],
)
def test_what_does_not_match(text: str) -> None:
    """A comparison is true of what it says and of nothing near it."""
    assert not matches(text, STARTUP)


def test_a_bare_path_searches_for_its_text() -> None:
    """`jsonPayload.cache_hit` alone is a text search: it does not ask for the field."""
    assert not matches("jsonPayload.cache_hit", STARTUP)
    assert matches("jsonPayload.cache_hit", "try the filter jsonPayload.cache_hit=true")
    assert matches("jsonPayload.cache_hit:*", STARTUP)
    assert not matches("jsonPayload.cache_hit:*", {"message": "jsonPayload.cache_hit"})


def test_or_binds_tighter_than_and() -> None:
    """`a OR b AND c` is `(a OR b) AND c`, with AND written or not, unlike in most languages."""
    for text in ("startup OR nope AND absent", "startup OR nope absent"):
        assert not matches(text, STARTUP)
    assert matches("startup OR (nope AND absent)", STARTUP)
    assert matches("absent OR NOT absent AND NOT nope OR absent", STARTUP)
    assert matches("absent AND nope OR startup", {"message": "absent, but startup"})
    assert not matches("absent AND nope OR startup", STARTUP)


@pytest.mark.parametrize("op", ["=", "!=", "<", ">=", ":", "=~", "!~"])
@pytest.mark.parametrize("field", ["jsonPayload.gone", "labels.gone", "resource.labels.gone"])
def test_comparisons_with_missing_fields_are_false(field: str, op: str) -> None:
    """No comparison with a field that an entry lacks is true, != included; NOT turns it around."""
    assert not matches(f'{field}{op}"x"', STARTUP)
    assert matches(f'NOT {field}{op}"x"', STARTUP)
    assert not matches(f"{field}:*", STARTUP)


def test_payload_fields_are_missing_from_a_text_entry() -> None:
    """A plain line has no payload fields, though other lines of the same program have."""
    assert not matches("jsonPayload.cache_hit!=true", "pulling manifest")
    assert matches("NOT jsonPayload.cache_hit=true", "pulling manifest")
    assert not matches("jsonPayload:*", "pulling manifest")
    assert matches('textPayload:"MANIFEST"', "pulling manifest")


def test_severities_have_an_order() -> None:
    """severity>=ERROR takes the errors and what is worse, by rank and not by name."""
    order = ["DEFAULT", "DEBUG", "INFO", "NOTICE", "WARNING", "ERROR", "CRITICAL", "ALERT"]
    found = [level for level in order if matches("severity>=ERROR", "x", severity=level)]
    assert found == ["ERROR", "CRITICAL", "ALERT"]
    assert not matches("severity:*", "x", severity="DEFAULT")


def test_labels_with_dots_and_slashes_are_quoted() -> None:
    """A label such as Cloud Run's execution name is found by its quoted name only."""
    labels = {EXECUTION: "tabular-model-sync-abc12"}
    assert matches(f'labels."{EXECUTION}"="tabular-model-sync-abc12"', "x", labels)
    assert matches(f'labels."{EXECUTION}":*', "x", labels)
    assert not matches(f'labels."{EXECUTION}"="tabular-model-sync-zzz99"', "x", labels)
    with pytest.raises(FilterError, match="a label with dots is quoted"):
        compile_filter(f"labels.{EXECUTION}=x")


def test_comparisons_see_through_letter_forms() -> None:
    """Letter case and compatibility forms of letters do not count, beyond ASCII too."""
    assert matches('textPayload:"STRASSE"', "Hauptstraße 1")
    assert matches('textPayload:"ﬁle"', "no such FILE")
    assert matches(r'textPayload="caf\u00e9"', "CAFÉ")


def test_strings_have_escapes() -> None:
    """Quotation marks, backslashes and control characters can be written in a string."""
    said = 'a "word"\tC:\\x'
    assert matches(r'textPayload="a \"word\"\tC:\\x"', said)
    assert matches(r'textPayload="\x61 \042word\042\u0009C:\\x"', said)
    assert matches(r'textPayload=~"^a.*\\\\x$"', said)


def test_the_longest_filter_is_taken() -> None:
    """20,000 characters are allowed, also as thousands of terms."""
    text = " ".join(["startup"] * (MAX_LENGTH // 8))
    assert len(text) <= MAX_LENGTH
    assert matches(text, STARTUP)
    assert matches("startup" + " " * (MAX_LENGTH - 7), STARTUP)
