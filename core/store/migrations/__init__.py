"""Alembic's migrations of cachebot's own tables."""
