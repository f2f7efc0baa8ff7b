"""52: gradients cut so short that the rate says nothing any more."""

from collections.abc import Iterator

from chainrule.doctor.case import Case
from chainrule.doctor.changes.training import unclipped
from chainrule.doctor.suspicion import Check, Evidence, Suspicion

TIGHT = 0.1


def look(case: Case) -> Iterator[Suspicion]:
    """Clipping, tried without."""
    trainer = case.first
    limit = trainer.clip_norm if trainer.clip_norm is not None else trainer.clip_value
    if limit is not None and case.trouble:
        evidence, values = Evidence("clip", {"limit": float(limit)}), {"limit": float(limit)}
        yield Suspicion("clip_too_tight", "rerun", (evidence,), (unclipped(),), 0.6 if limit < TIGHT else 0.3, values)


CHECK = Check(52, ("clip_too_tight",), look)
