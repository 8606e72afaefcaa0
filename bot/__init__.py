"""Wiring: settings, the runtime, the web server and the command line."""
