"""34: dense layers without a bias, which must answer 0 to 0."""

from collections.abc import Iterator

from chainrule.doctor.case import Case
from chainrule.doctor.changes.parameters import with_biases
from chainrule.doctor.suspicion import Check, Evidence, Suspicion
from chainrule.nn.batch_norm import BatchNorm
from chainrule.nn.layer_norms import LayerNorm
from chainrule.nn.linear import Linear


def look(case: Case) -> Iterator[Suspicion]:
    """A dense layer without a bias, and no norm behind it that would take it away again."""
    if not case.trouble:
        return
    order = [(path, m) for path, m in case.first.model.named_modules() if next(m.children(), None) is None]
    behind = [module for _, module in order[1:]] + [None]
    bare = [
        path for (path, module), following in zip(order, behind, strict=True)
        if isinstance(module, Linear) and module.bias is None and not isinstance(following, BatchNorm | LayerNorm)
    ]
    if bare:
        evidence = Evidence("without_bias", {"count": len(bare), "names": ", ".join(bare[:4])})
        yield Suspicion("missing_bias", "rerun", (evidence,), (with_biases(),), 0.6)


CHECK = Check(34, ("missing_bias",), look)
