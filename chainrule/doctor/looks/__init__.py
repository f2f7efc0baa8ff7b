"""What several checks read of a case, each asked once: its rows, its layers, its first steps, other rates."""
