"""Tests of the adapters to Google Cloud."""
