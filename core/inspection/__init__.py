"""Inspection: one module for each command word that only looks."""
