"""One page of an objects listing: prefixes, offsets and the token that leads to the next page.

Rules as docs.cloud.google.com/storage/docs/json_api/v1/objects/list gives them.
"""

import base64
import binascii
from collections.abc import Iterable, Iterator
from dataclasses import dataclass, field
from itertools import islice

from sandbox.cloud.storage_errors import bad_parameter
from sandbox.cloud.versions import Version

MAX_PAGE = 1000

Entry = Version | str  # a version, or a prefix that stands for all names under it


@dataclass(frozen=True, slots=True)
class ListQuery:
    """What a listing asks for, versions and soft deletion aside."""

    prefix: str = ""
    delimiter: str = ""
    start_offset: str = ""
    end_offset: str = ""
    max_results: int = MAX_PAGE
    page_token: str = ""


@dataclass(slots=True)
class Page:
    """A page: at most `max_results` items and prefixes together."""

    items: list[Version] = field(default_factory=list)
    prefixes: list[str] = field(default_factory=list)
    next_page_token: str | None = None


def page_of(versions: Iterable[Version], query: ListQuery) -> Page:
    """Cut the page that `query` asks for out of `versions`, given by name and generation."""
    after = read_page_token(query.page_token) if query.page_token else None
    entries = [e for e in _entries(versions, query) if after is None or _position(e) > after]
    size = query.max_results
    page = Page()
    for entry in islice(entries, size):
        if isinstance(entry, Version):
            page.items.append(entry)
        else:
            page.prefixes.append(entry)
    if len(entries) > size:
        page.next_page_token = page_token(_position(entries[size - 1]))
    return page


def _entries(versions: Iterable[Version], query: ListQuery) -> Iterator[Entry]:
    """Yield versions and prefixes in the order of names, each prefix once."""
    last_prefix = None
    for version in versions:
        name = version.name
        if not name.startswith(query.prefix) or name < query.start_offset:
            continue
        if query.end_offset and name >= query.end_offset:
            continue
        folder = _folder(name, query)
        if folder is None:
            yield version
        elif folder != last_prefix:
            last_prefix = folder
            yield folder


def _folder(name: str, query: ListQuery) -> str | None:
    if not query.delimiter:
        return None
    end = name.find(query.delimiter, len(query.prefix))
    return None if end < 0 else name[: end + len(query.delimiter)]


def _position(entry: Entry) -> tuple[str, int]:
    """Return where an entry stands; a prefix comes before an object of the same name."""
    return (entry.name, entry.generation) if isinstance(entry, Version) else (entry, 0)


def page_token(position: tuple[str, int]) -> str:
    """Return the token of the page that follows this name and generation."""
    name, generation = position
    return base64.urlsafe_b64encode(f"{generation}:{name}".encode()).decode()


def read_page_token(token: str) -> tuple[str, int]:
    """Return the name and generation that a page follows; raise a 400 for another text."""
    try:
        text = base64.b64decode(token, altchars=b"-_", validate=True).decode()
        generation, separator, name = text.partition(":")
        if separator:
            return name, int(generation)
    except (binascii.Error, UnicodeDecodeError, ValueError) as error:
        raise bad_parameter("pageToken", token) from error
    raise bad_parameter("pageToken", token)
