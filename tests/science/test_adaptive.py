"""Adaptive integration in running networks: accuracy, step counts, targets, refractoriness."""

import numpy as np
import pytest

import brainsim as bs
from brainsim import ms, mV, nA, second
from brainsim.errors import BrianObjectException
from brainsim.solvers.adaptive import IntegrationError

METHODS = ["gsl_rk2", "gsl_rk4", "gsl_rkf45", "gsl_rkck", "gsl_rk8pd"]
TARGETS = ["c", "cython", "numpy"]


@pytest.fixture(params=["c", "numpy"])
def target(request):
    """Run with the compiled and with the reference target."""
    previous = bs.prefs["codegen.target"]
    bs.prefs["codegen.target"] = request.param
    yield request.param
    bs.prefs["codegen.target"] = previous


def group(text, n=1, method="gsl_rkf45", dt=1 * ms, *, more=None, **options):
    return bs.NeuronGroup(n, text, method=method, method_options=options, dt=dt, **(more or {}))


def run(obj, duration, *others, **namespace):
    network = bs.Network(obj, *others)
    network.run(duration, namespace=namespace)
    return network


def saved(obj, name):
    return np.array(obj.variables[name].values)


# ------------------------------------------------------------------------------------- accuracy


@pytest.mark.row("13 'gsl'", "13 method_options")
@pytest.mark.parametrize("method", METHODS)
@pytest.mark.parametrize("bound", [1e-4, 1e-7])
def test_the_error_stays_near_the_bound(method, bound):
    """An oscillator: errors of parts add up, one bound for each part at most."""
    g = group("dx/dt = y*w : 1\ndy/dt = -x*w : 1", 2, method, absolute_error=bound,
              save_step_count=True, max_steps=5000)  # fmt: skip
    g.x = [1, 0.5]
    network = bs.Network(g)
    parts = 0
    w = 2 * np.pi / (3 * ms)
    for _ in range(6):
        network.run(1 * ms, namespace={"w": w})
        parts += saved(g, "_step_count").max()
    # two periods; a rotation does not amplify errors, and an estimate is not off by more than ten
    error = np.hypot(g.x[:] - [1, 0.5], g.y[:])
    assert error.max() < 10 * bound * parts
    assert parts >= 6


@pytest.mark.parametrize("method", METHODS)
def test_a_stiff_decay_onto_a_slow_wave(method):
    """The fast constant forces small parts; the solution is known (Prothero and Robinson)."""
    g = group("dx/dt = -k*(x - cos(w*t)) - w*sin(w*t) : 1", 1, method, absolute_error=1e-7,
              max_steps=5000)  # fmt: skip
    g.x = 3
    run(g, 5 * ms, k=20 / ms, w=1 / ms)
    # errors decay with 20/ms: those of the last parts count, a few bounds
    assert g.x[0] == pytest.approx(np.cos(5.0) + 2 * np.exp(-100), abs=1e-6)


@pytest.mark.row("13 'gsl'")
def test_the_same_solution_as_scipy():
    """The FitzHugh-Nagumo equations, against an integrator of others with a smaller error."""
    integrate = pytest.importorskip("scipy.integrate")

    def rates(_t, y):
        v, w = y
        return [v - v**3 / 3 - w + 0.5, 0.08 * (v + 0.7 - 0.8 * w)]

    truth = integrate.solve_ivp(rates, (0, 40), [-1, 1], rtol=1e-12, atol=1e-12, method="DOP853")
    g = group(
        """dv/dt = (v - v**3/3 - w + 0.5)/ms : 1
        dw/dt = 0.08*(v + 0.7 - 0.8*w)/ms : 1""",
        method="gsl_rk8pd",
        absolute_error=1e-10,
    )
    g.v, g.w = -1, 1
    run(g, 40 * ms)
    # about 100 parts of 1e-10; the jumps of the relaxation oscillation amplify by 100 at most
    assert g.v[0] == pytest.approx(truth.y[0, -1], abs=1e-6)
    assert g.w[0] == pytest.approx(truth.y[1, -1], abs=1e-6)


@pytest.mark.parametrize(
    ("method", "order", "coarse"),
    [
        ("gsl_rk2", 3, 32),
        ("gsl_rk4", 4, 32),
        ("gsl_rkf45", 5, 32),
        ("gsl_rkck", 5, 32),
        ("gsl_rk8pd", 8, 12),
    ],
)
def test_order_with_steps_that_are_not_divided(method, order, coarse):
    """Halving dt divides the error by 2**order."""
    errors = []
    for steps in (coarse, 2 * coarse):
        g = group("dx/dt = -x*cos(t/ms)/ms : 1", 1, method, 8 * ms / steps,
                  adaptable_timestep=False, absolute_error=1e3)  # fmt: skip
        g.x = 1
        run(g, 8 * ms)
        errors.append(abs(g.x[0] - np.exp(-np.sin(8.0))))
    # the next order contributes a part of the error that goes with the step, here a few tenths
    assert np.log2(errors[0] / errors[1]) == pytest.approx(order, abs=0.5)


# ------------------------------------------------------------------------------- number of parts


def test_elements_take_as_many_parts_as_they_need(target):
    """Faster elements take more parts, each for itself; the counts are variables."""
    assert target in TARGETS
    g = group("dx/dt = -x*k : 1\nk : Hz (constant)", 4, absolute_error=1e-9,
              save_step_count=True, save_failed_steps=True, max_steps=1000)  # fmt: skip
    g.k = [1 / second, 100 / second, 1e4 / second, 1e5 / second]
    g.x = 1
    run(g, 1 * ms)
    parts = saved(g, "_step_count")
    assert parts.dtype == np.int32
    assert parts[0] == 1
    assert list(parts) == sorted(parts)
    assert parts[3] > 20
    failed = saved(g, "_failed_steps")
    assert failed[0] == 0
    assert failed[3] > 0
    # each part is wrong by 1e-9 at most, and the decay makes earlier errors smaller
    assert g.x[:] == pytest.approx(np.exp(-np.array([1e-3, 0.1, 10, 100])), abs=1e-8)


def test_the_size_of_the_last_part_is_remembered():
    """The next step starts with it, and so takes no attempts to find it again."""
    options = {"save_failed_steps": True, "absolute_error": 1e-9}
    failed = {}
    for remembers in (True, False):
        g = group("dx/dt = w*y : 1\ndy/dt = -w*x : 1", use_last_timestep=remembers, **options)
        g.x = 1
        run(g, 3 * ms, w=3 / ms)
        failed[remembers] = saved(g, "_failed_steps")[0]
        assert ("_last_timestep" in g.variables) == remembers
    assert 0 < saved_part(3 / ms) < 1e-3
    assert failed[False] > failed[True]


def saved_part(w):
    g = group("dx/dt = w*y : 1\ndy/dt = -w*x : 1", absolute_error=1e-9)
    g.x = 1
    run(g, 3 * ms, w=w)
    return saved(g, "_last_timestep")[0]


# --------------------------------------------------------------------------------------- failures


def test_failure_stops_the_run_at_that_step(target):
    """X' = x**2 has no solution beyond 1/x(0): the error names element and step."""
    assert target in TARGETS
    g = group("dx/dt = x**2/ms : 1", 3, max_steps=50, more={"name": "explosion"})
    g.x = [0.01, 0.35, 0.01]
    with pytest.raises(IntegrationError, match=r"'explosion': the step from t = 2 ms") as error:
        run(g, 10 * ms)
    assert "in 50 parts (max_steps)" in str(error.value)
    assert "(elements 1)" in str(error.value)
    assert float(g.t) == pytest.approx(3e-3)


def test_failure_in_the_last_step_is_noticed():
    """There is no next step that could notice it; and the network can go on afterwards."""
    g = group("dx/dt = x**2/ms : 1", 1, max_steps=50)
    g.x = 1.5
    network = bs.Network(g)
    with pytest.raises(IntegrationError, match="t = 0 ms"):
        network.run(1 * ms)
    g.x = 0.1
    network.run(1 * ms)
    assert g.x[0] == pytest.approx(1 / (10 - 1), abs=1e-5)


def test_a_step_that_may_not_be_divided_fails_when_its_error_is_too_large():
    """The message says what to change."""
    g = group("dx/dt = -x/ms : 1", 1, adaptable_timestep=False)
    g.x = 1
    with pytest.raises(IntegrationError, match="adaptable_timestep=True"):
        run(g, 2 * ms)
    assert g.x[0] == 1


def test_what_is_not_a_number_fails():
    """NaN never counts as a small error."""
    g = group("dx/dt = -sqrt(x)/ms : 1", 1)
    g.x = -1
    with pytest.raises(IntegrationError):
        run(g, 1 * ms)


def test_noise_is_refused_when_run():
    """The error names the group and says what to use."""
    g = group("dx/dt = -x/ms + xi*ms**-0.5 : 1")
    with pytest.raises(BrianObjectException, match="contains noise"):
        run(g, 1 * ms)


# ------------------------------------------------------------------------------- neurons, synapses


def test_refractory_variables_stand_still(target):
    """(unless refractory) variables keep their value, the others go on."""
    assert target in TARGETS
    g = group(
        """dv/dt = 2/ms : 1 (unless refractory)
        dw/dt = -w/(2*ms) : 1""",
        2,
        dt=0.5 * ms,
        more={"threshold": "v > 3.5", "reset": "v = 0", "refractory": 1 * ms},
    )
    g.v, g.w = [0, -100], 1
    trace = bs.StateMonitor(g, "v", record=True)
    spikes = bs.SpikeMonitor(g)
    run(g, 5 * ms, trace, spikes)
    # the step from 1.5 ms ends with 4 > 3.5; the neuron is refractory in the one from 2 ms
    assert list(np.round(spikes.t / ms, 6)) == [1.5, 4.0]
    assert list(np.round(trace.v[0], 9)) == [0, 1, 2, 3, 0, 0, 1, 2, 3, 0]
    assert g.w[:] == pytest.approx(np.exp(-2.5), abs=1e-5)


def test_hodgkin_huxley_spikes_as_with_small_fixed_steps():
    """Spike trains agree with those of rk4 at 5 us to the step in which they are seen."""
    text = """
    dv/dt = (gl*(El - v) - gna*m**3*h*(v - ENa) - gk*n**4*(v - EK) + I)/C : volt
    dm/dt = 1.28/ms/exprel((13*mV - v + VT)/(4*mV))*(1 - m)
            - 1.4/ms/exprel((v - VT - 40*mV)/(5*mV))*m : 1
    dn/dt = 0.16/ms/exprel((15*mV - v + VT)/(5*mV))*(1 - n)
            - 0.5/ms*exp((10*mV - v + VT)/(40*mV))*n : 1
    dh/dt = 0.128/ms*exp((17*mV - v + VT)/(18*mV))*(1 - h)
            - 4/ms/(1 + exp((40*mV - v + VT)/(5*mV)))*h : 1
    I : amp
    """
    constants = {
        "C": 200 * bs.pF, "gl": 10 * bs.nS, "El": -65 * mV, "ENa": 50 * mV, "EK": -90 * mV,
        "gna": 20 * bs.uS, "gk": 6 * bs.uS, "VT": -63 * mV,
    }  # fmt: skip
    trains = []
    for method, dt, options in (
        ("rk4", 5 * bs.us, {}),
        ("gsl_rkck", 0.5 * ms, {"absolute_error": 1e-8}),
    ):
        g = bs.NeuronGroup(5, text, method=method, method_options=options, dt=dt,
                           threshold="v > -20*mV", refractory="v > -20*mV")  # fmt: skip
        g.v, g.I = -65 * mV, np.linspace(0.1, 1, 5) * nA
        spikes = bs.SpikeMonitor(g)
        run(g, 40 * ms, spikes, **constants)
        trains.append({i: np.array(t / ms) for i, t in spikes.spike_trains().items()})
    for i in range(5):
        assert len(trains[0][i]) == len(trains[1][i])
        # a threshold is looked at every 0.5 ms
        assert np.abs(trains[0][i] - trains[1][i]).max(initial=0) <= 0.5 + 1e-9
    assert sum(map(len, trains[0].values())) > 5


def test_random_numbers_are_drawn_once_per_step():
    """rand() in an equation is one number per step, however many parts the step has."""
    g = group("dx/dt = rand()/ms : 1", 5, save_step_count=True)
    network = run(g, 1 * ms)
    assert list(saved(g, "_step_count")) == [1] * 5  # constant: one part has no error
    assert len(set(g.x[:])) == 5
    assert all(0 < x < 1 for x in g.x[:])
    assert network.t == 1 * ms


def test_input_on_the_grid_is_held_within_a_step():
    """A TimedArray with the dt of the clock is a constant in each step: x is its exact sum."""
    stimulus = bs.TimedArray([1.0, -3.0, 5.0, 0.5], dt=1 * ms)
    g = group("dx/dt = stimulus(t)/ms : 1", save_failed_steps=True)
    run(g, 3 * ms, stimulus=stimulus)
    assert g.x[0] == pytest.approx(3.0, abs=1e-12)
    assert saved(g, "_failed_steps")[0] == 0


def test_single_precision():
    """Variables of 32 bits are integrated in 32 bits."""
    g = group("dx/dt = -x/(2*ms) : 1", 3, more={"dtype": np.float32}, absolute_error=1e-4)
    g.x = [1, 2, 3]
    run(g, 4 * ms)
    assert g.x[:].dtype == np.float32
    # four steps of a decay: errors of parts do not grow, 24 bits of three
    assert g.x[:] == pytest.approx(np.exp(-2) * np.array([1, 2, 3]), abs=4e-4)


def test_synapses_integrate_their_own_variables(target):
    """Clock-driven synaptic equations, also of synapses that are made between two runs."""
    assert target in TARGETS
    neurons = bs.NeuronGroup(4, "k : Hz")
    neurons.k = [100 / second, 200 / second, 300 / second, 400 / second]
    s = bs.Synapses(neurons, neurons, "dx/dt = -x*k_pre : 1 (clock-driven)", method="gsl_rkf45",
                    method_options={"absolute_error": 1e-9}, dt=1 * ms)  # fmt: skip
    s.connect(i=[0, 1], j=[1, 2])
    s.x = 1
    network = bs.Network(neurons, s)
    network.run(5 * ms)
    assert s.x[:] == pytest.approx(np.exp([-0.5, -1]), abs=1e-7)
    s.connect(i=[3], j=[0])
    s.x = 1
    network.run(5 * ms)
    assert s.x[:] == pytest.approx(np.exp([-0.5, -1, -2]), abs=1e-7)


def test_linked_and_shared_values():
    """An equation may read what other equations may read."""
    source = bs.NeuronGroup(3, "drive : 1")
    source.drive = [1, 2, 3]
    text = "dx/dt = (-2*x + drive*gain)/ms : 1\ndrive : 1 (linked)\ngain : 1 (shared)"
    g = group(text, 3, absolute_error=1e-9)
    g.drive, g.gain = bs.linked_var(source, "drive"), 4
    run(g, 3 * ms, source)
    expected = 2 * np.array([1, 2, 3]) * (1 - np.exp(-6))
    assert g.x[:] == pytest.approx(expected, abs=1e-7)


# -------------------------------------------------------------------------------------- targets


def test_all_targets_give_the_same():
    """C and Cython to the last bit; NumPy as its elementary functions allow."""
    results = {}
    for name in TARGETS:
        previous = bs.prefs["codegen.target"]
        bs.prefs["codegen.target"] = name
        try:
            g = group(
                "dv/dt = (v - v**3/3 - w + I)/ms : 1\ndw/dt = 0.08*(v + 0.7 - 0.8*w)/ms : 1\nI : 1",
                20,
                absolute_error=1e-7,
            )
            g.v, g.I = -1, np.linspace(0, 1, 20)
            run(g, 5 * ms)
            results[name] = np.array(g.v[:])
        finally:
            bs.prefs["codegen.target"] = previous
    assert np.array_equal(results["c"], results["cython"])
    # a size of a part that differs in the last bits changes results by parts of the bound
    assert results["c"] == pytest.approx(results["numpy"], abs=1e-9)


def test_store_and_restore_give_the_same_again():
    """The size of the last part belongs to the state."""
    g = group("dx/dt = w*y : 1\ndy/dt = -w*x : 1", absolute_error=1e-9)
    g.x = 1
    w = 3 / ms
    network = run(g, 2 * ms, w=w)
    network.store()
    network.run(3 * ms, namespace={"w": w})
    first = float(g.x[0])
    network.restore()
    network.run(3 * ms, namespace={"w": w})
    assert float(g.x[0]) == first
