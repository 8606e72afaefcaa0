"""The checks of the health report: each judges one thing that can go wrong."""
