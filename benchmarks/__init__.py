"""The races of chainrule: `python -m benchmarks`."""
