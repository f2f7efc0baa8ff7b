"""Floor 6: how often a configuration really learns, over many seeds. Public: `cr.odds`.

`odds` is the call, `building` makes a Trainer for a seed, `training` trains them, `success` judges them, `ends` and
`meanings` name the places where failures stop, `result` and `sweep` are what comes back, `comparison` sets two beside
each other. May import: floors 0 to 5.
"""
