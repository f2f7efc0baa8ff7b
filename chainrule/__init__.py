"""chainrule: neural networks for small and medium sizes on an ordinary CPU, readable down to the last derivative."""
