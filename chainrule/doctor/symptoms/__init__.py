"""What numbers alone can say of a training: curves of its epochs, and what was read of its layers. Never a cause."""
