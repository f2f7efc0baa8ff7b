"""How every primitive is lowered."""

from chainrule.program.loops.lowering import elementwise, folding, products, reductions, scanning, scatter, seeing
from chainrule.program.loops.lowering.lower import Rule

RULES: dict[str, Rule] = {
    **elementwise.RULES, **seeing.RULES, **reductions.RULES, **products.RULES, **scatter.RULES, **folding.RULES,
    **scanning.RULES,
}
