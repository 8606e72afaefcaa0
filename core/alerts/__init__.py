"""Alerts: notices of Monitoring kept as incidents, their threads, their diagnoses."""
