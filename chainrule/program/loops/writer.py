"""LLVM text of one function as it grows: names of values, blocks, stack slots."""


class Writer:
    """Collects the lines of one function.

    Stack slots are written first, in the entry block, so that LLVM turns them into registers.
    """

    def __init__(self) -> None:
        self.slots: list[str] = []
        self.lines: list[str] = []
        self._count = 0

    def new(self, stem: str = "v") -> str:
        """A name that nothing has yet."""
        self._count += 1
        return f"{stem}{self._count}"

    def value(self, instruction: str) -> str:
        """Write an instruction that has a result; the name of the result."""
        name = "%" + self.new()
        self.lines.append(f"  {name} = {instruction}")
        return name

    def line(self, instruction: str) -> None:
        """Write an instruction without a result."""
        self.lines.append("  " + instruction)

    def label(self, name: str) -> None:
        """Begin the block `name`."""
        self.lines.append(f"{name}:")

    def slot(self, kind: str, zero: str | None) -> str:
        """Room on the stack for one value (`zero` written at the start) or for an array (`zero` None)."""
        name = "%" + self.new("s")
        self.slots.append(f"  {name} = alloca {kind}, align {8 if zero is not None else 64}")
        if zero is not None:
            self.slots.append(f"  store {kind} {zero}, ptr {name}")
        return name
