"""Slack in, Slack out: listeners that make calls, renderers that make messages."""
