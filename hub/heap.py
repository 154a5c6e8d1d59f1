"""Memory that goes back when it is no longer needed, and a collector that looks for the rest no more often than it finds any.

glibc learns from the first large buffer that is freed to keep such buffers (mallopt(3): the threshold from which one is
mapped by itself grows up to 32 MiB), and gives each thread a heap of its own. For a process that holds documents of many
megabytes for a moment, both keep what nobody uses: a tenth of the peak, measured with twenty documents of 10 MB at once.
"""

import ctypes
import gc
from typing import Final

_MMAP_THRESHOLD: Final = -3
_ARENA_MAX: Final = -8
_LARGE: Final = 1024 * 1024  # bytes
_ARENAS: Final = 2
_YOUNG: Final = 10_000  # objects between two looks; with Python's 700 there are several a document, for 4 % of its time


def settle() -> None:
    """Fix the threshold and the number of heaps; nothing happens where the C library is another."""
    try:
        mallopt = ctypes.CDLL("libc.so.6").mallopt
    except (OSError, AttributeError):
        return
    mallopt(_MMAP_THRESHOLD, _LARGE)
    mallopt(_ARENA_MAX, _ARENAS)


def collect_seldom() -> None:
    """Call when all is loaded: what is there now stays, so the collector need not walk it again."""
    gc.freeze()
    gc.set_threshold(_YOUNG, 10, 10)
