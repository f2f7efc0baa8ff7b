"""Another stream in the place of the default one: in this thread, until the block ends."""

import threading

import numpy as np

import chainrule as cr
from chainrule.tensors.random import Generator, default_generator, drawing_from


def test_draws_come_from_the_other_stream_and_leave_the_default_one_alone():
    cr.manual_seed(1)
    before = default_generator.get_state()
    own = Generator(7)
    with drawing_from(own):
        drawn = cr.rand(3)
        assert default_generator.get_state() == own.get_state() == (7, 1)
        default_generator.numpy()
    assert own.get_state() == (7, 2)
    assert default_generator.get_state() == before
    np.testing.assert_array_equal(drawn.numpy(), cr.rand(3, generator=Generator(7)).numpy())


def test_blocks_nest_and_none_is_the_process_own_stream():
    cr.manual_seed(1)
    expected = cr.rand(2).numpy().copy()
    cr.manual_seed(1)
    with drawing_from(Generator(7)):
        with drawing_from(None):
            found = cr.rand(2).numpy()
        assert default_generator.get_state() == (7, 0)
    np.testing.assert_array_equal(found, expected)


def test_another_thread_does_not_notice():
    cr.manual_seed(3)
    states = []
    with drawing_from(Generator(7)):
        thread = threading.Thread(target=lambda: states.append(default_generator.get_state()))
        thread.start()
        thread.join()
    assert states == [(3, 0)]
