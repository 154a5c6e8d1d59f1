"""Memory that goes back when it is no longer needed.

glibc learns from the first large buffer that is freed to keep such buffers (mallopt(3): the threshold from which one is
mapped by itself grows up to 32 MiB), and gives each thread a heap of its own. For a process that holds documents of many
megabytes for a moment, both keep what nobody uses: a tenth of the peak, measured with twenty documents of 10 MB at once.
"""

import ctypes
from typing import Final

_MMAP_THRESHOLD: Final = -3
_ARENA_MAX: Final = -8
_LARGE: Final = 1024 * 1024  # bytes
_ARENAS: Final = 2


def settle() -> None:
    """Fix the threshold and the number of heaps; nothing happens where the C library is another."""
    try:
        mallopt = ctypes.CDLL("libc.so.6").mallopt
    except (OSError, AttributeError):
        return
    mallopt(_MMAP_THRESHOLD, _LARGE)
    mallopt(_ARENA_MAX, _ARENAS)
