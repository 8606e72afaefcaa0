"""Pure functions from messages and blocks to safe HTML: escaped first, only http(s) linked."""
