"""Daily samples as kept: one row for each day of a bucket."""

from dataclasses import dataclass
from datetime import date

from pydantic import TypeAdapter
from sqlalchemy import insert, select, update
from sqlalchemy.exc import IntegrityError

from core.samples import Sample
from core.store.database import Database
from core.store.tables import samples

_SAMPLE = TypeAdapter(Sample)


@dataclass(frozen=True, slots=True)
class SampleStore:
    """The `samples` table, for one bucket."""

    database: Database
    bucket: str

    def save(self, sample: Sample) -> None:
        """Keep a sample; saving the same day again replaces it."""
        day = {"bucket": self.bucket, "day": sample.day}
        said = {"sample": _SAMPLE.dump_json(sample).decode()}
        try:
            with self.database.begin() as connection:
                connection.execute(insert(samples).values(day | said))
        except IntegrityError:
            with self.database.begin() as connection:
                connection.execute(
                    update(samples)
                    .where(samples.c.bucket == self.bucket, samples.c.day == sample.day)
                    .values(said)
                )

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
