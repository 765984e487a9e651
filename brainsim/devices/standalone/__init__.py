"""Networks as C++ programs that need no Python."""
