"""Logging filters that are wrong, or more than the sandbox understands."""

import pytest

from sandbox.cloud.log_filter import MAX_LENGTH, compile_filter
from sandbox.cloud.log_tokens import FilterError


@pytest.mark.parametrize(
    ("text", "why"),
    [
        ("jsonPayload.x = ", "Expected a value, found the end"),
        ("= 3", "Expected a field or a value"),
        ("(startup", "not closed"),
        ("startup)", "Expected an end"),
        ("startup AND", "found the end"),
        ("OR startup", "'OR'"),
        ("a OR OR b", "'OR'"),
        ("NOT NOT a", "'NOT'"),
        ("- a", "must touch"),
        ("()", "Expected a field or a value"),
        ("insertId = abc:def", "':'"),
        ('jsonPayload.x = "open', "no closing quotation mark"),
        ("jsonPayload.x = 'a'", "double quotes, not single"),
        ("jsonPayload.x = {1}", "must be in double quotes"),
        ("jsonPayload.x = a.b", "Put 'a.b' in double quotes"),
        ("jsonPayload.x = +a", "double quotes"),
        ("jsonPayload.x = a--b", "begins a comment"),
        ("jsonPayload.x = *", r"\* is allowed after : only"),
        ("jsonPayload.x = a*", r"'\*'"),
        ("jsonPayload. = 1", "A name must follow the dot"),
        ("jsonPayload .x = 1", "found '.'"),
        ('labels."a"', "needs an operator"),
        (r'textPayload = "\d"', r"Unknown escape \\d"),
        ("thud = 1", "Field not found: 'thud'"),
        ("textPayload.thud = 1", "Field not found"),
        ("resource.name = 1", "Field not found"),
        ("json_payload.x = 1", "Field not found"),
        ("httpRequest.status = 200", "entries have no httpRequest"),
        ("protoPayload.serviceName:*", "entries have no protoPayload"),
        ("resource = x", "is an object"),
        ("jsonPayload = x", "is an object"),
        ("severity = LOUD", "'LOUD' is not a severity"),
        ("severity >= 500", "'500' is not a severity"),
        ('severity =~ "ERR"', "is for text"),
        ("timestamp >= yesterday", "RFC 3339"),
        ('timestamp >= "2026-11-01 12:00:00"', "RFC 3339"),
        ('timestamp >= "2026-11-01T12:00:00"', "RFC 3339"),
        ('timestamp >= "2026-02-30T12:00:00Z"', "RFC 3339"),
        ('timestamp =~ "2026"', "is for text"),
        ("traceSampled = maybe", "true or false"),
        ("jsonPayload.x < NULL_VALUE", "NULL_VALUE compares with = and !="),
        ("jsonPayload.x =~ abc", "Put the regular expression 'abc' in double quotes"),
        ('jsonPayload.x =~ "("', "Invalid regular expression"),
        ('jsonPayload.x =~ "a(?=b)"', "RE2"),
        (r'jsonPayload.x =~ "(a)\\1"', "RE2"),
        ('log_id("run.googleapis.com/stdout")', r"The function log_id\(\) is not supported"),
        ("sample(insertId, 0.25)", r"sample\(\) is not supported"),
        ('SEARCH("hello")', r"SEARCH\(\) is not supported"),
        ("(" * 61 + "a" + ")" * 61, "nested more than 60 deep"),
        ("x" * (MAX_LENGTH + 1), "longer than 20000"),
    ],
)
def test_what_is_wrong_or_not_supported_is_refused(text: str, why: str) -> None:
    """A filter that cannot be carried out to the letter is an error that says why."""
    with pytest.raises(FilterError, match=why):
        compile_filter(text)
