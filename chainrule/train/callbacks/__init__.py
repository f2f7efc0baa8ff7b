"""What may happen beside the training: `Callback` with its eight empty events, and one callback a file.

They are public as `chainrule.train.EarlyStopping` and so on. May import: floors 0 to 4, and `train.weights`.
"""
