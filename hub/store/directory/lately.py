"""A bounded memory of what was asked lately."""

from collections import OrderedDict
from collections.abc import Hashable
from typing import Final, Generic, TypeVar

Key = TypeVar("Key", bound=Hashable)
Value = TypeVar("Value")


class Missing:
    """The type of `MISSING`."""


MISSING: Final = Missing()
"""Nothing is remembered: neither an answer nor that there is none."""


class Lately(Generic[Key, Value]):
    """Keeps the `most` entries asked for last; the others are forgotten, oldest question first."""

    def __init__(self, most: int) -> None:
        self._most = most
        self._kept: OrderedDict[Key, Value] = OrderedDict()

    def get(self, key: Key) -> Value | Missing:
        """What is remembered, or `MISSING`."""
        try:
            self._kept.move_to_end(key)
        except KeyError:
            return MISSING
        return self._kept[key]

    def put(self, key: Key, value: Value) -> None:
        """Remember."""
        self._kept[key] = value
        self._kept.move_to_end(key)
        if len(self._kept) > self._most:
            self._kept.popitem(last=False)

    def forget(self) -> None:
        """Forget everything."""
        self._kept.clear()

    def __len__(self) -> int:
        return len(self._kept)
