"""`chainrule search`: many designs of a network on the same rows, and whether the best of them is better for sure."""
