"""Pickling where brainsim differs from Brian2 on purpose."""

import copy
import pickle

import pytest

from brainsim import Quantity, Unit, cm, mV, uA


def copied(thing):
    """Return a thing that has been pickled."""
    return pickle.loads(pickle.dumps(thing))  # noqa: S301 - our own bytes


@pytest.mark.row("26 pickling")
@pytest.mark.parametrize("unit", [mV, uA / cm**2])
def test_units_stay_units(unit):
    """With their names."""
    for again in (copied(unit), copy.deepcopy(unit)):
        assert isinstance(again, Unit)
        assert str(again) == str(unit)


@pytest.mark.row("26 pickling")
def test_a_number_stays_a_quantity():
    """Also one without dimensions."""
    assert isinstance(copied(Quantity(3.5)), Quantity)
