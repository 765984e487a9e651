"""The names of the tradition's module of the same name."""

from ..errors import PreferenceError
from ..model.session import brian_prefs
from ..preferences import BrianPreference, prefs

__all__ = ["BrianPreference", "PreferenceError", "brian_prefs", "prefs"]
