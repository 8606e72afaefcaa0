"""The tables, as the newest migration leaves them."""

from datetime import UTC, datetime

from sqlalchemy import (
    Boolean,
    Column,
    Date,
    DateTime,
    Dialect,
    Float,
    ForeignKey,
    Index,
    Integer,
    MetaData,
    String,
    Table,
    Text,
    TypeDecorator,
)


class Moment(TypeDecorator[datetime]):
    """An aware UTC datetime; SQLite keeps no time zone, so it is put back on reading."""

    impl = DateTime(timezone=True)
    cache_ok = True

    def process_bind_param(self, value: datetime | None, dialect: Dialect) -> datetime | None:  # noqa: ARG002 - SQLAlchemy's signature
        """Store in UTC."""
        return None if value is None else value.astimezone(UTC)

    def process_result_value(self, value: datetime | None, dialect: Dialect) -> datetime | None:  # noqa: ARG002 - SQLAlchemy's signature
        """Return in UTC, aware."""
        if value is None:
            return None
        return value.replace(tzinfo=UTC) if value.tzinfo is None else value.astimezone(UTC)


class Letters(TypeDecorator[str]):
    """Text from anywhere: what a database cannot keep becomes U+FFFD or a question mark.

    PostgreSQL takes no NUL, and neither database takes half of a surrogate pair.
    """

    impl = Text
    cache_ok = True

    def process_bind_param(self, value: str | None, dialect: Dialect) -> str | None:  # noqa: ARG002 - SQLAlchemy's signature
        """Replace what cannot be kept."""
        if value is None:
            return None
        return value.replace("\0", "\ufffd").encode(errors="replace").decode()


metadata = MetaData()

calls = Table(
    "calls",
    metadata,
    Column("request_id", String(255), primary_key=True),
    Column("team_id", String(32), nullable=False),
    Column("actor_id", String(64), nullable=False),
    Column("actor_name", String(255), nullable=False),
    Column("door", String(16), nullable=False),
    Column("channel_id", String(64), nullable=False),
    Column("thread_ts", String(32), nullable=False),
    Column("words", Letters, nullable=False),
    Column("response_url", Text, nullable=False),
    Column("received_at", Moment, nullable=False),
    Column("owner", String(64), nullable=False),
    Column("answered_at", Moment),
    Column("outcome", String(64), nullable=False, default=""),
    Column("operation_id", String(64), nullable=False, default=""),
    Index("calls_received", "received_at"),
)

operations = Table(
    "operations",
    metadata,
    Column("id", String(64), primary_key=True),
    Column("verb", String(32), nullable=False),
    Column("plan", Text, nullable=False),
    Column("actor_id", String(64), nullable=False),
    Column("actor_name", String(255), nullable=False),
    Column("team_id", String(32), nullable=False),
    Column("channel_id", String(64), nullable=False),
    Column("thread_ts", String(32), nullable=False),
    Column("state", String(32), nullable=False),
    Column("stop_asked_by", String(64), nullable=False, default=""),
    Column("created_at", Moment, nullable=False),
    Column("started_at", Moment),
    Column("finished_at", Moment),
    Index("operations_created", "created_at"),
)

steps = Table(
    "operation_steps",
    metadata,
    Column("operation_id", ForeignKey("operations.id", ondelete="CASCADE"), primary_key=True),
    Column("position", Integer, primary_key=True),
    Column("state", String(32), nullable=False),
    Column("note", Letters, nullable=False, default=""),
    Column("hint", Letters, nullable=False, default=""),
    Column("foreign_text", Letters, nullable=False, default=""),
    Column("ratio", Float),
    Column("evidence", Text, nullable=False, default="{}"),
    Column("memory", Text, nullable=False, default=""),
    Column("troubles", Integer, nullable=False, default=0),
    Column("started_at", Moment),
    Column("finished_at", Moment),
)

messages = Table(
    "messages",
    metadata,
    Column("key", String(128), primary_key=True),
    Column("channel_id", String(64), nullable=False),
    Column("thread_ts", String(32), nullable=False),
    Column("ts", String(32), nullable=False, default=""),
    Column("content", Text, nullable=False, default=""),
    Column("wanted", Integer, nullable=False),
    Column("told", Integer, nullable=False, default=0),
    Column("posting", Boolean, nullable=False, default=False),
    Column("claimed_by", String(64), nullable=False, default=""),
    Column("claimed_until", Moment),
    Column("not_before", Moment),
    Column("troubles", Integer, nullable=False, default=0),
    Column("created_at", Moment, nullable=False),
    Column("parent", String(128), nullable=False, default=""),
    Column("rank", Integer, nullable=False, default=0),
    Column("refused", String(64), nullable=False, default=""),
)

channel_pace = Table(
    "channel_pace",
    metadata,
    Column("channel_id", String(64), primary_key=True),
    Column("free_at", Moment, nullable=False),
)

inventories = Table(
    "inventories",
    metadata,
    Column("bucket", String(255), primary_key=True),
    Column("version", String(64), primary_key=True),
    Column("manifest_generation", String(32), nullable=False),
    Column("objects", Text, nullable=False),
    Column("saved_at", Moment, nullable=False),
)

executors = Table(
    "executors",
    metadata,
    Column("id", String(64), primary_key=True),
    Column("seen_at", Moment, nullable=False),
)

proposals = Table(
    "proposals",
    metadata,
    Column("id", String(64), primary_key=True),
    Column("plan", Text, nullable=False),
    Column("words", Letters, nullable=False),
    Column("actor_id", String(64), nullable=False),
    Column("actor_name", String(255), nullable=False),
    Column("team_id", String(32), nullable=False),
    Column("channel_id", String(64), nullable=False),
    Column("thread_ts", String(32), nullable=False),
    Column("state", String(32), nullable=False),
    Column("created_at", Moment, nullable=False),
    Column("expires_at", Moment, nullable=False),
    Column("decided_by", String(64), nullable=False, default=""),
    Column("decided_at", Moment),
    Column("decided_call", String(255), nullable=False, default=""),
    Column("changes", Text, nullable=False, default="[]"),
    Index("proposals_open", "state", "expires_at"),
)

incidents = Table(
    "incidents",
    metadata,
    Column("id", String(255), primary_key=True),
    Column("state", String(16), nullable=False),
    Column("subject", String(32), nullable=False),
    Column("notice", Letters, nullable=False),
    Column("received_at", Moment, nullable=False),
    Column("changed_at", Moment, nullable=False),
    Column("opens", Integer, nullable=False),
    Column("opens_told", Integer, nullable=False, default=0),
    Column("opens_before", Integer, nullable=False, default=0),
    Column("notices", Integer, nullable=False),
    Column("repeats", Integer, nullable=False, default=0),
    Column("channel_id", String(64), nullable=False, default=""),
    Column("thread_ts", String(32), nullable=False, default=""),
    Column("thread", String(128), nullable=False, default=""),
    Column("position", Integer, nullable=False, default=0),
    Column("behind", Boolean, nullable=False, default=True),
    Column("closed_at", Moment),
    Index("incidents_open", "state", "received_at"),
    Index("incidents_changed", "changed_at"),
    Index("incidents_behind", "behind"),
    Index("incidents_thread", "thread", "position"),
    Index("incidents_received", "received_at"),
)

diagnoses = Table(
    "diagnoses",
    metadata,
    Column("key", String(128), primary_key=True),
    Column("incident_id", String(255), nullable=False),
    Column("opens", Integer, nullable=False),
    Column("conclusion", Letters, nullable=False, default=""),
    Column("claimed_until", Moment),
    Column("wanted_at", Moment, nullable=False),
    Index("diagnoses_incident", "incident_id"),
)

looks = Table(
    "looks",
    metadata,
    Column("name", String(64), primary_key=True),
    Column("looked_at", Moment, nullable=False),
)

messages_seen = Table(
    "messages_seen",
    metadata,
    Column("id", String(255), primary_key=True),
    Column("at", Moment, nullable=False),
    Index("messages_seen_at", "at"),
)

schedules = Table(
    "schedules",
    metadata,
    Column("name", String(32), primary_key=True),
    Column("line", String(255), nullable=False),
    Column("since", Moment, nullable=False),
)

slots = Table(
    "slots",
    metadata,
    Column("id", String(128), primary_key=True),
    Column("schedule", String(32), nullable=False),
    Column("due", Moment, nullable=False),
    Column("state", String(16), nullable=False),
    Column("owner", String(64), nullable=False, default=""),
    Column("tries", Integer, nullable=False, default=0),
    Column("begun_at", Moment),
    Column("ended_at", Moment),
    Column("not_before", Moment),
    Column("outcome", Letters, nullable=False, default=""),
    Index("slots_due", "schedule", "due"),
    Index("slots_open", "state"),
)

samples = Table(
    "samples",
    metadata,
    Column("bucket", String(255), primary_key=True),
    Column("day", Date, primary_key=True),
    Column("sample", Text, nullable=False),
)

pictures = Table(
    "pictures",
    metadata,
    Column("message_key", String(128), primary_key=True),
    Column("digest", String(64), primary_key=True),
    Column("chart", Text, nullable=False),
    Column("alt", Letters, nullable=False),
    Column("state", String(16), nullable=False),
    Column("file_id", String(64), nullable=False, default=""),
    Column("problem", Letters, nullable=False, default=""),
    Column("tries", Integer, nullable=False, default=0),
    Column("claimed_by", String(64), nullable=False, default=""),
    Column("claimed_until", Moment),
    Column("not_before", Moment),
    Column("shared_at", Moment),
    Column("created_at", Moment, nullable=False),
    Index("pictures_state", "state", "created_at"),
)
