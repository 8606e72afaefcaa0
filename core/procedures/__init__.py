"""The runbook's procedures, one module each."""
