"""Machine code by content: what its key depends on, and a folder of object files that nothing can spoil."""

import errno
import os
import re
import signal
import subprocess
import sys
import threading
from collections.abc import Iterator
from pathlib import Path

import numpy as np
import pytest

from chainrule.program.loops import folder, form, objects, passes
from chainrule.program.loops.compiler import module_text
from chainrule.program.loops.kernel import Kernel
from chainrule.program.loops.library import LIBRARY
from tests.program.loops.running import ABI, compiled, kernel, table

TEXT = """def scaled(start, stop, x):
    for i in vector(start, stop):
        x[i] = x[i] * 3.0
"""
MADE = Kernel("scaled", TEXT, (("x", "f32*"),))
X = np.arange(20, dtype=np.float32)


@pytest.fixture(autouse=True)
def cache(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    """A process that has compiled nothing yet, and an empty cache of its own."""
    monkeypatch.setenv("CHAINRULE_CACHE", str(tmp_path))
    forget(monkeypatch)
    return tmp_path / "kernels"


def forget(monkeypatch: pytest.MonkeyPatch) -> None:
    """As in a new process: nothing in memory, nothing counted."""
    monkeypatch.setattr(objects, "_by_kernel", {})
    monkeypatch.setattr(objects, "_by_key", {})
    monkeypatch.setattr(objects, "_counts", {"compiled": 0, "loaded": 0, "seconds": 0.0, "nbytes": 0})


def works(made: Kernel = MADE, factor: float = 3.0) -> bool:
    return np.array_equal(compiled(made, 0, 20, X)[0], X * np.float32(factor))


def counts() -> tuple[int, int]:
    found = objects.statistics()
    return found.compiled, found.loaded


def key(text: str, *kinds: str) -> str:
    return form.key(Kernel("k", text, tuple((f"p{i}", kind) for i, kind in enumerate(kinds))), LIBRARY, "here")


@pytest.mark.parametrize(
    "other",
    [
        TEXT.replace("scaled", "tripled"),
        TEXT.replace("x", "weights"),
        TEXT.replace("i]", "row]").replace("for i", "for row"),
        TEXT.replace("3.0", "3.0  # why"),
        TEXT.replace("(start, stop, x):\n", '(start, stop, x):\n    """What it does: x[i] = 4.0."""\n'),
        TEXT.replace("):\n    for", "):\n\n    # first\n\n    for"),
        TEXT.replace(" = ", "=").replace(" * ", "*").replace(", ", " ,"),
        TEXT.rstrip() + "   \n\n\n",
    ],
)
def test_names_comments_and_spaces_do_not_matter(other: str) -> None:
    assert other != TEXT
    assert key(other, "f32*") == key(TEXT, "f32*")


@pytest.mark.parametrize(
    "other",
    [
        TEXT.replace("3.0", "3.5"),
        TEXT.replace("3.0", "3"),
        TEXT.replace("3.0", "3e0"),
        TEXT.replace("*", "+"),
        TEXT.replace("vector", "range"),
        TEXT.replace("x[i] * 3.0", "exp_f32(x[i])"),
        TEXT.replace("x[i] * 3.0", "expm1_f32(x[i])"),
        TEXT.replace("x[i] * 3.0", "sqrt(x[i])"),
        TEXT.replace("x[i] * 3.0", "x[start] * 3.0"),
        TEXT + "        x[i] = 0.0\n",
        TEXT + "    x[i] = 0.0\n",
        TEXT.replace("stop, x", "x, stop"),
    ],
)
def test_what_the_machine_code_depends_on_is_in_the_key(other: str) -> None:
    keys = {key(TEXT, "f32*"), key(other, "f32*"), key(TEXT, "f64*"), key(TEXT, "f32*", "i64")}
    assert len(keys) == 4


def test_functions_called_by_what_is_called_are_in_the_key() -> None:
    text = TEXT.replace("x[i] * 3.0", "one_f32(x[i])")
    made = Kernel("k", text, (("x", "f32*"),))
    library = {"one_f32": "def one_f32(x):\n    return two_f32(x)\n"}
    library["two_f32"] = "def two_f32(y):\n    return y + 1.0\n"
    before = form.key(made, library, "here")
    assert form.key(made, {**library, "two_f32": library["two_f32"].replace("y", "z")}, "here") == before
    assert form.key(made, {**library, "two_f32": library["two_f32"].replace("1.0", "2.0")}, "here") != before
    assert form.key(made, library, "there") != before


def test_the_compiler_and_the_processor_are_in_the_key() -> None:
    said = passes.context(passes.host())
    assert ".".join(map(str, passes.binding().llvm_version_info)) in said
    assert passes.host().cpu in said
    assert passes.host().features in said
    assert passes.context(passes.Target("x86-64-v3")) != passes.context(passes.Target("x86-64-v2"))
    package = Path(passes.__file__).parent
    needed = {"compiler", "expressions", "intrinsics", "passes", "scalars", "scope", "statements", "writer"}
    assert set(passes._TRANSLATOR) == needed
    assert all((package / f"{name}.py").is_file() for name in needed)


def test_kernels_of_one_form_share_an_address() -> None:
    same = MADE._replace(name="other", text=TEXT.replace("scaled", "other").replace("i", "k").replace("kn", "in"))
    assert objects.address(MADE) == objects.address(same) == objects.address(MADE)
    assert counts() == (1, 0)


def test_cold_then_warm(cache: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    assert works()
    assert counts() == (1, 0)
    (file,) = cache.iterdir()
    assert file.suffix == ".o"
    assert objects.size() == file.stat().st_size
    if os.name == "posix":
        assert cache.stat().st_mode & 0o777 == 0o700
        assert file.stat().st_mode & 0o777 == 0o600
    forget(monkeypatch)
    monkeypatch.setattr(objects, "object_code", None)  # compiling now would raise
    assert works()
    assert counts() == (0, 1)
    assert objects.statistics().nbytes > 0
    assert objects.statistics().seconds > 0


def test_clear(cache: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    works()
    (cache / "left.draft").write_bytes(b"12345")
    (cache / "mine.txt").write_text("not a kernel")
    size = objects.size()
    assert objects.clear() == size > 5
    assert [path.name for path in cache.iterdir()] == ["mine.txt"]
    assert objects.size() == objects.clear() == 0
    assert works()  # what is loaded stays loaded
    assert counts() == (1, 0)


def spoilt(data: bytes) -> Iterator[bytes]:
    """The bytes of a file after what can happen to it."""
    for length in {*range(0, len(data), 13), *range(80), len(data) - 1}:
        yield data[:length]
    for place in {*range(0, len(data), 11), *range(120)}:
        yield data[:place] + bytes([data[place] ^ 1 << place % 8]) + data[place + 1 :]
    yield data + b"\0"
    yield data.replace(b"kernel 1", b"kernel 2")
    yield bytes(len(data))
    yield b"\x80\x04\x95pickle"


def test_spoilt_files_are_not_read(cache: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    works()
    (file,) = cache.iterdir()
    data, context = file.read_bytes(), passes.context(passes.host())
    for n, bad in enumerate(spoilt(data)):
        file.write_bytes(bad)
        assert folder.read(file.stem, context) is None
        if n % 40 == 0:
            forget(monkeypatch)
            assert works()
            assert counts() == (1, 0)
            assert file.read_bytes() == data, "it was not written anew"


def test_files_of_others_are_not_read(cache: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    other = MADE._replace(text=TEXT.replace("3.0", "5.0"))
    assert works()
    assert works(other, 5.0)
    one, two = cache.iterdir()
    one_data = one.read_bytes()
    one.write_bytes(two.read_bytes())  # right in itself, under a wrong name
    two.write_bytes(one_data)
    forget(monkeypatch)
    assert works()
    assert works(other, 5.0)
    assert counts() == (2, 0)
    assert folder.read(one.stem, passes.context(passes.host())) is not None
    assert folder.read(one.stem, "LLVM 1.0 of another processor") is None


@pytest.mark.skipif(os.name != "posix", reason="owners and modes are POSIX's")
def test_what_others_can_write_is_refused(cache: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    works()
    (file,) = cache.iterdir()
    for mode in (0o620, 0o602):
        file.chmod(mode)
        assert folder.read(file.stem, passes.context(passes.host())) is None
        forget(monkeypatch)
        assert works()
        assert file.stat().st_mode & 0o777 == 0o600
    data = file.read_bytes()
    for mode in (0o770, 0o707):
        cache.chmod(mode)
        forget(monkeypatch)
        monkeypatch.setattr(folder, "_refused", set())
        with pytest.warns(UserWarning, match="chmod 700"):
            assert works()
        assert works(MADE._replace(text=TEXT.replace("3.0", "5.0")), 5.0)  # said once, not again
        assert counts() == (2, 0)
        assert [path.read_bytes() for path in cache.iterdir()] == [data]
        assert objects.size() == 0


@pytest.mark.skipif(os.name != "posix" or os.getuid() != 0, reason="only root gives files away")
def test_what_belongs_to_others_is_refused(cache: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    works()
    os.chown(cache, 12345, -1)
    forget(monkeypatch)
    monkeypatch.setattr(folder, "_refused", set())
    with pytest.warns(UserWarning, match="chmod 700"):
        assert works()
    assert counts() == (1, 0)


@pytest.mark.skipif(os.name != "posix", reason="links are POSIX's")
def test_a_link_in_place_of_the_folder_is_refused(cache: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    (tmp_path / "elsewhere").mkdir(mode=0o700)
    cache.symlink_to(tmp_path / "elsewhere")
    monkeypatch.setattr(folder, "_refused", set())
    with pytest.warns(UserWarning, match="chmod 700"):
        assert works()
    assert list((tmp_path / "elsewhere").iterdir()) == []


def test_no_folder_can_be_made(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    (tmp_path / "file").write_text("in the way")
    for place in (tmp_path / "file", tmp_path / "file" / "deeper", Path("/proc/nowhere")):
        monkeypatch.setenv("CHAINRULE_CACHE", str(place))
        forget(monkeypatch)
        assert works()
        assert counts() == (1, 0)
        assert objects.size() == objects.clear() == 0


@pytest.mark.skipif(os.name != "posix" or os.getuid() == 0, reason="root may write anywhere")
def test_a_folder_that_may_only_be_read(cache: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    works()
    cache.chmod(0o500)
    forget(monkeypatch)
    assert works()
    assert works(MADE._replace(text=TEXT.replace("3.0", "5.0")), 5.0)
    assert counts() == (1, 1)
    cache.chmod(0o700)


def test_a_disk_that_may_only_be_read(cache: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    def refused(*given: object) -> None:
        raise OSError(errno.EROFS, "Read-only file system")

    works()
    for name in ("utime", "replace", "mkdir"):
        monkeypatch.setattr(os, name, refused)
    monkeypatch.setattr("tempfile.mkstemp", refused)
    forget(monkeypatch)
    assert works()
    assert works(MADE._replace(text=TEXT.replace("3.0", "5.0")), 5.0)
    assert counts() == (1, 1)
    assert len(list(cache.iterdir())) == 1


@pytest.mark.parametrize("name", ["fsync", "replace"])
def test_a_full_disk(cache: Path, monkeypatch: pytest.MonkeyPatch, name: str) -> None:
    def full(*given: object) -> None:
        raise OSError(errno.ENOSPC, "No space left on device")

    monkeypatch.setattr(os, name, full)
    assert works()
    assert list(cache.iterdir()) == []


PROGRAM = f"""
import sys
import numpy as np
from chainrule.program.loops import objects
from chainrule.program.loops.compiler import module_text
from chainrule.program.loops.kernel import Kernel
from tests.program.loops.running import ABI, compiled
made = [Kernel("k", {TEXT!r}.replace("3.0", f"{{n}}.0"), (("x", "f32*"),)) for n in range(1, 6)]
x = np.arange(20, dtype=np.float32)
for n, kernel in enumerate(made, 1):
    assert (compiled(kernel, 0, 20, x)[0] == x * n).all()
assert not [name for name in sys.modules if name == "numba" or name.startswith("numba.")]
print(objects.statistics().compiled, objects.statistics().loaded)
"""


def programs(count: int) -> list[str]:
    """What several processes print that run at the same time."""
    root = Path(__file__).parents[3]
    asked = [sys.executable, "-c", PROGRAM]
    pipes = {"stdout": subprocess.PIPE, "stderr": subprocess.PIPE}
    running = [subprocess.Popen(asked, **pipes, text=True, cwd=root) for _ in range(count)]
    said = [process.communicate() for process in running]
    assert [errors for _, errors in said if errors] == []
    return [out.strip() for out, _ in said]


def test_processes_share_the_folder(cache: Path) -> None:
    for line in programs(3):  # at once, on an empty folder
        made, loaded = map(int, line.split())
        assert made + loaded == 5
    assert len(list(cache.iterdir())) == 5
    assert programs(1) == ["0 5"]


def test_threads_compile_a_kernel_once() -> None:
    wanted = [MADE._replace(text=TEXT.replace("3.0", f"{n}.0")) for n in range(4)]
    found: list[list[int]] = []
    threads = [threading.Thread(target=lambda: found.append([objects.address(k) for k in wanted])) for _ in range(8)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    assert len(found) == 8
    assert all(row == found[0] for row in found)
    assert counts() == (4, 0)


@pytest.mark.skipif(not hasattr(os, "fork"), reason="no fork here")
@pytest.mark.filterwarnings("ignore:.*fork")  # Python's own, and that of JAX where another test has imported it
def test_a_child_compiles_though_its_parent_was_compiling() -> None:
    works()
    held, free = threading.Event(), threading.Event()

    def compiling() -> None:
        with objects._lock:
            held.set()
            free.wait()

    other = threading.Thread(target=compiling)
    other.start()
    held.wait()
    child = os.fork()
    if child == 0:
        signal.alarm(30)  # a child that waits for the lock for ever
        code = 1
        try:
            code = 0 if works() and works(MADE._replace(text=TEXT.replace("3.0", "7.0")), 7.0) else 1
        finally:
            os._exit(code)
    free.set()
    other.join()
    assert os.waitpid(child, 0)[1] == 0


def test_the_folder_stays_bounded(cache: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(folder, "MOST", 10_000)
    context = "here"
    for n in range(8):
        folder.write(f"{n:02x}", context, bytes([n]) * 1500)
        os.utime(cache / f"{n:02x}.o", (n, n))
    assert folder.read("01", context) == b"\x01" * 1500  # and so it was used last
    assert objects.size() > 10_000
    folder.write("00", context, b"new" * 500)
    left = sorted(path.stem for path in cache.iterdir())
    assert left == ["00", "01", "07"]
    assert objects.size() <= 5_000


SQUARE = """
define void @square(ptr %table, i64 %start, i64 %stop, i64 %t) {
  %address = load i64, ptr %table
  %place = inttoptr i64 %address to ptr
  %x = load double, ptr %place
  %y = fmul double %x, %x
  store double %y, ptr %place
  ret void
}
"""


def test_objects_of_llvm_text(cache: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    x = np.array([3.0])
    for expected in ((1, 0), (0, 1)):
        forget(monkeypatch)
        found = objects.compile_object("square", SQUARE)
        assert found == objects.compile_object("square", SQUARE)
        ABI(found)(np.array([x.ctypes.data, 0]).ctypes.data, 0, 0, 0)
        assert counts() == expected
    assert x[0] == 81
    assert len(list(cache.iterdir())) == 1
    host = passes.host()
    plainer = objects.compile_object("square", SQUARE, passes.Target("x86-64") if "x86" in host.features else host)
    assert plainer


def test_llvm_text_that_is_wrong_is_refused() -> None:
    with pytest.raises(RuntimeError, match="expected"):
        objects.compile_object("square", SQUARE.replace("fmul", "fmull"))


def test_without_llvmlite_the_line_that_installs_it_is_named() -> None:
    program = """
import sys
sys.modules["llvmlite"] = sys.modules["llvmlite.binding"] = None
from chainrule.errors import MissingExtraError
from chainrule.program.loops import objects
from chainrule.program.loops.compiler import module_text
from chainrule.program.loops.kernel import Kernel
try:
    objects.address(Kernel("k", "def k(start, stop): pass", ()))
except MissingExtraError as error:
    assert 'pip install "chainrule[fast]"' in str(error)
    print("named")
"""
    done = subprocess.run([sys.executable, "-c", program], capture_output=True, text=True, check=True)
    assert done.stdout.strip() == "named"


MIXED = kernel(
    "mixed",
    """
    def f(start, stop, n, x, y, z, keep):
        for i in range(start, stop):
            for j in vector(n):
                v = sigmoid_f32(x[i * n + j]) * (1.0 if keep[i * n + j] else 0.0)
                y[i * n + j] = maximum(v, 0.0) / (sqrt(abs(v)) + 1e-8)
        for j in vector(start * n, stop * n):
            z[j] = tanh_f64(z[j]) if z[j] > 0.0 else fma(z[j], 0.5, 1.0)
    """,
    n="i64", x="f32*", y="f32*", z="f64*", keep="bool*",
)  # fmt: skip


def test_the_width_of_vectors_changes_no_bit() -> None:
    if "x86_64" not in passes.binding().get_default_triple():
        pytest.skip("widths of x86")
    found = set()
    for target in (passes.Target("x86-64"), passes.Target("x86-64-v2"), passes.Target("x86-64-v3"), passes.host()):
        if "+avx2" not in passes.host().features and target.cpu == "x86-64-v3":
            continue
        rng = np.random.default_rng(0)
        x, z = rng.standard_normal(330).astype(np.float32) * 9, rng.standard_normal(330) * 9
        y, keep = np.zeros_like(x), rng.random(330) < 0.7
        symbol = f"mixed_{target.cpu.replace('-', '_')}"
        place = objects.compile_object(symbol, module_text(MIXED, symbol, LIBRARY), target)
        cells = table(MIXED, [33, x, y, z, keep])
        ABI(place)(cells.ctypes.data, 0, 10, 0)
        assert y.any()
        found.add(y.tobytes() + z.tobytes())
    assert len(found) == 1


def test_marked_loops_become_vector_code() -> None:
    widths = {"x86-64-v2": (4, 2), "x86-64-v3": (8, 4), "znver4": (16, 8)}
    if passes.host().features and passes.binding().get_default_triple().startswith("x86_64"):
        for cpu, (single, double) in widths.items():
            text = objects.llvm_text(MIXED, passes.Target(cpu))
            assert f"<{single} x float>" in text
            assert f"<{double} x double>" in text
            assert re.findall(r"call \w+ @(?!llvm)\w+", text) == []
            assert "noalias.scope.decl" in text  # arrays are known to be apart
            assert objects.vectorised(MIXED, passes.Target(cpu))
    assert objects.vectorised(MIXED)


def test_a_marked_loop_that_stays_scalar_is_found(capfd: pytest.CaptureFixture[str]) -> None:
    text = "def f(start, stop, x):\n    for j in vector(start, stop):\n        x[j] = sin(x[j])\n"
    made = kernel("scalar", text, x="f32*")
    assert not objects.vectorised(made)
    assert objects.vectorised(made._replace(text=text.replace("vector", "range")))  # nothing was asked
    assert capfd.readouterr().err == ""  # LLVM keeps its remarks to itself
