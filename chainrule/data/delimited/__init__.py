"""Reading delimited text (CSV): lines, dialect, cells, table, each in its file.

What lives here: how bytes become a table of numbers. What does not: mixed tables with words and gaps (`tables/`).
It may import `errors`, `language` and its siblings in `data`.
"""
