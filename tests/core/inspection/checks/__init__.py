"""Tests of the checks of the health report."""
