"""A pretend Google Cloud and a pretend Slack on loopback, spoken to over their real protocols."""
