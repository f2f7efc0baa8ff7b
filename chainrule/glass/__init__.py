"""Floor 6: the network as a program that can be read, number by number. Public: `cr.explain`, `cr.examine`,
`cr.script`.

`recording` records one step of a Trainer and takes it back, `evaluating` runs its Program entry by entry, `stages`
finds the layers in it, `slopes` which value is the gradient of which, `naming` gives every value its name, `wording`
and `formula` write formulas as text, LaTeX and MathML. On these stand `explaining/` (every number of a step) and
`examining/` (a learner's own backward pass). `scripting`, with `script_rates` and
`script_words`, prints a training as a program; the printer itself is `program/script/`. May import: floors 0 to 5.
"""
