"""Strings assigned to many elements chunk by chunk: the values of one evaluation at once."""

from __future__ import annotations

import numpy as np
import pytest

import brainsim as b
from brainsim.model import bulk, randomness

N = 100
OFFSET = 3.0


def network(**arguments):
    """Return synapses with variables of several types, each source to three targets."""
    b.seed(11)
    group = b.NeuronGroup(N, "x : 1\ny = 2*x : 1")
    group.x = "i"
    model = "w : 1\nf : 1\nk : integer\nflag : boolean\ntau : second\nbase : 1 (shared)"
    synapses = b.Synapses(group, group, model, dtype={"f": np.float32})
    synapses.connect(**(arguments or {"j": "k for k in range(i, i + 3) if k < N_post"}))
    synapses.base = 5
    return synapses


ASSIGNMENTS = [
    ("w", "2*(1 + 0.1*randn())"),
    ("w", "randn() + rand()*randn()"),
    ("f", "rand()"),
    ("w", "x_pre + 1000*j + i*base"),
    ("w", "poisson(3)"),
    ("k", "i + 2*j"),
    ("k", "int(10*rand())"),
    ("flag", "rand() < 0.5"),
    ("tau", "clip(1 + randn(), 0.5, 2)*ms"),
    ("w", "N_incoming"),
    ("w", "y_post + OFFSET"),
    ("w", "7"),
    ("w", "w + i"),
    ("w", "N + N_pre"),
]


def values(name, text, chunk, monkeypatch, **arguments):
    """Return what a variable is set to with chunks of a size."""
    monkeypatch.setattr(bulk, "CHUNK", chunk)
    synapses = network(**arguments)
    getattr(synapses, name)[:] = text
    drawn = randomness.state.draws
    return getattr(synapses, name)[:], drawn


@pytest.mark.parametrize(("name", "text"), ASSIGNMENTS)
@pytest.mark.parametrize("cores", [1, 3])
def test_chunks_give_the_values_of_one_evaluation(name, text, cores, monkeypatch):
    """Bit for bit, and as many random streams are used; with one thread and with several."""
    monkeypatch.setattr(bulk, "available_cores", lambda: cores)
    wanted, drawn = values(name, text, 10**9, monkeypatch)
    for chunk in (64, 7):
        found, used = values(name, text, chunk, monkeypatch)
        assert found.dtype == wanted.dtype
        np.testing.assert_array_equal(found, wanted)
        assert used == drawn


def test_native_numbers_are_those_of_numpy(monkeypatch):
    """Runs of elements are drawn natively."""
    wanted, _ = values("w", "randn() + rand()", 64, monkeypatch)
    monkeypatch.setattr(randomness, "native", None)
    np.testing.assert_array_equal(values("w", "randn() + rand()", 64, monkeypatch)[0], wanted)


def test_pairs_in_any_order(monkeypatch):
    """Also after they have been sorted, and for delays."""
    random = np.random.default_rng(1)
    i, j = random.integers(0, N, (2, 500))
    group = b.NeuronGroup(N, "v : 1", threshold="v > 1", reset="v = 0")
    found = []
    for chunk in (10**9, 32):
        monkeypatch.setattr(bulk, "CHUNK", chunk)
        b.seed(3)
        synapses = b.Synapses(group, group, "w : 1", on_pre="v_post += w")
        synapses.connect(i=i, j=j)
        synapses.w = "i + 1000*j + rand()"
        synapses.delay = "rand()*ms"
        synapses.before_run()
        first = synapses.w[:]
        synapses.w = "w + i"
        found.append((first, synapses.w[:], synapses.delay_[:]))
        np.testing.assert_allclose(synapses.w[:], 2 * i + 1000 * j, atol=1, rtol=0)
    for one, other in zip(*found, strict=True):
        np.testing.assert_array_equal(one, other)


def test_functions_of_the_user_see_all_elements_at_once(monkeypatch):
    """They may look at the whole array."""
    monkeypatch.setattr(bulk, "CHUNK", 16)
    sizes = []

    @b.check_units(x=1, result=1)
    def total(x):
        sizes.append(np.size(x))
        return x - np.sum(x)

    synapses = network()
    synapses.w = "total(i)"
    assert sizes == [len(synapses)]
    assert synapses.w[:].tolist() == (synapses.i[:] - synapses.i[:].sum()).tolist()


def test_mistakes_change_nothing(monkeypatch):
    """Units and unknown names are found before the first chunk."""
    monkeypatch.setattr(bulk, "CHUNK", 16)
    synapses = network()
    synapses.w = 4
    with pytest.raises(b.DimensionMismatchError, match="'w' is"):
        synapses.w = "3*mV"
    with pytest.raises(KeyError, match="nowhere"):
        synapses.w = "nowhere + 1"
    assert set(synapses.w[:]) == {4.0}


def test_neurons_are_set_so_too(monkeypatch):
    """With names of the script, found in its frame."""
    monkeypatch.setattr(bulk, "CHUNK", 16)
    group = b.NeuronGroup(N, "v : volt\nu : 1")
    local = 2.0
    group.v = "local*i*mV"
    np.testing.assert_allclose(group.v_[:], local * np.arange(N) * 1e-3, rtol=1e-15)
    group.u = "v/mV"
    np.testing.assert_allclose(group.u[:], local * np.arange(N), rtol=1e-15)
