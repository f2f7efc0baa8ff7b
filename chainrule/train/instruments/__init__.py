"""What can be read off a network while it trains: its layers, looked into now and then, and what was seen of them."""
