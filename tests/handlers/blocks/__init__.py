"""Tests of the cards and of their renderers."""
