"""36, 51, 52: dropout, decay or clipping so strong that nothing is learnt."""

from collections.abc import Iterator

from chainrule.doctor.case import Case
from chainrule.doctor.changes.layers import without_dropout
from chainrule.doctor.changes.training import less_decay, unclipped
from chainrule.doctor.suspicion import Check, Evidence, Suspicion
from chainrule.nn.dropout import Dropout


def look(case: Case) -> Iterator[Suspicion]:
    """What holds the network back, tried without."""
    trainer = case.first
    if not case.trouble:
        return
    decay = max((float(g.get(n) or 0.0) for g in trainer.optimizer.param_groups
                 for n in ("weight_decay", "decoupled_weight_decay")), default=0.0)
    if decay > 0:
        evidence = Evidence("decay", {"decay": decay})
        yield Suspicion("regularisation_too_strong", "rerun", (evidence,), (less_decay(1000.0),),
                        0.7 if decay >= 0.1 else 0.3, {"decay": decay})
    p = max((float(m.p) for m in trainer.model.modules() if isinstance(m, Dropout)), default=0.0)
    if p > 0:
        evidence = Evidence("dropout", {"p": p})
        yield Suspicion("dropout_too_strong", "rerun", (evidence,), (without_dropout(),), 0.6 if p > 0.5 else 0.3,
                        {"p": p})
    limit = trainer.clip_norm if trainer.clip_norm is not None else trainer.clip_value
    if limit is not None:
        evidence = Evidence("clip", {"limit": float(limit)})
        yield Suspicion("clip_too_tight", "rerun", (evidence,), (unclipped(),), 0.6 if limit < 0.1 else 0.3,
                        {"limit": float(limit)})


CHECK = Check(51, ("regularisation_too_strong", "dropout_too_strong", "clip_too_tight"), look)
