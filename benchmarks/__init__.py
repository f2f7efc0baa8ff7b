"""The races of chainrule against its peers: `python -m benchmarks`, never a timed test.

One race a file, `pNN_name.py`, each with `RACE` or `RACES`. What holds for all of them - peers in one run, rounds
interleaved, medians of the ratio round by round, losses compared afterwards - is in `race.py`; what is known of the
machine in `machine.py`; the least time that the work can take at all in `floor.py`.

Trainings are a `Recipe` (`recipe.py`) that `ours.py`, `pytorch.py` and `in_jax.py` run in every mode that may be a
library's best. `curves.py` follows the cost of a step through its sizes, `learning.py` what is learnt, and `page.py`
writes `docs/performance.md` from `results/`.
"""
