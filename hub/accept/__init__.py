"""The hub takes responsibility: what is accepted here is committed with all its deliveries and its receipt, or not at all.

`Acceptor.consider` decides (who, where to, may it) and raises `Rejected` with everything that speaks against it;
`Acceptor.accept` commits it in a group with whatever else is waiting, and answers the first receipt when the name is
known already. In `decide` who may, in `addressing` to whom, in `related` about what, in `row` what is written, in
`commit` and `change` how.
"""

from hub.accept.commit import Acceptor
from hub.accept.considered import Accepted, Considered

__all__ = ["Accepted", "Acceptor", "Considered"]
