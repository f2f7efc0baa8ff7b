"""Failing trainings that people asked about in public, rebuilt from what is said of them: facts, no code of theirs."""
