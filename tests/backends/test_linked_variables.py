"""(linked) variables: reading, running, errors."""

from __future__ import annotations

import numpy as np
import pytest

import brainsim as b


@pytest.fixture(autouse=True)
def defaults():
    """Every test starts with the default clock and preferences."""
    b.defaultclock.dt = 0.1 * b.ms
    yield
    b.prefs.reset_to_defaults()


def source(n=3):
    group = b.NeuronGroup(
        n,
        """dv/dt = -v/(10*ms) : volt
           common : volt (shared)
           double = 2*v : volt""",
        method="exact",
        name="a_source",
    )
    group.v = np.arange(1, n + 1) * b.mV
    group.common = 9 * b.mV
    return group


def reader(n, name="b_reader"):
    return b.NeuronGroup(
        n,
        """x : volt (linked)
           k : integer
           dy/dt = (x - y)/dt : volt""",
        method="euler",
        name=name,
    )


LINKS = {
    "one to one": (3, lambda s: b.linked_var(s, "v"), [1, 2, 3]),
    "of a view": (3, lambda s: b.linked_var(s.v), [1, 2, 3]),
    "shared": (2, lambda s: b.linked_var(s, "common"), [9, 9]),
    "index array": (4, lambda s: b.linked_var(s, "v", index=[2, 0, 0, 1]), [3, 1, 1, 2]),
    "index variable": (3, lambda s: b.linked_var(s, "v", index="k"), [3, 2, 1]),
    "subexpression": (2, lambda s: b.linked_var(s, "double", index=[2, 1]), [6, 4]),
    "subgroup": (2, lambda s: b.linked_var(s[1:], "v"), [2, 3]),
}


@pytest.mark.parametrize("name", LINKS)
def test_reading_from_python(name):
    n, link, expected = LINKS[name]
    origin, group = source(), reader(n)
    group.k = "N - 1 - i"
    group.x = link(origin)
    np.testing.assert_allclose(group.x[:] / b.mV, expected[0] if name == "shared" else expected)
    if name == "shared":  # seen as the one value that it is
        assert np.shape(group.x[:]) == ()
        refused(IndexError, lambda: group.x[0])
        return
    assert float(group.x[n - 1] / b.mV) == pytest.approx(expected[-1])
    np.testing.assert_allclose(group.x["x > 2.5*mV"] / b.mV, [e for e in expected if e > 2.5])


@pytest.mark.parametrize("target", ["c", "cython", "numpy"])
@pytest.mark.parametrize("name", LINKS)
def test_reading_while_running(name, target):
    """Names decide that y takes the value of x after the source's update of the same step."""
    b.prefs.codegen.target = target
    n, link, expected = LINKS[name]
    origin, group = source(), reader(n)
    part = origin[1:]  # keeps the subgroup of the last case alive
    group.k = "N - 1 - i"
    group.x = link(origin)
    b.Network(origin, group).run(0.1 * b.ms)
    assert len(part) == 2
    decay = 1.0 if name == "shared" else np.exp(-0.01)
    np.testing.assert_allclose(group.y[:] / b.mV, np.array(expected) * decay, rtol=1e-13)


@pytest.mark.parametrize("target", ["c", "cython", "numpy"])
def test_code_writes_through_links(target):
    """Elements that stand for the same one write one after the other, in the order of numbers."""
    b.prefs.codegen.target = target
    origin = b.NeuronGroup(4, "v : 1", name="a_source")
    origin.v = [1, 2, 3, 4]
    group = b.NeuronGroup(3, "x : 1 (linked)", threshold="True", reset="x = 2*x + i")
    group.x = b.linked_var(origin, "v", index=[3, 0, 0])
    group.run_regularly("x += 10")
    b.Network(origin, group).run(0.1 * b.ms)
    # element 0 has 14 after run_regularly; 1 and 2 share one that has 21: 2*21 + 1, and again
    np.testing.assert_array_equal(origin.v[:], [2 * (2 * 21 + 1) + 2, 2, 3, 2 * 14])


def test_a_variable_that_is_not_linked_cannot_run():
    group = reader(2)
    with pytest.raises(b.BrianObjectException) as caught:
        b.Network(group).run(0 * b.ms)
    assert isinstance(caught.value.__cause__, KeyError)
    assert str(caught.value.__cause__).startswith("'x' is a (linked) variable without a link")


def test_links_in_synapses_and_monitors():
    origin, group = source(), reader(3)
    group.x = b.linked_var(origin, "v", index=[2, 1, 0])
    inputs = b.SpikeGeneratorGroup(1, [0], [0] * b.ms)
    synapses = b.Synapses(inputs, group, on_pre="y_post = 3*x_post")
    synapses.connect()
    trace = b.StateMonitor(group, ["x", "y"], record=True)
    b.Network(origin, group, inputs, synapses, trace).run(0.2 * b.ms)
    np.testing.assert_allclose(trace.x[:, 0] / b.mV, [3, 2, 1], rtol=1e-15)
    np.testing.assert_allclose(trace.y[:, 1], 3 * np.exp(-0.01) * trace.x[:, 0], rtol=1e-13)


def refused(error, action):
    with pytest.raises(error) as raised:
        action()
    return str(raised.value)


def test_what_cannot_be_linked():
    origin, group = source(), reader(2)

    def assign(**link):
        group.x = b.linked_var(origin, "v", **link)

    assert "index=" in refused(ValueError, assign)
    refused(ValueError, lambda: assign(index=[0, 3]))
    refused(TypeError, lambda: assign(index=[0.0, 1.0]))
    refused(TypeError, lambda: assign(index=[0]))
    refused(TypeError, lambda: assign(index="y"))
    refused(KeyError, lambda: b.linked_var(origin, "nothing"))
    refused(ValueError, lambda: b.linked_var(origin))
    refused(TypeError, lambda: b.linked_var(3, "v"))
    refused(TypeError, lambda: setattr(origin, "v", b.linked_var(origin, "common")))
    refused(b.DimensionMismatchError, lambda: setattr(group, "x", b.linked_var(group, "k")))
    synapses = b.Synapses(origin, group, "w : volt")
    synapses.connect()
    refused(NotImplementedError, lambda: setattr(group, "x", b.linked_var(synapses, "w")))


def test_a_linked_variable_is_not_set_itself():
    origin, group = source(), reader(3)
    assert "linked_var" in refused(TypeError, lambda: group.x[:])
    group.x = b.linked_var(origin, "v")
    assert "linked_var" in refused(ValueError, lambda: setattr(group, "x", 3 * b.mV))


def test_a_run_without_a_link_is_refused():
    group = reader(2)
    with pytest.raises(b.BrianObjectException) as raised:
        b.Network(group).run(1 * b.ms)
    assert isinstance(raised.value.__cause__, TypeError)


def test_another_link_takes_effect_in_the_next_run():
    origin, group = source(), reader(3)
    net = b.Network(origin, group)
    group.x = b.linked_var(origin, "v", index=[0, 0, 0])
    net.run(0.1 * b.ms)
    group.x = b.linked_var(origin, "common")
    net.run(0.1 * b.ms)
    np.testing.assert_allclose(group.y[:] / b.mV, 9, rtol=1e-13)
