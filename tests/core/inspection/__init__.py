"""Tests of the read-only reports."""
