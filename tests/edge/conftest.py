from collections.abc import Callable, Iterator
from contextlib import ExitStack

import pytest

from tests.edge import signatures
from tests.edge.hub import Edge, running

Hubs = Callable[[str], Edge]


@pytest.fixture(scope="session")
def hubs() -> Iterator[Hubs]:
    """Running hubs by name, each started when it is first asked for and ended with the run."""
    started: dict[str, Edge] = {}
    chained = {"H70": (signatures.TRUSTED,), "H71": (signatures.REVOKED,), "H72": (signatures.ORPHAN,)}
    with ExitStack() as open_hubs:

        def hub(name: str) -> Edge:
            if name not in started:
                trust = {"root": signatures.ROOT, "crls": signatures.crls(fresh=name == "trusting")}
                agencies = {signatures.AUTHOR: signatures.bound()} if name == "plain" else chained
                started[name] = open_hubs.enter_context(running(agencies, **({} if name == "plain" else trust)))  # type: ignore[arg-type]
            return started[name]

        yield hub


@pytest.fixture
def edge(hubs: Hubs) -> Edge:
    """The hub that most of this is about."""
    return hubs("plain")
