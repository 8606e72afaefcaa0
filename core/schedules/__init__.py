"""What the bot does by the clock: each due time once, and what it looks at then."""
