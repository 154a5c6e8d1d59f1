"""Where processes of their own come from: one server of `multiprocessing`'s, which all kinds of work share.

Children are forked from the server, which has loaded what they need and never sees a document: one costs milliseconds,
and its memory goes back whole.
"""

import multiprocessing
from multiprocessing.context import ForkServerContext

_wanted: list[str] = []


def preload(*modules: str) -> None:
    """Have the server load these, if it is not running yet. Else each child loads them for itself, which takes longer."""
    _wanted.extend(module for module in modules if module not in _wanted)


def context() -> ForkServerContext:
    """Where to make processes and pipes."""
    made = multiprocessing.get_context("forkserver")
    made.set_forkserver_preload([*_wanted])
    return made
