"""A recorded training as the NumPy program that a teacher would have written by hand."""
