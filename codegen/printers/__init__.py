"""Printers: kernels to text. C is the mother tongue; the others print the same nodes."""

from .protocol import get as get
