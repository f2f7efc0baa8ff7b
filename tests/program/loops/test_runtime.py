"""Threaded code: order, barriers, each task once; with helpers, without, in many threads, after a fork."""

import ctypes
import itertools
import os
import random
import subprocess
import sys
import threading
import time

import numpy as np
import pytest

from chainrule.program.loops import runtime, threads
from chainrule.program.loops.runtime import Call, Code, Loop, Schedule, Stage, Task

pytest.importorskip("llvmlite")
from chainrule.program.loops import objects

# Kernel "mark": cells of the table are (counts, previous counts, how many, what they must be, wrong). Looks whether the
# stage before is finished, says in `wrong` if not, then counts itself at [start, stop).
MARK = """
define void @{symbol}(ptr %table, i64 %start, i64 %stop, i64 %t) {{
entry:
  %counts = load ptr, ptr %table
  %previous.at = getelementptr i64, ptr %table, i64 2
  %previous = load ptr, ptr %previous.at
  %many.at = getelementptr i64, ptr %table, i64 4
  %many = load i64, ptr %many.at
  %due.at = getelementptr i64, ptr %table, i64 6
  %due.0 = load i64, ptr %due.at
  %due.step.at = getelementptr i64, ptr %table, i64 7
  %due.step = load i64, ptr %due.step.at
  %due.t = mul i64 %due.step, %t
  %due = add i64 %due.0, %due.t
  %wrong.at = getelementptr i64, ptr %table, i64 8
  %wrong = load ptr, ptr %wrong.at
  br label %look
look:
  %i = phi i64 [ 0, %entry ], [ %i.next, %next ]
  %seen = icmp eq i64 %i, %many
  br i1 %seen, label %count, label %one
one:
  %at = getelementptr i64, ptr %previous, i64 %i
  %value = load atomic i64, ptr %at monotonic, align 8
  %right = icmp eq i64 %value, %due
  br i1 %right, label %next, label %bad
bad:
  %ignored = atomicrmw add ptr %wrong, i64 1 monotonic
  br label %next
next:
  %i.next = add i64 %i, 1
  br label %look
count:
  %j = phi i64 [ %start, %look ], [ %j.next, %add ]
  %over = icmp sge i64 %j, %stop
  br i1 %over, label %out, label %add
add:
  %cell = getelementptr i64, ptr %counts, i64 %j
  %old = atomicrmw add ptr %cell, i64 1 monotonic
  %j.next = add i64 %j, 1
  br label %count
out:
  ret void
}}
"""

# Kernel "write": cells (list, position); appends 1,000,000 * t + 1,000 * start + stop to the list.
WRITE = """
define void @{symbol}(ptr %table, i64 %start, i64 %stop, i64 %t) {{
  %list = load ptr, ptr %table
  %position.at = getelementptr i64, ptr %table, i64 2
  %position = load ptr, ptr %position.at
  %tag.at = getelementptr i64, ptr %table, i64 4
  %tag = load i64, ptr %tag.at
  %at = atomicrmw add ptr %position, i64 4 monotonic
  %a = getelementptr i64, ptr %list, i64 %at
  %b = getelementptr i64, ptr %a, i64 1
  %c = getelementptr i64, ptr %a, i64 2
  %d = getelementptr i64, ptr %a, i64 3
  store i64 %tag, ptr %a
  store i64 %t, ptr %b
  store i64 %start, ptr %c
  store i64 %stop, ptr %d
  ret void
}}
"""

# Kernel "chain": x[j] = x[j] * 1.0000001 + start, cell 2 times over: rounding shows any change of order; takes time.
CHAIN = """
define void @{symbol}(ptr %table, i64 %start, i64 %stop, i64 %t) {{
entry:
  %x = load ptr, ptr %table
  %turns.at = getelementptr i64, ptr %table, i64 2
  %turns = load i64, ptr %turns.at
  %begin = sitofp i64 %start to double
  br label %head
head:
  %j = phi i64 [ %start, %entry ], [ %j.next, %done ]
  %over = icmp sge i64 %j, %stop
  br i1 %over, label %out, label %body
body:
  %at = getelementptr double, ptr %x, i64 %j
  %first = load double, ptr %at
  br label %turn
turn:
  %k = phi i64 [ 0, %body ], [ %k.next, %turn ]
  %value = phi double [ %first, %body ], [ %sum, %turn ]
  %scaled = fmul double %value, 0x3FF0000001AD7F2A
  %sum = fadd double %scaled, %begin
  %k.next = add i64 %k, 1
  %all = icmp sge i64 %k.next, %turns
  br i1 %all, label %done, label %turn
done:
  store double %sum, ptr %at
  %j.next = add i64 %j, 1
  br label %head
out:
  ret void
}}
"""

# Kernel "who": cells (list, address of pthread_self); writes down which thread runs it.
WHO = """
define void @{symbol}(ptr %table, i64 %start, i64 %stop, i64 %t) {{
  %list = load ptr, ptr %table
  %self.at = getelementptr i64, ptr %table, i64 2
  %self = load ptr, ptr %self.at
  %id = call i64 %self()
  %at = getelementptr i64, ptr %list, i64 %start
  store i64 %id, ptr %at
  ret void
}}
"""


@pytest.fixture(scope="module")
def kernels():
    texts = {"mark": MARK, "write": WRITE, "chain": CHAIN, "who": WHO}
    return {name: objects.compile_object(name, text.format(symbol=name)) for name, text in texts.items()}


@pytest.fixture
def pool(monkeypatch):
    """A pool of this test's own: nothing awake, nothing started."""
    fresh = threads.Pool()
    monkeypatch.setattr("chainrule.program.loops.runtime.pool", fresh)
    yield fresh
    fresh.close()
    assert not any(helper.is_alive() for helper in fresh._helpers)


def at(array):
    return array.ctypes.data


def table(*cells):
    """A table of parameters; a pair is (value, step)."""
    rows = [cell if isinstance(cell, tuple) else (cell, 0) for cell in cells]
    return np.array(rows, np.int64).reshape(-1)


class Marks:
    """Stages of given widths; each looks at the one before it, the first at the last one of the step before."""

    def __init__(self, kernels, widths, parallel=True, turns=0):
        kernel = kernels["mark"]
        self.x = np.zeros(max(widths))
        first = (Call(kernels["chain"], table(at(self.x), turns)),) if turns else ()
        self.counts = [np.zeros(width, np.int64) for width in widths]
        self.wrong = np.zeros(1, np.int64)
        stages = []
        for number, counts in enumerate(self.counts):
            before = self.counts[number - 1]
            cells = table(at(counts), at(before), len(before), (int(number > 0), 1), at(self.wrong))
            if len(widths) == 1:
                cells[4] = 0
            stages.append(Stage(tuple(Task((*first, Call(kernel, cells)), i, i + 1) for i in range(len(counts)))))
        self.code = Code(stages, parallel)

    def check(self, steps):
        assert self.wrong[0] == 0
        for counts in self.counts:
            np.testing.assert_array_equal(counts, steps)


class Written:
    """What the kernel "write" was called with: (tag, t, start, stop) in order."""

    def __init__(self, kernel, room=10_000):
        self.kernel = kernel
        self.rows = np.full((room, 4), -1, np.int64)
        self.position = np.zeros(1, np.int64)

    def call(self, tag, factor=1):
        return Call(self.kernel, table(at(self.rows), at(self.position), tag), factor)

    def take(self):
        rows = [tuple(row) for row in self.rows[: self.position[0] // 4].tolist()]
        self.position[0] = 0
        return rows


def python_call(written, tag, factor=1):
    return Call(lambda cells, start, stop, t: written.append((tag, t, start, stop)), np.zeros(0, np.int64), factor)


def stages_with(call):
    """Loops and calls in every arrangement, tasks without calls, a stage without tasks."""
    return [
        Stage((Task((call(0), call(1, 10), Loop(3, (call(2), call(3, 2))), call(4)), 5, 7), Task((), 0, 1))),
        Stage(()),
        Stage((Task((Loop(0, (call(5),)), Loop(2, (call(6),)), Loop(1, ())), -1, 1), Task((call(7),), 0, 0))),
        Stage((Task((call(8), call(9)), 1, 2),)),
    ]


@pytest.mark.parametrize("parallel", [False, True])
def test_one_thread_runs_what_python_runs(kernels, parallel):
    written, expected = Written(kernels["write"]), []
    compiled = Code(stages_with(written.call), parallel)
    plain = Code(stages_with(lambda tag, factor=1: python_call(expected, tag, factor)), parallel)
    segments = [(2, 4), (0, 1), (3, 3), (-2, 0)]
    Schedule([(compiled, t0, t1) for t0, t1 in segments]).run(threads=1)
    Schedule([(plain, t0, t1) for t0, t1 in segments]).run(threads=1)
    assert written.take() == expected
    assert expected[:5] == [(0, 2, 5, 7), (1, 2, 50, 70), (2, 0, 5, 7), (3, 0, 10, 14), (2, 1, 5, 7)]
    assert len(expected) == 5 * 14
    assert [t for tag, t, _, _ in expected if tag == 9] == [2, 3, 0, -2, -1]


def test_helpers_run_what_python_runs(kernels, pool):
    written, expected = Written(kernels["write"]), []
    compiled = Code(stages_with(written.call), parallel=True)
    Code(stages_with(lambda tag, factor=1: python_call(expected, tag, factor)), parallel=True).interpret(0, 50)
    Schedule([(compiled, 0, 50)]).run(threads=2)
    rows = written.take()
    assert sorted(rows) == sorted(expected)
    # Tags 0 to 5 are one task's: in order by themselves; so are 6 and 7, and 8 and 9; stages and steps are in order.
    assert [row for row in rows if row[0] < 5] == [row for row in expected if row[0] < 5]
    stage = [0 if tag < 5 else 1 if tag < 8 else 2 for tag, _, _, _ in rows]
    assert stage == [0 if tag < 5 else 1 if tag < 8 else 2 for tag, _, _, _ in expected]


def test_nothing_is_run_where_there_is_nothing(kernels, pool):
    mark = Marks(kernels, [3, 2])
    for segments in ([], [(Code([], True), 0, 5)], [(mark.code, 4, 4)], [(mark.code, 4, 2)]):
        Schedule(segments).run(threads=2)
    mark.check(0)


@pytest.mark.parametrize("turns", [0, 30, 300])
@pytest.mark.parametrize("count", [1, 2, 4])
def test_each_task_runs_once_and_after_the_stage_before(kernels, pool, count, turns):
    draw = random.Random(count)  # noqa: S311 - the same widths each time
    total, steps = 0, 2_000 if turns > 100 else 20_000
    for _ in range(5):
        widths = [draw.choice([1, 2, 2, 3, 4, 4, 5, 8, 9, 16]) for _ in range(draw.randrange(1, 12))] + [2]
        marks = Marks(kernels, widths, turns=turns)
        Schedule([(marks.code, t, t + 1) for t in range(10)] + [(marks.code, 10, steps)]).run(threads=count)
        marks.check(steps)
        total += steps * len(widths)
    assert total > 10 * steps
    assert len(pool._helpers) == count - 1


def test_short_runs_follow_each_other_closely(kernels, pool):
    marks = Marks(kernels, [2, 3])
    schedules = [Schedule([(marks.code, t, t + 1)]) for t in range(100)]
    for around in range(20):
        for schedule in schedules:
            schedule._work = np.inf  # as if it were long: somebody is woken each time
            schedule.run(threads=2 + around % 2)
        marks.check(100)
        for counts in marks.counts:
            counts[:] = 0


def chained(kernel, turns, shards=4, stages=3):
    x = np.linspace(-1, 1, shards)
    calls = (Call(kernel, table(at(x), turns)),)
    stage = Stage(tuple(Task(calls, i, i + 1) for i in range(shards)))
    return x, Code([stage] * stages, parallel=True)


def test_any_number_of_threads_gives_the_same_bytes(kernels, pool):
    results = []
    for count in (1, 2, 3, 4, 9, 2, 1):
        x, code = chained(kernels["chain"], 500)
        Schedule([(code, 0, 100)]).run(threads=count)
        results.append(x.tobytes())
    assert len(set(results)) == 1
    assert len(pool._helpers) == 3  # no more than there are tasks for


def test_many_threads_of_python_run_at_once(kernels, pool):
    def fit(out):
        for _ in range(20):
            x, code = chained(kernels["chain"], 200)
            Schedule([(code, 0, 20)]).run(threads=2)
            out.append(x.tobytes())

    alone = []
    fit(alone)
    results = [[] for _ in range(8)]
    fits = [threading.Thread(target=fit, args=(out,)) for out in results]
    for each in fits:
        each.start()
    for each in fits:
        each.join()
    assert {*itertools.chain(*results)} == {*alone}
    assert [len(out) for out in results] == [20] * 8
    assert len(pool._helpers) == 1


def test_who_asks_for_one_thread_starts_none(kernels, pool, monkeypatch):
    parallel, serial = Marks(kernels, [4, 2]), Marks(kernels, [4, 2], parallel=False)
    single = Marks(kernels, [1, 1])
    Schedule([(parallel.code, 0, 5)]).run(threads=1)
    Schedule([(serial.code, 0, 5), (single.code, 0, 5)]).run(threads=4)
    monkeypatch.setenv("CHAINRULE_NUM_THREADS", "1")
    Schedule([(parallel.code, 5, 9)]).run()
    assert not pool._helpers
    monkeypatch.setenv("CHAINRULE_NUM_THREADS", "3")
    Schedule([(parallel.code, 9, 12)]).run()
    assert len(pool._helpers) == 2
    parallel.check(12)
    serial.check(5)
    single.check(5)


def asleep(pool):
    deadline = time.monotonic() + 10
    while not all(helper.asleep for helper in pool._helpers):
        assert time.monotonic() < deadline
        time.sleep(0.001)
    return True


def test_helpers_sleep_when_nobody_wants_them(kernels, pool):
    _x, code = chained(kernels["chain"], 1_000)
    schedule = Schedule([(code, 0, 100)])
    schedule.run(threads=4)
    assert len(pool._helpers) == 3
    assert asleep(pool)
    before = time.process_time()
    time.sleep(0.3)
    assert time.process_time() - before < 0.02
    schedule.run(threads=4)  # and wake again
    assert asleep(pool)


def test_little_work_is_done_alone(kernels, pool, monkeypatch):
    marks = Marks(kernels, [2])
    schedule = Schedule([(marks.code, 0, 1)])
    schedule.run(threads=2)  # nobody knew how little it is
    runs, deadline = 1, time.monotonic() + 10
    while schedule._work > runtime.WORTH:  # a machine with much else to do makes it seem long
        schedule.run(threads=2)
        runs += 1
        assert time.monotonic() < deadline
    monkeypatch.setattr(pool, "run", None)  # not to be called
    schedule.run(threads=2)
    marks.check(runs + 1)


def test_much_work_is_shared_again_and_again(kernels, pool):
    _x, code = chained(kernels["chain"], 10_000)
    schedule = Schedule([(code, 0, 10)])
    for _ in range(5):
        schedule.run(threads=2)
        assert schedule._work > runtime.WORTH


def test_no_more_threads_take_part_than_were_asked_for(kernels, pool):
    ids, x = np.zeros(64, np.int64), np.zeros(64)
    pthread_self = ctypes.cast(ctypes.CDLL(None).pthread_self, ctypes.c_void_p).value
    calls = (Call(kernels["chain"], table(at(x), 3_000)), Call(kernels["who"], table(at(ids), pthread_self)))
    schedule = Schedule([(Code([Stage(tuple(Task(calls, i, i + 1) for i in range(64)))], parallel=True), 0, 20)])
    for count in (4, 2, 1, 2, 3):
        took_part = set()
        deadline = time.monotonic() + 10
        while len(took_part) < min(count, 2):  # two processors may be too busy for a third thread
            schedule.run(threads=count)
            took_part.update(ids.tolist())
            assert time.monotonic() < deadline
        for _ in range(5):
            schedule.run(threads=count)
            took_part.update(ids.tolist())
        assert len(took_part) <= count
        assert threading.get_ident() in took_part
    assert len(pool._helpers) == 3


def test_the_leader_does_all_where_no_helper_can_be_had(kernels, pool, monkeypatch):
    def refused(self):
        raise RuntimeError

    monkeypatch.setattr(threads._Helper, "start", refused)
    marks = Marks(kernels, [4, 2, 1, 3])
    Schedule([(marks.code, 0, 1_000)]).run(threads=4)
    marks.check(1_000)
    assert not pool._helpers


def test_the_leader_does_all_where_no_helper_wakes(kernels, pool, monkeypatch):
    marks = Marks(kernels, [4, 2, 1, 3])
    Schedule([(marks.code, 0, 1_000)]).run(threads=3)
    asleep(pool)
    with monkeypatch.context() as patch:
        patch.setattr(threads._Helper, "wake", lambda self: None)
        Schedule([(marks.code, 1_000, 2_000)]).run(threads=3)
        asleep(pool)
    marks.check(2_000)


def test_a_closed_pool_still_serves(kernels, pool):
    marks = Marks(kernels, [4, 2])
    Schedule([(marks.code, 0, 1_000)]).run(threads=2)
    pool.close()
    assert not any(helper.is_alive() for helper in pool._helpers)
    Schedule([(marks.code, 1_000, 2_000)]).run(threads=3)
    marks.check(2_000)


def test_an_interrupted_run_gives_the_pool_back(kernels, pool):
    def interrupted(schedule):
        raise KeyboardInterrupt

    with pytest.raises(KeyboardInterrupt):
        pool.run(interrupted, 0, 1)
    asleep(pool)
    assert pool.run(lambda schedule: None, 0, 1) > 0


@pytest.mark.skipif(not hasattr(os, "fork"), reason="no fork here")
@pytest.mark.filterwarnings("ignore:.*fork")  # Python's own, and that of JAX where another test has imported it
def test_a_forked_child_runs_alone_then_with_helpers_of_its_own(kernels):
    marks = Marks(kernels, [4, 2, 3])
    first, second, third = (Schedule([(marks.code, t, t + 500)]) for t in (0, 500, 1_000))
    x, code = chained(kernels["chain"], 1_000)
    other = threading.Thread(target=lambda: Schedule([(code, 0, 3_000)]).run(threads=2))
    first.run(threads=3)
    other.start()
    time.sleep(0.005)  # the other thread leads the helpers now
    reading, writing = os.pipe()
    child = os.fork()
    if not child:
        try:
            helpers = len(threads.pool._helpers)
            second.run(threads=1)
            third.run(threads=3)
            marks.check(1_500)
            os.write(writing, b"%d %d" % (helpers, len(threads.pool._helpers)))
        finally:
            os._exit(0)
    os.close(writing)
    with os.fdopen(reading) as answer:
        assert answer.read() == "0 2"
    os.waitpid(child, 0)
    other.join()
    second.run(threads=3)
    marks.check(1_000)
    assert np.isfinite(x).all()


ENDING = """
import atexit
import threading
atexit.register(lambda: print([each.name for each in threading.enumerate()]))  # the last of all
import numpy as np
from chainrule.program.loops import objects
from chainrule.program.loops.runtime import Call, Code, Schedule, Stage, Task

text = "define void @nothing(ptr %table, i64 %start, i64 %stop, i64 %t) { ret void }"
call = Call(objects.compile_object("nothing", text), np.zeros(0, np.int64))
code = Code([Stage(tuple(Task((call,), i, i + 1) for i in range(4)))], parallel=True)
Schedule([(code, 0, 20_000)]).run(threads=3)
"""


@pytest.mark.parametrize("end", ["", "import time; time.sleep(0.05)", "import sys; sys.exit(0)"])
def test_a_process_ends_with_its_helpers_awake_or_asleep(kernels, end):
    done = subprocess.run([sys.executable, "-c", ENDING + end], capture_output=True, text=True, check=False)
    assert (done.returncode, done.stdout, done.stderr) == (0, "['MainThread']\n", "")
