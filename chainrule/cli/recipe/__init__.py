"""`run.toml`: everything that a run depends on, as a text that people read, change and run again."""
