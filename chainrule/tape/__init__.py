"""Floor 2: what turns operations into gradients and Programs.

`mode` (recording or not), `tracked` (what every tensor carries), `apply` (one primitive), `region` (several as one
node), `backward` (the chain rule), `recorder` (plain-data Programs), `trace` (Programs without numbers), `scan`
(recurrence). Nothing here knows networks. May import: floors 0 and 1.
"""
