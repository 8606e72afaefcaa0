"""The bench: what the bot promises in figures, measured on the real process over the wire."""
