"""One training from the command line: rows, their task, a network for them, what it is measured by, and its folder."""
