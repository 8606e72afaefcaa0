"""How long plans wait and usually take, where they do the same."""

from datetime import timedelta

READY = timedelta(minutes=10)
"""The longest that a new revision may take to be ready."""

USUAL = timedelta(minutes=1)
"""What a plan usually takes beside what it downloads."""
