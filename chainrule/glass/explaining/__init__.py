"""Every number of one training step: `cr.explain`.

`explain` is the call, `gathering` puts the quantities together, `quantity` is one of them, `differences` checks
gradients, `updating` tells what the optimizer did, `step` is what comes back, `edge` and `why` answer two questions,
`page` writes it as HTML.
"""
