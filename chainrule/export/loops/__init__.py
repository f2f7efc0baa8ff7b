"""The forward pass as plain loops over flat arrays, in a language that has them: C, JavaScript."""
