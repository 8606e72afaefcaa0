"""Daily samples as kept: one row for each day of a bucket."""

from dataclasses import dataclass
from datetime import date

from pydantic import TypeAdapter
from sqlalchemy import insert, select, update
from sqlalchemy.exc import IntegrityError

from core.series.samples import Sample
from core.store.database import Database
from core.store.tables import samples

_SAMPLE = TypeAdapter(Sample)


@dataclass(frozen=True, slots=True)
class SampleStore:
    """The `samples` table, for one bucket."""

    database: Database
    bucket: str

    def save(self, sample: Sample) -> None:
        """Keep a sample; the parts of a day that are kept already stay as they are."""
        try:
            self._add(sample)
        except IntegrityError:
            self._add(sample)  # another process has begun this day at this moment

    def _add(self, sample: Sample) -> None:
        is_it = (samples.c.bucket == self.bucket) & (samples.c.day == sample.day)
        query = select(samples.c.sample).where(is_it).with_for_update()
        with self.database.begin() as connection:
            row = connection.execute(query).first()
            if row is None:
                day = {"bucket": self.bucket, "day": sample.day, "sample": _written(sample)}
                connection.execute(insert(samples).values(day))
                return
            joined = _SAMPLE.validate_json(row.sample).joined(sample)
            connection.execute(update(samples).where(is_it).values(sample=_written(joined)))

    def since(self, day: date) -> list[Sample]:
        """Return the samples of that day and later, oldest first."""
        query = (
            select(samples.c.sample)
            .where(samples.c.bucket == self.bucket, samples.c.day >= day)
            .order_by(samples.c.day)
        )
        with self.database.begin() as connection:
            rows = connection.execute(query).all()
        return [_SAMPLE.validate_json(row.sample) for row in rows]


def _written(sample: Sample) -> str:
    return _SAMPLE.dump_json(sample).decode()
