"""The trainings that the doctor is judged by, and its score: `python -m corpus score`.

Every case is drawn from a seed made of its own name, and trains through the public API alone; what reaches the doctor
is what a user would give it: a function that builds a Trainer, and rows. A training is a `Setup` (`setup.py`); data
sets are listed in `sets.py`, and made in `classes.py` and `numbers.py` or by what ships (`samples.py`); networks stand
in `nets.py`, healthy trainings in `healthy.py` and `provocations.py`, single faults in `plants/`, one section of the
catalogue a file. `outcome.py` says how good a training is, `keeping.py` which cases count, `accepted.toml` which
diagnoses are right. `judging.py` asks the doctor, `scoring.py` counts, `report.py` prints.
Data sets and networks belong to one part: what is developed on, or what stays sealed until a release. A sealed part
that was opened serves development from then on, and new sets and networks are sealed.
"""
