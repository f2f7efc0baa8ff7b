"""Floor 2: the Tensor, family by family of its methods, and the functions that make tensors.

`elementwise`, `shaping`, `reducing`, `indexing`, `writing` are one class in five files, each resting on the one
before; `tensor` completes it. What any array can do is a method here; what only a network does is in
`nn.functional`. May import: floors 0 and 1, and `tape`.
"""
