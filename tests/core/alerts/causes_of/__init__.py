"""Tests of the causes of incidents."""
