"""Preferences: named values with defaults and a check, such as `prefs.codegen.target`.

A value is the one that the script has set, or else the environment, or else the user's file, or
else the default. Nothing is read from the current folder and nothing is evaluated.
"""

from .known import prefs as prefs
from .registry import BrianPreference as BrianPreference
from .registry import PreferenceCategory as PreferenceCategory
from .registry import Preferences as Preferences
