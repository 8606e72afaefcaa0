"""A pretend Slack: Web API, Socket Mode, signed HTTP, Block Kit limits and a page for people."""
