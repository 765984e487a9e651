"""`Synapses.connect`: which pairs each form makes, in which order, and what it refuses.

Pairs and types of errors were read off Brian2 2.9; where they differ on purpose a test says so.
"""

from __future__ import annotations

import numpy as np
import pytest

import brainsim as b
from brainsim.errors import BrianObjectException
from brainsim.logger import catch_logs
from brainsim.model import connect, connectivity, memory, rows, sampling
from brainsim.preferences import prefs
from brainsim.units import DimensionMismatchError, check_units

FOUR = [0, 1, 2, 3]


def synapses(n_pre=4, n_post=4, model="w : 1"):
    """Return unconnected synapses between groups with variables of several kinds."""
    source = b.NeuronGroup(
        n_pre, "x : 1\ny : metre\nm : integer\nb : boolean\nsh : 1 (shared)\nd = 2*x : 1"
    )
    target = b.NeuronGroup(n_post, "x : 1\nz : 1\nm2 : integer")
    source.x = "i*10"
    source.m = "i % 3"
    source.b = "i % 2 == 0"
    source.sh = 2
    target.x = "i*10"
    target.z = "i"
    return b.Synapses(source, target, model)


def connected(*args, n_pre=4, n_post=4, **arguments):
    """Return sources and targets after one call of connect()."""
    made = synapses(n_pre, n_post)
    made.connect(*args, **arguments)
    return made.i[:].tolist(), made.j[:].tolist()


# ------------------------------------------------------------------------ which pairs, in order

K = 2
nan = np.nan

FACTS = [
    ({}, np.repeat(FOUR, 4), FOUR * 4),
    ({"condition": True}, np.repeat(FOUR, 4), FOUR * 4),
    ({"condition": "True"}, np.repeat(FOUR, 4), FOUR * 4),
    ({"condition": False}, [], []),
    ({"condition": "False"}, [], []),
    ({"condition": "i != j"}, np.repeat(FOUR, 3), [1, 2, 3, 0, 2, 3, 0, 1, 3, 0, 1, 2]),
    ({"condition": "x_pre < x_post"}, [0, 0, 0, 1, 1, 2], [1, 2, 3, 2, 3, 3]),
    ({"condition": "i < N_pre - 1 and j < N_post - 1"}, np.repeat([0, 1, 2], 3), [0, 1, 2] * 3),
    ({"condition": "i < N"}, [], []),  # there are no synapses yet
    ({"condition": "b_pre"}, np.repeat([0, 2], 4), FOUR * 2),
    ({"condition": "z > 1"}, np.repeat(FOUR, 2), [2, 3] * 4),  # a bare name is the target's
    ({"condition": "sh_pre > 1"}, np.repeat(FOUR, 4), FOUR * 4),
    ({"condition": "d_pre > 30"}, np.repeat([2, 3], 4), FOUR * 2),
    ({"condition": "t > 0*ms"}, [], []),
    ({"condition": "i == j", "skip_if_invalid": True}, FOUR, FOUR),
    # probabilities
    ({"p": 0}, [], []),
    ({"p": -1}, [], []),
    ({"p": np.nan}, [], []),
    ({"p": "nan"}, [], []),
    ({"p": 1}, np.repeat(FOUR, 4), FOUR * 4),
    ({"p": 1.5}, np.repeat(FOUR, 4), FOUR * 4),
    ({"p": True}, np.repeat(FOUR, 4), FOUR * 4),
    ({"p": "x_pre"}, np.repeat([1, 2, 3], 4), FOUR * 3),
    ({"p": "i"}, np.repeat([1, 2, 3], 4), FOUR * 3),
    ({"p": "x_post"}, np.repeat(FOUR, 3), [1, 2, 3] * 4),
    ({"p": "j"}, np.repeat(FOUR, 3), [1, 2, 3] * 4),
    ({"condition": "i == j", "p": "i > 1"}, [2, 3], [2, 3]),
    ({"condition": "i == j", "p": "K - 1"}, FOUR, FOUR),
    # several synapses per pair
    ({"n": 0}, [], []),
    ({"n": 2, "condition": "i == j"}, np.repeat(FOUR, 2), np.repeat(FOUR, 2)),
    ({"n": True}, np.repeat(FOUR, 4), FOUR * 4),
    ({"n": "i", "condition": "i == j"}, [1, 2, 2, 3, 3, 3], [1, 2, 2, 3, 3, 3]),
    ({"n": "0.5 + i", "condition": "i == j"}, [1, 2, 2, 3, 3, 3], [1, 2, 2, 3, 3, 3]),
    ({"n": "j", "condition": "i == 0"}, [0] * 6, [1, 2, 2, 3, 3, 3]),
    ({"n": "i > 1", "condition": "i == j"}, [2, 3], [2, 3]),
    # given pairs
    ({"i": 1, "j": 2}, [1], [2]),
    ({"i": [0, 1], "j": [2, 3]}, [0, 1], [2, 3]),
    ({"i": [0, 1], "j": 2}, [0, 1], [2, 2]),
    ({"i": [3, 1, 1], "j": [0, 0, 0]}, [3, 1, 1], [0, 0, 0]),
    ({"i": (0, 1), "j": range(1, 3)}, [0, 1], [1, 2]),
    ({"i": [0, 1, 2], "j": 1, "p": 0}, [], []),
    ({"i": [0, 1], "j": [1, 1], "n": 3}, [0, 0, 0, 1, 1, 1], [1] * 6),
    # one target per source, and mirrored
    ({"j": "i"}, FOUR, FOUR),
    ({"j": "i + 1 if i < 3"}, [0, 1, 2], [1, 2, 3]),
    ({"j": "i if j > 1"}, [2, 3], [2, 3]),
    ({"j": "i if x_post > 5"}, [1, 2, 3], [1, 2, 3]),
    ({"j": "i/2"}, FOUR, [0, 0, 1, 1]),  # cut off, not refused
    ({"j": "x_pre/10"}, FOUR, FOUR),
    ({"j": "m_pre"}, FOUR, [0, 1, 2, 0]),
    ({"j": "b_pre"}, FOUR, [1, 0, 1, 0]),
    ({"j": "sh_pre"}, FOUR, [2, 2, 2, 2]),
    ({"j": "i + 1", "skip_if_invalid": True}, [0, 1, 2], [1, 2, 3]),
    ({"j": "-1", "skip_if_invalid": True}, [], []),
    ({"j": "i", "n": 2}, np.repeat(FOUR, 2), np.repeat(FOUR, 2)),
    ({"i": "j"}, FOUR, FOUR),
    ({"i": "j if i > 1"}, [2, 3], [2, 3]),
    ({"i": "x_post/10"}, FOUR, FOUR),
    ({"i": "z"}, FOUR, FOUR),
    ({"i": "j + 2", "skip_if_invalid": True}, [2, 3], [0, 1]),
    # ranges
    ({"j": "k for k in range(2)"}, np.repeat(FOUR, 2), [0, 1] * 4),
    ({"j": "k for k in range(i)"}, [1, 2, 2, 3, 3, 3], [0, 0, 1, 0, 1, 2]),
    ({"j": "k for k in range(i, 4)"}, np.repeat(FOUR, [4, 3, 2, 1]), [*FOUR, 1, 2, 3, 2, 3, 3]),
    ({"j": "k for k in range(0, 4, 2)"}, np.repeat(FOUR, 2), [0, 2] * 4),
    ({"j": "k for k in range(1, 4, 2)"}, np.repeat(FOUR, 2), [1, 3] * 4),
    ({"j": "k for k in range(3, -1, -1)"}, np.repeat(FOUR, 4), FOUR[::-1] * 4),
    ({"j": "k for k in range(3, -1, -2) if k != i"}, [0, 0, 1, 2, 2, 3], [3, 1, 3, 3, 1, 1]),
    ({"j": "k for k in range(4, 0)"}, [], []),
    ({"j": "k for k in range(m_pre)"}, [1, 2, 2], [0, 0, 1]),
    ({"j": "k for k in range(K)"}, np.repeat(FOUR, 2), [0, 1] * 4),
    ({"j": "k + 0.5 for k in range(2)"}, np.repeat(FOUR, 2), [0, 1] * 4),
    ({"j": "k for k in range(5) if k < 4"}, np.repeat(FOUR, 4), FOUR * 4),
    ({"j": "k for k in range(5) if j < 4"}, np.repeat(FOUR, 4), FOUR * 4),
    ({"j": "k for k in range(3) if x_post > 5"}, np.repeat(FOUR, 2), [1, 2] * 4),
    ({"j": " k  for  k  in  range( 2 )\n if k == i"}, [0, 1], [0, 1]),
    (
        {"j": "k for k in range(i - 3, i + 4) if k != i", "skip_if_invalid": True},
        np.repeat(FOUR, 3),
        [1, 2, 3, 0, 2, 3, 0, 1, 3, 0, 1, 2],
    ),
    (
        {"j": "k for k in range(3) if k == i or (j == 2 and x_pre > 5)"},
        [0, 1, 1, 2, 3],
        [0, 1, 2, 2, 2],
    ),
    ({"j": "k for k in range(2)", "n": 2}, np.repeat(FOUR, 4), [0, 0, 1, 1] * 4),
    ({"i": "k for k in range(2)"}, [0, 1] * 4, np.repeat(FOUR, 2)),
    ({"i": "k for k in range(3) if x_pre > 5"}, [1, 2] * 4, np.repeat(FOUR, 2)),
    # samples of everything or nothing
    ({"j": "k for k in sample(4, size=4)"}, np.repeat(FOUR, 4), FOUR * 4),
    ({"j": "k for k in sample(1, 4, size=3)"}, np.repeat(FOUR, 3), [1, 2, 3] * 4),
    ({"j": "k for k in sample(0, 4, 2, size=2)"}, np.repeat(FOUR, 2), [0, 2] * 4),
    ({"j": "k for k in sample(3, -1, -1, size=4)"}, np.repeat(FOUR, 4), FOUR[::-1] * 4),
    ({"j": "k for k in sample(i, size=i)"}, [1, 2, 2, 3, 3, 3], [0, 0, 1, 0, 1, 2]),
    ({"j": "k for k in sample(4, size=0)"}, [], []),
    ({"j": "k for k in sample(0, size=0)"}, [], []),
    ({"j": "k for k in sample(4, p=1.5)"}, np.repeat(FOUR, 4), FOUR * 4),
    ({"j": "k for k in sample(4, p=0)"}, [], []),
    ({"j": "k for k in sample(4, p=i)"}, np.repeat([1, 2, 3], 4), FOUR * 3),
    (
        {"j": "k for k in sample(m_pre, 4, p=1)"},
        np.repeat(FOUR, [4, 3, 2, 4]),
        [*FOUR, 1, 2, 3, 2, 3, *FOUR],
    ),
    ({"i": "k for k in sample(4, size=4)"}, FOUR * 4, np.repeat(FOUR, 4)),
    ({"i": "k for k in sample(4, p=z)"}, FOUR * 3, np.repeat([1, 2, 3], 4)),
    ({"j": "k for k in sample(4, size=5)", "skip_if_invalid": True}, np.repeat(FOUR, 4), FOUR * 4),
    ({"j": "k for k in sample(4, size=-1)", "skip_if_invalid": True}, [], []),
    ({"j": "k for k in sample(-2, 6, p=1)", "skip_if_invalid": True}, np.repeat(FOUR, 4), FOUR * 4),
]


@pytest.mark.parametrize(("arguments", "i", "j"), FACTS, ids=lambda value: str(value)[:60])
@pytest.mark.parametrize("native", [True, False])
def test_the_pairs_of_the_tradition_are_made(arguments, i, j, native, monkeypatch):
    """Pairs and their order; with the compiled builders and without them."""
    if not native:
        monkeypatch.setattr(sampling, "native", None)
        monkeypatch.setattr(rows, "native", None)
    assert connected(**arguments) == (list(i), list(j))


def test_groups_of_different_size():
    """The outer side of a generator is the one it runs over."""
    assert connected(j="i", n_post=2, skip_if_invalid=True) == ([0, 1], [0, 1])
    assert connected(i="j", n_pre=3, n_post=2) == ([0, 1], [0, 1])
    assert connected("i == j", n_pre=1, n_post=1) == ([0], [0])
    assert connected(n_pre=2, n_post=3) == ([0, 0, 0, 1, 1, 1], [0, 1, 2, 0, 1, 2])


def test_a_matrix_can_be_assigned_after_connect():
    """All-to-all synapses are row-major: source by source."""
    made = synapses(3, 4)
    made.connect()
    matrix = np.arange(12.0).reshape(3, 4)
    made.w[:] = matrix.flatten()
    assert made.w[1, 2] == matrix[1, 2]


def test_subgroups_count_from_their_own_start():
    """Indices, sizes and variables are those of the subgroup; a subgroup can stand for indices."""
    group = b.NeuronGroup(6, "x : 1")
    group.x = "i"

    def made(**arguments):
        result = b.Synapses(group[1:4], group[2:6])
        result.connect(**arguments)
        return result.i[:].tolist(), result.j[:].tolist()

    assert made(condition="x_pre == x_post") == ([1, 2], [0, 1])
    assert made(condition="i == N_pre - 1 and j == N_post - 1") == ([2], [3])
    assert made(j="i") == ([0, 1, 2], [0, 1, 2])
    assert made(i=[0, 2], j=[3, 0]) == ([0, 2], [3, 0])
    assert made(i=group[2:4], j=0) == ([1, 2], [0, 0])


def test_sections_of_a_morphology_stand_for_their_compartments():
    """Anything with a method `_indices` is asked for its indices."""

    class Section:
        def _indices(self):
            return np.array([1, 3])

    assert connected(i=0, j=Section()) == ([0, 0], [1, 3])


def test_several_calls_add_up():
    """New synapses come last; values that were set are kept, new ones are 0."""
    made = synapses()
    made.connect(i=[2], j=[3])
    made.w = 7
    made.connect("i == j")
    made.connect(i=[0, 0], j=[0, 1])
    assert made.i[:].tolist() == [2, 0, 1, 2, 3, 0, 0]
    assert made.j[:].tolist() == [3, 0, 1, 2, 3, 0, 1]
    assert made.w[:].tolist() == [7, 0, 0, 0, 0, 0, 0]


def test_nothing_changes_when_connect_refuses():
    """An error leaves the synapses as they were."""
    made = synapses()
    made.connect(i=[0], j=[1])
    for wrong in ({"i": [9], "j": [0]}, {"condition": "nothing"}, {"j": "i + 1"}):
        with pytest.raises((IndexError, KeyError, BrianObjectException)):
            made.connect(**wrong)
    assert (made.i[:].tolist(), made.j[:].tolist()) == ([0], [1])


def test_empty_lists_make_no_synapses():
    """A list that came out empty is no mistake, although NumPy takes it for floats.

    Brian2 refuses it.
    """
    assert connected(i=[], j=[]) == ([], [])


@pytest.mark.parametrize("kind", [np.uint8, np.int16, np.int32, np.int64, np.uint64])
def test_integers_of_any_width_are_indices(kind):
    """Brian2 takes int32 and int64 only."""
    assert connected(i=np.array([3, 0], kind), j=np.array([1, 2], kind)) == ([3, 0], [1, 2])


def test_the_arrays_of_the_user_are_copied():
    """Changing them later changes nothing."""
    i, j = np.arange(64, dtype=np.int32) % 4, np.arange(64, dtype=np.int32) % 3
    made = synapses()
    made.connect(i=i, j=j)
    i[:], j[:] = 0, 0
    assert made.i[:].tolist() == [k % 4 for k in range(64)]
    assert made.j[:].tolist() == [k % 3 for k in range(64)]


# ----------------------------------------------------------------------------------------- refusals

REFUSED = [
    ({"condition": "i"}, TypeError),
    ({"condition": "x_pre"}, TypeError),
    ({"condition": "1"}, TypeError),
    ({"condition": 1}, TypeError),
    ({"condition": np.array([True])}, TypeError),
    ({"condition": "k for k in range(3)"}, ValueError),
    ({"condition": "i for j"}, ValueError),
    ({"condition": "i == j", "i": 1}, ValueError),
    ({"condition": "i == j", "j": "i"}, ValueError),
    ({"condition": True, "i": [1], "j": [1]}, ValueError),
    ({"condition": "sin(i) > 0 and nothing"}, KeyError),
    ({"condition": "b"}, KeyError),
    ({"condition": "y_pre > 3"}, DimensionMismatchError),
    ({"condition": "i ==="}, SyntaxError),
    ({"condition": ""}, SyntaxError),
    ({"condition": "w > 0"}, ValueError),
    ({"condition": "N_incoming > 0"}, ValueError),
    ({"condition": "N_outgoing == 0", "p": 0.5}, ValueError),
    ({"p": "N_incoming"}, ValueError),
    ({"j": "N_incoming"}, ValueError),
    ({"n": "N_outgoing"}, ValueError),
    ({"j": "k for k in range(3) if N_incoming > 0"}, ValueError),
    ({"p": 1 * b.mV}, TypeError),
    ({"p": [1, 0, 1, 0]}, TypeError),
    ({"p": None}, TypeError),
    ({"p": "1*mV"}, DimensionMismatchError),
    ({"p": "y_pre"}, DimensionMismatchError),
    ({"p": "nothing"}, KeyError),
    ({"n": 1.5}, TypeError),
    ({"n": 2.0}, TypeError),
    ({"n": [2]}, TypeError),
    ({"n": None}, TypeError),
    ({"n": 2 * b.mV}, TypeError),
    ({"n": -1}, ValueError),
    ({"n": "y_pre"}, DimensionMismatchError),
    ({"i": 1}, ValueError),
    ({"j": [1, 2]}, ValueError),
    ({"i": [0, 1], "j": [1, 2, 3]}, ValueError),
    ({"i": [[0], [1]], "j": [[2, 3]]}, ValueError),
    ({"i": [0.0, 1.0], "j": [1, 2]}, TypeError),
    ({"i": np.array([0.0]), "j": 1}, TypeError),
    ({"i": [0, 1] * b.mV, "j": [0, 1]}, TypeError),
    ({"i": True, "j": False}, TypeError),
    ({"i": [True, False], "j": [0, 1]}, TypeError),
    ({"i": {0}, "j": [0]}, TypeError),
    ({"i": slice(None), "j": 0}, TypeError),
    ({"i": ["0"], "j": [1]}, TypeError),
    ({"i": [0], "j": [4]}, IndexError),
    ({"i": [-1], "j": [0]}, IndexError),
    ({"i": 2**40, "j": 0}, IndexError),  # Brian2 cuts off the upper bits
    ({"i": [0], "j": [1], "skip_if_invalid": True}, ValueError),
    ({"i": [0, 1], "j": [1, 1], "n": "2"}, TypeError),
    ({"i": [0, 1], "j": [1, 1], "p": [1, 0]}, TypeError),
    ({"i": [0, 1], "j": "i"}, TypeError),
    ({"i": "j", "j": [0, 1]}, TypeError),
    ({"i": "j", "j": "i"}, TypeError),
    ({"i": [0, 1], "j": "k for k in range(2)"}, TypeError),
    ({"j": "i", "p": 0.5}, ValueError),
    ({"j": "i", "p": "1"}, ValueError),
    ({"j": "k for k in range(2)", "p": 0}, ValueError),
    ({"j": "k"}, KeyError),
    ({"j": "nothing for k in range(2)"}, KeyError),
    ({"j": "2*k for k in range(2) if nothing > 2"}, KeyError),
    ({"j": "k for k in range(nothing)"}, KeyError),
    ({"j": "k for k in range(2)", "n": "k"}, KeyError),
    ({"j": "k for k in range(j)"}, ValueError),
    ({"j": "k for k in range(k)"}, ValueError),
    ({"j": "k for k in sample(N_post, p=x_post)"}, ValueError),
    ({"j": "k for k in sample(N_post, size=j)"}, ValueError),
    ({"j": "k for k in sample(4, p=k)"}, ValueError),
    ({"i": "k for k in range(i)"}, ValueError),
    ({"j": "x_post"}, ValueError),
    ({"i": "x_pre"}, ValueError),
    ({"j": "k for k in range(x_pre/10)"}, TypeError),
    ({"j": "k for k in range(2.0)"}, TypeError),
    ({"j": "k for k in range(b_pre)"}, TypeError),
    ({"j": "k for k in range(0, 4.5)"}, TypeError),
    ({"j": "k for k in range(y_pre)"}, DimensionMismatchError),
    ({"j": "k for k in sample(4, p=1*mV)"}, DimensionMismatchError),
    ({"j": "i*mV"}, DimensionMismatchError),
    ({"j": "k for k in range(3) if k"}, TypeError),
]


@pytest.mark.parametrize(("arguments", "error"), REFUSED, ids=lambda value: str(value)[:60])
def test_what_makes_no_sense_is_refused(arguments, error):
    """With the type of error of the tradition."""
    with pytest.raises(error):
        connected(**arguments)


@pytest.mark.parametrize(
    ("arguments", "cause"),
    [
        ({"j": "i + 1"}, IndexError),
        ({"j": "-1"}, IndexError),
        ({"i": "j + 1"}, IndexError),
        ({"j": "i", "n_post": 2}, IndexError),
        ({"j": "1/0*i"}, IndexError),
        ({"j": "k for k in range(5)"}, IndexError),
        ({"j": "k for k in range(i - 1, i + 2) if k != i"}, IndexError),
        # a variable of a target that does not exist cannot be read
        ({"j": "k for k in range(i - 1, i + 2) if x_post >= 0"}, IndexError),
        ({"j": "k for k in sample(4, size=5)"}, IndexError),
        ({"j": "k for k in sample(4, size=-1)"}, IndexError),
        ({"j": "k for k in sample(6, size=6)"}, IndexError),
        ({"j": "k for k in range(0, 4, 0)"}, ZeroDivisionError),
        ({"j": "k for k in range(2**40)"}, IndexError),
    ],
)
def test_indices_out_of_range_are_the_cause_of_the_error(arguments, cause):
    """A string that gives a neuron which does not exist: the tradition wraps the error."""
    with pytest.raises(BrianObjectException) as raised:
        connected(**arguments)
    assert isinstance(raised.value.__cause__, cause)


@pytest.mark.parametrize(
    ("arguments", "words"),
    [
        ({"j": "i + 1"}, ["'i + 1' gives j = 4 for i = 3", "skip_if_invalid=True"]),
        ({"i": "j - 1"}, ["gives i = -1 for j = 0"]),
        ({"j": "k for k in range(x_pre)"}, ["  1 | k for k in range(x_pre)", "^^^^^", "integer"]),
        ({"condition": "N_incoming > 0"}, ["^^^^^^^^^^", "depends on them"]),
        ({"condition": "x_pr > 0"}, ["did you mean 'x_pre'?"]),
        ({"p": 0.5, "j": "i"}, ["sample(N_post, p=...)"]),
        ({"condition": "k for k in range(2)"}, ["connect(j='k for k in range(2)')"]),
        ({"i": [5], "j": [0]}, ["i contains 5", "4 elements"]),
    ],
)
def test_errors_say_what_to_do(arguments, words):
    """They show the place, and name the way out."""
    with pytest.raises(Exception) as raised:  # noqa: PT011 - any kind, the words matter here
        connected(**arguments)
    for word in words:
        assert word in str(raised.value)


# ------------------------------------------------------------------------------ names, functions


def test_names_come_from_the_caller():
    """Local names, a namespace given, and the level of a wrapper."""
    local = 2
    assert connected("i == local and j == local", namespace={"local": local}) == ([2], [2])
    made = synapses()
    made.connect("i == local and j == local")
    assert made.i[:].tolist() == [2]

    def wrapper(synapses):
        local = 0  # noqa: F841 - not the one that is meant
        synapses.connect("i == local and j == local", level=1)

    made = synapses()
    wrapper(made)
    assert made.i[:].tolist() == [2]


def test_functions_of_the_user_get_flat_arrays():
    """A Python function need not know about broadcasting."""

    @check_units(a=1, c=1, result=1)
    def distance(a, c):
        return np.array([abs(x - y) for x, y in zip(a, c, strict=True)])

    assert connected("distance(i, j) > 2", namespace={"distance": distance}) == ([0, 3], [3, 0])


def test_large_indices_do_not_overflow():
    """Products of i and j are 64-bit numbers."""
    group, other = b.NeuronGroup(70_000, "x : 1"), b.NeuronGroup(1, "x : 1")
    made = b.Synapses(group, other)
    made.connect("i*i > 2**32 and i*i < (2**16 + 2)**2")
    assert made.i[:].tolist() == [65_537]


def test_a_generator_draws_anew_for_each_candidate():
    """Candidates of one source are independent, also when they are the same pair."""
    b.seed(3)
    made = synapses(1, 1000)
    made.connect(j="int(rand()*1000) for k in range(200)")
    # 200 equal draws would give one value; independent ones give 181 on average
    assert len(set(made.j[:].tolist())) > 100


# ------------------------------------------------------------------------------------------- blocks


@pytest.mark.parametrize("block", [1, 3, 7, 2**18])
def test_results_do_not_depend_on_the_size_of_blocks(block, monkeypatch):
    """Grids, samples and generators are worked on in blocks, which do not show."""

    def everything():
        b.seed(12)
        return [
            connected(**arguments, n_pre=5, n_post=6)
            for arguments in (
                {"condition": "i != j"},
                {"condition": "i != j", "p": 0.5},
                {"p": "0.1*(j + 1)"},
                {"p": "0.1*(i + 1)"},
                {"j": "k for k in range(i) if k > 0"},
                {"j": "k for k in sample(N_post, size=3) if k != i"},
                {"i": "k for k in sample(N_pre, p=0.5)"},
            )
        ]

    wanted = everything()
    for module in (sampling, connect):
        monkeypatch.setattr(module, "BLOCK", block)
    assert everything() == wanted


# ------------------------------------------------------------------------------------------- memory


@pytest.mark.parametrize(
    "arguments",
    [
        {},
        {"p": 0.5},
        {"condition": "i != j"},
        {"condition": "i != j", "p": 0.5},
        {"p": "0.5 + 0*j"},
        {"i": np.zeros(200_000, dtype=int), "j": 0},
        {"j": "k for k in range(N_post)"},
        {"j": "i", "n": 2000},
        {"j": "i", "n": "2000"},
    ],
    ids=str,
)
def test_more_than_memory_can_hold_is_refused(arguments, monkeypatch):
    """Before it is allocated, with an estimate of the bytes and advice."""
    monkeypatch.setattr(memory, "available_memory", lambda: 10**6)
    monkeypatch.setattr(memory, "_SMALL", 0)
    made = synapses(500, 500)
    with pytest.raises(MemoryError, match="available are 800 kB; make fewer of them"):
        made.connect(**arguments)
    assert len(made) == 0


def test_the_variables_of_synapses_count(monkeypatch):
    """A weight per synapse takes eight bytes, where no targets are stored; a shared one none."""
    monkeypatch.setattr(memory, "available_memory", lambda: 380_000)
    monkeypatch.setattr(memory, "_SMALL", 0)
    synapses(200, 200, "w : 1 (shared)").connect()
    with pytest.raises(MemoryError, match="4e\\+04 synapses of 8 bytes"):
        synapses(200, 200, "w : 1").connect()


def test_a_refusal_says_what_the_memory_is_for(monkeypatch):
    """A thousand million synapses on a machine with 16 GB: refused at once, with an estimate."""
    monkeypatch.setattr(memory, "available_memory", lambda: 16 * 10**9)
    group = b.NeuronGroup(100_000, "x : 1", threshold="x > 1", reset="x = 0")
    made = b.Synapses(group, group, "w : 1", on_pre="x += w")
    made.delay  # noqa: B018 - from now on each synapse has one
    with pytest.raises(MemoryError) as caught:
        made.connect(p=0.1)
    text = str(caught.value)
    assert "1e+09 synapses of 20 bytes, which need 20 GB of memory" in text
    assert "(targets 4 GB, w 8 GB, delay 8 GB)" in text
    assert "80 % of the memory that is available are 12.8 GB" in text
    assert len(made) == 0


def test_a_preference_sets_the_limit_for_synapses():
    """Also a small one; it is that for recordings."""
    before = prefs.core.max_memory
    prefs.core.max_memory = 1000
    try:
        with pytest.raises(MemoryError, match=r"core.max_memory allows 1 kB"):
            synapses(100, 100).connect()
    finally:
        prefs.core.max_memory = before


def test_many_delays_of_many_neurons_are_refused(monkeypatch):
    """The table of rows has one entry per neuron and delay."""
    pairs = connectivity.Connectivity(1000, 1000)
    pairs.append(np.arange(1000), np.arange(1000))
    monkeypatch.setattr(memory, "available_memory", lambda: 10**6)
    monkeypatch.setattr(memory, "_SMALL", 0)
    with pytest.raises(MemoryError, match="delays that span 1000 steps"):
        pairs.table(by_target=False, delay_steps=np.arange(1000))


def test_where_the_system_does_not_tell_nothing_is_refused(monkeypatch):
    """An unknown size of memory is no reason to stop."""
    monkeypatch.setattr(memory, "_of_machine", lambda: 2**62)
    monkeypatch.setattr(memory, "_of_group", lambda *_: None)
    assert len(connected("i == j")[0]) == 4


def test_the_number_of_synapses_in_place_of_that_of_neurons_is_worth_a_warning():
    """As in Brian2 it is 0 at first: `(i + 1) % N` gives 0 for all, silently."""
    made = synapses()
    with catch_logs() as messages:
        made.connect(j="(i + 1) % N")
    assert made.j[:].tolist() == [0, 0, 0, 0]
    (_, name, text), *more = messages
    assert name.endswith("number_of_synapses")
    assert "N is the number of synapses that there are, 0;" in text
    assert not more
    with catch_logs() as messages:
        made.connect(j="(i + 1) % N_post")
    assert not messages


def test_different_numbers_of_sources_and_targets_are_named():
    with pytest.raises(ValueError, match="there are 3 and 2 of them; give as many of both"):
        connected(i=[0, 1, 2], j=[0, 1])
