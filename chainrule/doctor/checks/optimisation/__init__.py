"""37 to 53: how it is trained."""
