"""From a Program to loop nests: one file for each kind of primitive."""
