"""The query parameters of a Cloud Storage call, read strictly."""

from collections.abc import Iterable
from dataclasses import dataclass

from flask import Request

from sandbox.cloud.object_listing import MAX_PAGE, ListQuery
from sandbox.cloud.storage_errors import bad_parameter, not_built
from sandbox.cloud.versions import Preconditions

_EVERYWHERE = {"alt", "fields", "key", "prettyPrint", "projection", "quotaUser", "userProject"}
_CONDITIONAL_HEADERS = ("If-Match", "If-None-Match", "X-Goog-Encryption-Algorithm")

PRECONDITIONS = (
    "ifGenerationMatch",
    "ifGenerationNotMatch",
    "ifMetagenerationMatch",
    "ifMetagenerationNotMatch",
)
SOURCE_PRECONDITIONS = tuple(name.replace("if", "ifSource", 1) for name in PRECONDITIONS)
BUCKET_PRECONDITIONS = ("ifMetagenerationMatch", "ifMetagenerationNotMatch")
LISTING = (
    "delimiter",
    "endOffset",
    "maxResults",
    "pageToken",
    "prefix",
    "softDeleted",
    "startOffset",
    "versions",
)


@dataclass(frozen=True, slots=True)
class Query:
    """One request's parameters."""

    request: Request

    def allow(self, names: Iterable[str]) -> None:
        """Refuse what this call does not serve: a parameter is never silently ignored."""
        for name in sorted(set(self.request.args) - _EVERYWHERE - set(names)):
            raise not_built(f"the parameter {name} on this call")
        for header in _CONDITIONAL_HEADERS:
            if header in self.request.headers:
                raise not_built(f"the header {header}")

    def text(self, name: str) -> str:
        """Return a parameter, or an empty text."""
        return self.request.args.get(name, "")

    def number(self, name: str) -> int | None:
        """Return a whole number, None where it is absent; raise a 400 where it is none."""
        text = self.request.args.get(name)
        if text is None:
            return None
        if not (text.isascii() and text.isdigit()):
            raise bad_parameter(name, text)
        return int(text)

    def flag(self, name: str) -> bool:
        """Return a boolean; Google's clients write it both `true` and `True`."""
        match self.text(name).lower():
            case "true":
                return True
            case "" | "false":
                return False
            case other:
                raise bad_parameter(name, other)

    def preconditions(self) -> Preconditions:
        """Return what the caller requires of the object."""
        return Preconditions(*(self.number(name) for name in PRECONDITIONS))

    def source_preconditions(self) -> Preconditions:
        """Return what the caller requires of the object that is copied."""
        return Preconditions(*(self.number(name) for name in SOURCE_PRECONDITIONS))

    def page_size(self) -> int:
        """Return how many results a page may hold."""
        size = self.number("maxResults")
        if size == 0:
            raise bad_parameter("maxResults", "0")
        return MAX_PAGE if size is None else min(size, MAX_PAGE)

    def listing(self) -> ListQuery:
        """Return which page of a listing is asked for."""
        return ListQuery(
            prefix=self.text("prefix"),
            delimiter=self.text("delimiter"),
            start_offset=self.text("startOffset"),
            end_offset=self.text("endOffset"),
            max_results=self.page_size(),
            page_token=self.text("pageToken"),
        )
