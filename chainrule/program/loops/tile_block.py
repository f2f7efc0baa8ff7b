"""The innermost part of the register tile, as LLVM IR: a few rows times a few vectors of columns, all in registers.

One step of k loads the vectors of B's row once, spreads one number of A per row over a vector, and does one fused
multiply-add per accumulator. Every element of C is one chain of them, in the order of k.
"""

from typing import NamedTuple

# What a tile reads from its table, in order; the last only where the epilogue has a bias.
PARAMETERS = (
    "A", "B", "C", "N", "accumulate", "batched", "M",
    "m1", "m2", "a0", "a1", "a2", "c0", "c1", "c2",
    "k0", "k1", "k2", "ka0", "ka1", "ka2", "kb0", "kb1", "kb2",
    "s1", "s2", "ua0", "ua1", "ua2", "ub0", "ub1", "ub2", "uc0", "uc1", "uc2",
    "bias",
)  # fmt: skip
EPILOGUES = ("none", "bias", "bias_relu")
LINE = 64  # bytes of a cache line
AHEAD = 12  # steps of k by which a row of B is asked for before it is used
LLVM_TYPES = {"float32": "float", "float64": "double"}
SIZES = {"float32": 4, "float64": 8}
# A loop that is unrolled needs more addresses than there are registers.
LOOP_NODES = '!0 = distinct !{!0, !1}\n!1 = !{!"llvm.loop.unroll.disable"}\n'


class Block(NamedTuple):
    """What is held in registers at once.

    Attributes:
        rows: of C; fewer are stored where fewer are left.
        vectors: side by side in each row.
        lanes: numbers in a vector; 1 for plain numbers.
        masked: whether only the first `columns` of the vectors are read and stored.
    """

    rows: int
    vectors: int
    lanes: int
    masked: bool

    @property
    def symbol(self) -> str:
        """The name of its function inside the module."""
        return f"block_{self.rows}_{self.vectors}_{self.lanes}{'_masked' if self.masked else ''}"


class _Text:
    """Writes the function of one block."""

    def __init__(self, block: Block, dtype: str, epilogue: str) -> None:
        self.block, self.epilogue = block, epilogue
        self.scalar, self.size = LLVM_TYPES[dtype], SIZES[dtype]
        self.vector = f"<{block.lanes} x {self.scalar}>" if block.lanes > 1 else self.scalar
        self.bits = f"<{block.lanes} x i1>" if block.lanes > 1 else "i1"
        self.suffix = (f"v{block.lanes}" if block.lanes > 1 else "") + f"f{8 * self.size}"
        self.zero = "zeroinitializer" if block.lanes > 1 else "0.0"
        self.cells = [(r, v) for r in range(block.rows) for v in range(block.vectors)]
        self.lines: list[str] = []

    def line(self, text: str) -> None:
        self.lines.append(f"  {text}")

    def label(self, name: str) -> None:
        self.lines.append(f"{name}:")

    def parameter(self, name: str) -> None:
        self.line(f"%{name}.at = getelementptr i64, ptr %values, i64 {PARAMETERS.index(name)}")
        self.line(f"%{name} = load i64, ptr %{name}.at")

    def shifted(self, pointer: str, v: int) -> str:
        """Where vector v begins."""
        if v == 0:
            return pointer
        self.line(f"{pointer}.{v} = getelementptr i8, ptr {pointer}, i64 {v * self.block.lanes * self.size}")
        return f"{pointer}.{v}"

    def load(self, name: str, pointer: str, v: int) -> None:
        at = self.shifted(pointer, v)
        if self.block.masked:
            read = f"@llvm.masked.load.{self.suffix}.p0(ptr align {self.size} {at}"
            self.line(f"{name} = call {self.vector} {read}, {self.bits} %mask{v}, {self.vector} {self.zero})")
        else:
            self.line(f"{name} = load {self.vector}, ptr {at}, align {self.size}")

    def store(self, value: str, pointer: str, v: int) -> None:
        at = self.shifted(pointer, v)
        if self.block.masked:
            write = f"@llvm.masked.store.{self.suffix}.p0({self.vector} {value}, ptr align {self.size} {at}"
            self.line(f"call void {write}, {self.bits} %mask{v})")
        else:
            self.line(f"store {self.vector} {value}, ptr {at}, align {self.size}")

    def c_row(self, r: int, name: str) -> None:
        self.line(f"{name}.in = getelementptr ptr, ptr %c.rows, i64 {r}")
        self.line(f"{name}.row = load ptr, ptr {name}.in")
        self.line(f"{name} = getelementptr i8, ptr {name}.row, i64 %at")

    def masks(self) -> None:
        lanes = self.block.lanes
        numbers = f"<{lanes} x i32>"
        self.line("%columns.32 = trunc i64 %columns to i32")
        for v in range(self.block.vectors):
            self.line(f"%left{v} = sub i32 %columns.32, {v * lanes}")
            self.line(f"%one{v} = insertelement {numbers} poison, i32 %left{v}, i32 0")
            self.line(f"%all{v} = shufflevector {numbers} %one{v}, {numbers} poison, {numbers} zeroinitializer")
            places = ", ".join(f"i32 {lane}" for lane in range(lanes))
            self.line(f"%mask{v} = icmp sgt {numbers} %all{v}, <{places}>")

    def begin(self) -> None:
        """Where the accumulators start: at zero or at C."""
        self.label("entry")
        for name in ("accumulate", "k0", "k1", "k2", "ka0", "ka1", "ka2", "kb0", "kb1", "kb2"):
            self.parameter(name)
        for r in range(self.block.rows):
            self.line(f"%a{r}.in = getelementptr ptr, ptr %a.rows, i64 {r}")
            self.line(f"%a{r} = load ptr, ptr %a{r}.in")
        if self.block.masked:
            self.masks()
        self.line("%adds = icmp ne i64 %accumulate, 0")
        self.line("br i1 %adds, label %read, label %begin")
        self.label("read")
        for r in range(self.block.rows):
            self.c_row(r, f"%old{r}.from")
            for v in range(self.block.vectors):
                self.load(f"%old{r}.{v}", f"%old{r}.from", v)
        self.line("br label %begin")
        self.label("begin")
        for r, v in self.cells:
            self.line(f"%start{r}.{v} = phi {self.vector} [ {self.zero}, %entry ], [ %old{r}.{v}, %read ]")
        self.line(f"%kb2.far = mul i64 %kb2, {AHEAD}")
        self.line("%k01 = mul i64 %k0, %k1")
        self.line("%k = mul i64 %k01, %k2")
        self.line("%empty = icmp eq i64 %k, 0")
        self.line("br i1 %empty, label %end, label %loop0")

    def chain(self) -> None:
        """The nest over k: a step of each accumulator's chain inside."""
        before, accumulator, a, b = "begin", "%start", "0", "%b"
        for depth in range(3):
            here, last = f"loop{depth}", f"next{depth}"
            self.label(here)
            self.line(f"%i{depth} = phi i64 [ %k{depth}, %{before} ], [ %i{depth}.next, %{last} ]")
            self.line(f"%a.at{depth} = phi i64 [ {a}, %{before} ], [ %a.at{depth}.next, %{last} ]")
            self.line(f"%b.at{depth} = phi ptr [ {b}, %{before} ], [ %b.at{depth}.next, %{last} ]")
            for r, v in self.cells:
                old, new = f"{accumulator}{r}.{v}", f"%new{r}.{v}"
                self.line(f"%sum{depth}.{r}.{v} = phi {self.vector} [ {old}, %{before} ], [ {new}, %{last} ]")
            if depth < 2:
                self.line(f"br label %loop{depth + 1}")
            before, accumulator, a, b = here, f"%sum{depth}.", f"%a.at{depth}", f"%b.at{depth}"
        if self.block.vectors > 1:  # B may be large
            self.ask_ahead()
        for v in range(self.block.vectors):
            self.load(f"%row{v}", "%b.at2", v)
        for r in range(self.block.rows):
            self.step(r)
        self.line("br label %next2")
        for depth in (2, 1, 0):
            self.label(f"next{depth}")
            self.line(f"%i{depth}.next = sub i64 %i{depth}, 1")
            self.line(f"%a.at{depth}.next = add i64 %a.at{depth}, %ka{depth}")
            self.line(f"%b.at{depth}.next = getelementptr i8, ptr %b.at{depth}, i64 %kb{depth}")
            self.line(f"%over{depth} = icmp eq i64 %i{depth}.next, 0")
            out = f"next{depth - 1}" if depth else "end"
            self.line(f"br i1 %over{depth}, label %{out}, label %loop{depth}, !llvm.loop !0")

    def ask_ahead(self) -> None:
        """A row of B that comes later: of a wide matrix each lies in another page, and nothing else would fetch it."""
        self.line("%b.far = getelementptr i8, ptr %b.at2, i64 %kb2.far")
        for at in range(0, self.block.vectors * self.block.lanes * self.size, LINE):
            self.line(f"%b.far{at} = getelementptr i8, ptr %b.far, i64 {at}")
            self.line(f"call void @llvm.prefetch.p0(ptr %b.far{at}, i32 0, i32 3, i32 1)")

    def step(self, r: int) -> None:
        """One row of A spread over a vector, times the vectors of B."""
        vector = self.vector
        self.line(f"%a{r}.at = getelementptr i8, ptr %a{r}, i64 %a.at2")
        self.line(f"%a{r}.one = load {self.scalar}, ptr %a{r}.at, align {self.size}")
        spread = f"%a{r}.one"
        if self.block.lanes > 1:
            zeros = f"<{self.block.lanes} x i32> zeroinitializer"
            self.line(f"%a{r}.first = insertelement {vector} poison, {self.scalar} %a{r}.one, i32 0")
            self.line(f"%a{r}.all = shufflevector {vector} %a{r}.first, {vector} poison, {zeros}")
            spread = f"%a{r}.all"
        for v in range(self.block.vectors):
            terms = f"{vector} {spread}, {vector} %row{v}, {vector} %sum2.{r}.{v}"
            self.line(f"%new{r}.{v} = call {vector} @llvm.fma.{self.suffix}({terms})")

    def end(self) -> None:
        """The epilogue on the accumulators, and the stores of the rows that are wanted."""
        self.label("end")
        for r, v in self.cells:
            self.line(f"%z{r}.{v} = phi {self.vector} [ %start{r}.{v}, %begin ], [ %new{r}.{v}, %next0 ]")
        result = "%z"
        if self.epilogue != "none":
            self.parameter("bias")
            self.line("%bias.from = add i64 %bias, %at")
            self.line("%bias.row = inttoptr i64 %bias.from to ptr")
            for v in range(self.block.vectors):
                self.load(f"%bias{v}", "%bias.row", v)
            for r, v in self.cells:
                self.line(f"%biased{r}.{v} = fadd {self.vector} %z{r}.{v}, %bias{v}")
            result = "%biased"
        if self.epilogue == "bias_relu":
            for r, v in self.cells:  # greater or unordered: NaN stays
                self.line(f"%is{r}.{v} = fcmp ugt {self.vector} %biased{r}.{v}, {self.zero}")
                kept = f"{self.vector} %biased{r}.{v}, {self.vector} {self.zero}"
                self.line(f"%relu{r}.{v} = select {self.bits} %is{r}.{v}, {kept}")
            result = "%relu"
        self.line("br label %store0")
        for r in range(self.block.rows):
            self.label(f"store{r}")
            self.c_row(r, f"%c{r}")
            for v in range(self.block.vectors):
                self.store(f"{result}{r}.{v}", f"%c{r}", v)
            if r + 1 < self.block.rows:
                self.line(f"%more{r} = icmp sgt i64 %rows, {r + 1}")
                self.line(f"br i1 %more{r}, label %store{r + 1}, label %out")
            else:
                self.line("br label %out")
        self.label("out")
        self.line("ret void")


def block_text(block: Block, dtype: str, epilogue: str) -> str:
    """LLVM IR of `void block(values, a_rows, c_rows, rows, columns, b, at)`.

    `values` are the tile's parameters, strides in bytes; `a_rows` and `c_rows` hold `block.rows` addresses each, of
    which the first `rows` are wanted and the others may repeat them; `b` is the first row of B's panel, which is
    `columns` wide and begins `at` bytes from the left edge.

    Args:
        block: its shape.
        dtype: `"float32"` or `"float64"`.
        epilogue: one of `EPILOGUES`.
    """
    text = _Text(block, dtype, epilogue)
    text.begin()
    text.chain()
    text.end()
    arguments = "ptr %values, ptr %a.rows, ptr %c.rows, i64 %rows, i64 %columns, ptr %b, i64 %at"
    head = f"define internal void @{block.symbol}({arguments}) noinline nounwind {{"
    return "\n".join([head, *text.lines, "}", ""])
