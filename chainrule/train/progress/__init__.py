"""How a training shows how far it is: a bar in a terminal, lines in a pipe, a table in a notebook, or nothing.

`choosing` decides which; the others are one display a file. All write to stderr. May import: floors 0 and 5's `plain`.
"""
