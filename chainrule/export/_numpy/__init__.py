"""The forward pass as a file of NumPy lines: the library's own text, with the names of its script."""
