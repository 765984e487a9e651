"""Kernels: typed intermediate representation, passes, printers, compiler, cache.

This package knows loops and buffers, not neurons. It is imported as `brainsim.codegen`.
"""

if __name__ != "brainsim.codegen":
    msg = (
        f"this package is imported as 'brainsim.codegen', not as {__name__!r}; "
        "install brainsim, or import it from the checkout's parent package"
    )
    raise ImportError(msg)
