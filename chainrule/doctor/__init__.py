"""Floor 7: why a training fails, and what cures it. Public: `cr.doctor.diagnose`, `.Watch`, `.read_log`.

`case` is what is diagnosed, and trains it; `looks/` has what several checks read of it; each file of `checks/` knows
one fault of the catalogue and yields suspicions; each file of `changes/` is one thing that can be changed in a fresh
Trainer; an `experiment` trains with and without a change, seed by seed; `deciding` lets the experiments decide;
`finding` and `diagnosis` are what comes back, `page/` writes it as HTML. Without experiments `symptoms/` says what
looks wrong: `watch` asks while a network learns, `reading` asks of the `logs` of any system. May import: floors 0 to 6.
"""

from chainrule.lazy import attach

__getattr__, __dir__, __all__ = attach(__name__, __file__)
