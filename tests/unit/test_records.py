"""Our dataclasses are those of the standard library in all that can be observed."""

from __future__ import annotations

import copy
import dataclasses
import pickle
from dataclasses import FrozenInstanceError, field, replace
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from brainsim.records import dataclass as ours

standard = dataclasses.dataclass
OPTIONS = [
    {"frozen": frozen, "slots": slots, "eq": eq, "repr": shown, "kw_only": named}
    for frozen in (False, True)
    for slots in (False, True)
    for eq in (False, True)
    for shown in (False, True)
    for named in (False, True)
]


@ours(frozen=True, slots=True)
class Place:
    """One of this module, so that it can be pickled."""

    x: int
    y: Any = 7
    where: str = field(default="", compare=False, repr=False)


@ours(frozen=True)
class Open:
    """One with a dictionary."""

    x: int


def made(decorator, **options):
    """Return a class with fields of all kinds, made by a decorator."""

    @decorator(**options)
    class Base:
        """A base."""

        first: int

    @decorator(**options)
    class Thing(Base):
        """A thing."""

        second: Any = 2
        third: list[int] = field(default_factory=list)
        hidden: int = field(default=0, compare=False, repr=False)

    return Thing


def outcome(call):
    """Return the result of a call, or the kind of its error."""
    try:
        return call()
    except (TypeError, FrozenInstanceError) as error:
        return type(error)


def shown(thing):
    """Return the text of a thing without its address."""
    return repr(thing).split(" at 0x")[0]


@pytest.mark.parametrize("options", OPTIONS, ids=str)
@pytest.mark.parametrize(
    ("args", "named"),
    [
        ((1,), {}),
        ((1, 3), {}),
        ((1, 3, [4], 5), {}),
        ((1, 3, [4], 5, 6), {}),
        ((), {}),
        ((), {"first": 1}),
        ((), {"first": 1, "third": [3], "hidden": 9}),
        ((1,), {"first": 1}),
        ((1,), {"unknown": 1}),
        ((1,), {"self": 1}),
    ],
)
def test_they_are_made_and_shown_as_the_standard_ones(options, args, named):
    one, other = (made(decorator, **options) for decorator in (ours, standard))
    results = [outcome(lambda kind=kind: shown(kind(*args, **named))) for kind in (one, other)]
    assert results[0] == results[1]


@pytest.mark.parametrize("options", OPTIONS, ids=str)
def test_they_are_compared_changed_and_copied_as_the_standard_ones(options):
    def story(kind):
        a, same = kind(first=1, second=(2,)), kind(first=1, second=(2,), hidden=8)
        unlike, child = kind(first=1, second=3), type("Child", (kind,), {})(first=1, second=(2,))
        frozen = outcome(lambda: hash(kind(first=1, third=())) == hash(kind(first=1, third=())))
        return [
            *(
                a == same,
                a != same,
                a == unlike,
                a == child,
                a == (1,),
                frozen,
                kind.__match_args__,
            ),
            *(outcome(lambda: setattr(a, "first", 5)), outcome(lambda: delattr(a, "second"))),
            outcome(lambda: setattr(child, "first", 5)),
            shown(replace(same, first=4)),
            replace(same, first=4).hidden,
            outcome(lambda: replace(same, unknown=4)),
            [shown(c) == shown(same) for c in (copy.copy(same), copy.deepcopy(same))],
            [f.name for f in dataclasses.fields(same)],
            hasattr(same, "__dict__"),
        ]

    one, other = (story(made(decorator, **options)) for decorator in (ours, standard))
    assert one == other


@given(st.integers(), st.integers(), st.text())
def test_values_with_equal_fields_are_equal_and_have_equal_hashes(x, y, where):
    assert Place(x, y, where) == Place(x=x, y=y)
    assert hash(Place(x, y, where)) == hash(Place(x, y))
    assert (Place(x, y) == Place(y, x)) == (x == y)
    assert Place(x, y, where).where == where


def test_values_can_be_pickled():
    for value in (Place(3, where="here"), Open(4)):
        again = pickle.loads(pickle.dumps(value))  # noqa: S301 - we have just made it
        assert again == value
        assert getattr(again, "where", "here") == "here"


def test_classes_below_may_have_attributes_of_their_own():
    class Below(Place):
        pass

    below = Below(1)
    below.another = 5
    assert below.another == 5
    with pytest.raises(FrozenInstanceError, match="cannot assign to field 'x'"):
        below.x = 2
    del below.another
    with pytest.raises(FrozenInstanceError, match="cannot delete field 'x'"):
        del below.x


def test_patterns_match_by_position():
    match Place(1, 2):
        case Place(x, y):
            assert (x, y) == (1, 2)
        case _:
            pytest.fail("it did not match")


def test_what_a_class_has_itself_stays():
    @ours(frozen=True, slots=True)
    class Own:
        x: list[int]

        def __eq__(self, other):
            return True

        def __hash__(self):
            return 3

        def __repr__(self):
            return "own"

        def __post_init__(self):
            object.__setattr__(self, "x", [*self.x, 1])

    assert (Own([]) == 5, hash(Own([])), repr(Own([])), Own([]).x) == (True, 3, "own", [1])


def test_an_object_within_itself_is_shown():
    @ours
    class Chain:
        next: Any

    chain = Chain(None)
    chain.next = chain
    assert repr(chain).endswith("Chain(next=...)")


def test_a_wrong_call_is_told_what_is_wrong():
    with pytest.raises(TypeError, match=r"Place\(\) needs a value for 'x'"):
        Place()
    with pytest.raises(TypeError, match=r"Place\(\) has no field 'z'"):
        Place(1, z=2)
    with pytest.raises(TypeError, match=r"Place\(\) has more than one value for 'x'"):
        Place(1, x=2)
    with pytest.raises(TypeError, match=r"Place\(\) takes 3 values by position, not 4"):
        Place(1, 2, "", 3)


def test_single_fields_and_none_at_all():
    @ours(frozen=True, slots=True)
    class One:
        x: Any

    @ours(frozen=True, slots=True)
    class Nothing:
        """No field."""

    assert One(1) == One(1) != One((1,))
    assert hash(One(1)) == hash(One(1))
    assert Nothing() == Nothing()
    assert hash(Nothing()) == hash(Nothing())
    assert repr(Nothing()).endswith("Nothing()")
