"""How each kind of step is done: one function per kind, each safe to be tried again."""
