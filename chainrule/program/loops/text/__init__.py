"""Loop nests as text: plain functions over flat arrays, which are compiled as they stand."""
