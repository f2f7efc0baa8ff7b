"""1 to 17: rows and labels."""
