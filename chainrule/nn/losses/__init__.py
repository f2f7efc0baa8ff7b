"""Floor 4: losses as modules, under PyTorch's names; what they compute stands in `nn.functional`.

One family a file. Each also knows its floor (the smallest loss that these targets allow) and its best constant. May
import: floors 0 to 3, and `nn.module`.
"""
