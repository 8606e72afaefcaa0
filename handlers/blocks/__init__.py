"""Pure renderers: reports become cards, cards become Slack messages or plain text."""
