"""54 to 60: how it is judged."""
