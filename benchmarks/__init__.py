"""The races of chainrule against its peers: `python -m benchmarks`, never a timed test.

One race a file, `pNN_name.py`, each with `RACE`. What holds for all of them - peers in one run, rounds interleaved,
medians of the ratio round by round, losses compared afterwards - is in `race.py`; what is known of the machine in
`machine.py`; the least time that the work can take at all in `floor.py`.
"""
