"""Cloud Logging: startups and log lines, read with few requests."""

import time
from collections.abc import Callable, Sequence
from datetime import datetime
from typing import assert_never

from google.cloud.logging_v2.services.logging_service_v2 import LoggingServiceV2Client
from google.cloud.logging_v2.types import ListLogEntriesRequest

from core.deployment import Deployment
from core.errors import QuotaExceeded
from core.google.entries import EXECUTION_LABEL, Entry, entry_of
from core.google.errors import Asked, asking
from core.google.patience import SLOW_ATTEMPT_SECONDS, slow_read_retry
from core.google.quota import TokenBucket
from core.google.startups import quoted, service_filter, startups_filter, startups_in
from core.google.times import rfc3339
from core.signals import LogLine, LogQuery, LogSource, Startups

_LARGEST_PAGE = 1000
_MOST_PAGES = 2


class Logs:
    """Reads the project's logs within `budget`. Safe to share between threads."""

    def __init__(
        self,
        client: LoggingServiceV2Client,
        deployment: Deployment,
        budget: TokenBucket,
        clock: Callable[[], float] = time.monotonic,
    ) -> None:
        self._client = client
        self._deployment = deployment
        self._budget = budget
        self._clock = clock
        self._retry = slow_read_retry(before_retry=budget.take)

    def startups(self, since: datetime, until: datetime) -> Startups:
        """Read the startups in [since, until): one request for up to 1,000 lines, else two."""
        wanted = startups_filter(self._deployment, since, until)
        entries, complete = self._newest(wanted, _MOST_PAGES * _LARGEST_PAGE)
        return Startups(since, until, startups_in(entries, since), complete)

    def log_lines(self, query: LogQuery) -> Sequence[LogLine]:
        """Read log lines, newest first."""
        if query.limit < 1:
            return []
        entries, _ = self._newest(lines_filter(self._deployment, query), query.limit)
        # Equal timestamps come in the order they were written in, so oldest first.
        entries.sort(key=lambda entry: (entry.at, entry.insert_id), reverse=True)
        return [
            LogLine(entry.at, entry.severity, entry.text, entry.execution, entry.attempt)
            for entry in entries[: query.limit]
        ]

    def _newest(self, wanted: str, limit: int) -> tuple[list[Entry], bool]:
        """Read the newest entries that match; the second value says whether these are all.

        A page may be empty and still have a next one. Two pages share the time of one call,
        and where the time or the budget does not reach for the second, the first must do.
        """
        ends = self._clock() + SLOW_ATTEMPT_SECONDS
        request = ListLogEntriesRequest(
            resource_names=[f"projects/{self._deployment.project}"],
            filter=wanted,
            order_by="timestamp desc",
            page_size=min(limit, _LARGEST_PAGE),
        )
        found: list[Entry] = []
        for page_number in range(_MOST_PAGES):
            seconds_left = ends - self._clock()
            if page_number > 0 and seconds_left < 1:
                return found, False
            try:
                entries, request.page_token = self._page(request, seconds_left)
            except QuotaExceeded:
                if page_number == 0:
                    raise
                return found, False
            found += entries
            if not request.page_token:
                return found, True
            if len(found) >= limit:
                break
        return found, False

    def _page(self, request: ListLogEntriesRequest, seconds: float) -> tuple[list[Entry], str]:
        self._budget.take()
        with asking(Asked("read", "logs of the project", "logging.logEntries.list")):
            pager = self._client.list_log_entries(request, retry=self._retry, timeout=seconds)
            page = next(pager.pages)
        return [entry_of(message) for message in page.entries], page.next_page_token


def lines_filter(deployment: Deployment, query: LogQuery) -> str:
    """Return the filter for `query`; a text alone is looked for in every field.

    Source: cloud.google.com/logging/docs/view/logging-query-language, "Global restrictions"
    """
    match query.source:
        case LogSource.SERVICE:
            parts = [service_filter(deployment)]
        case LogSource.SYNC:
            parts = [
                'resource.type="cloud_run_job"',
                f"resource.labels.job_name={quoted(deployment.job)}",
                f"resource.labels.location={quoted(deployment.region)}",
            ]
        case _:
            assert_never(query.source)
    parts.append(f'timestamp>="{rfc3339(query.since)}"')
    if query.errors_only:
        parts.append("severity>=ERROR")
    if query.execution:
        parts.append(f'labels."{EXECUTION_LABEL}"={quoted(query.execution)}')
    if query.containing:
        parts.append(quoted(query.containing))
    return " AND ".join(parts)
