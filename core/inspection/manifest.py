"""`/cache manifest`: what manifest.json and .done say, and whether they agree."""

from dataclasses import dataclass
from datetime import datetime, timedelta

from core.cache.consistency import done_problems, manifest_problems, read_done, read_manifest
from core.cache.manifest import Manifest
from core.cache.objects import DONE
from core.cache.problems import Problem
from core.cloud import Reader
from core.parallel import ask


@dataclass(frozen=True, slots=True)
class ManifestReport:
    """The manifest, None where it is missing or unreadable, and the marker's text.

    `problems` are those of the two alone; the models are not looked at.
    """

    at: datetime
    manifest: Manifest | None
    done: str | None
    problems: tuple[Problem, ...]

    @property
    def age(self) -> timedelta | None:
        """How long ago the manifest was written."""
        return self.at - self.manifest.written_at if self.manifest else None


def report_manifest(reader: Reader, now: datetime) -> ManifestReport:
    """Read both at the same time."""
    marker = ask(DONE, lambda: read_done(reader))
    manifest = read_manifest(reader)
    done = marker.answer()
    known = manifest if isinstance(manifest, Manifest) else None
    problems = (*manifest_problems(manifest), *done_problems(manifest, done))
    return ManifestReport(now, known, done, problems)
