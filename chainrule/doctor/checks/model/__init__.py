"""18 to 36: the network and its loss."""
