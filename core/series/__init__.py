"""Numbers by the day: samples that the bot keeps, and what they come to over weeks."""
