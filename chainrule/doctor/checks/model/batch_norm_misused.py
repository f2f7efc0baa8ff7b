"""35: a batch norm with few rows to measure, behind the last layer, or whose running statistics lag or jump."""

from collections.abc import Iterator

from chainrule.doctor.case import Case
from chainrule.doctor.changes.norms import MOMENTUM, last_places, usual_momentum, without_last_norm
from chainrule.doctor.changes.training import batches
from chainrule.doctor.suspicion import Check, Evidence, Proof, Suspicion
from chainrule.nn.batch_norm import BatchNorm

FEW, ENOUGH = 8, 32  # rows a batch
SLOW, FAST = 0.02, 0.8  # momentum of the running statistics: one that counts the other way round lies beyond


def look(case: Case) -> Iterator[Suspicion]:
    """Where the norms stand, and how many rows they get; both are tried otherwise where a training fails."""
    norms = [module for module in case.first.model.modules() if isinstance(module, BatchNorm)]
    if not norms or case.feed is None:
        return
    last = last_places(case.first.model, (BatchNorm,))
    strange = [m for m in (module.momentum for module in norms) if m is not None and not SLOW <= m <= FAST]
    proof: Proof = "rerun" if case.trouble else "convention"
    if last:
        evidence = Evidence("norm_last", {"name": repr(last[-1][2])})
        yield Suspicion("batch_norm_misused", proof, (evidence,), (without_last_norm(),), 0.8, hint=True)
    elif case.batch_size < FEW <= case.feed.rows:
        evidence = Evidence("norm_rows", {"size": case.batch_size, "few": FEW})
        yield Suspicion("batch_norm_misused", proof, (evidence,), (batches(ENOUGH),), 0.8)
    elif strange and case.trouble:
        evidence = Evidence("norm_momentum", {"momentum": strange[0], "usual": MOMENTUM})
        yield Suspicion("batch_norm_misused", "rerun", (evidence,), (usual_momentum(),), 0.8)


CHECK = Check(35, ("batch_norm_misused",), look)
