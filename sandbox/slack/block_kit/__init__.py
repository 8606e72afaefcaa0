"""Block Kit's rules: what each text object, element and block may hold, as data."""
