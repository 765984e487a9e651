"""Devices consume a Program."""
