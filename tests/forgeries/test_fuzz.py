"""Mutants of signed documents: valid only where nothing signed was changed, and nothing but an answer ever comes out."""

from random import Random
from typing import Any

from hypothesis import settings
from hypothesis import strategies as st
from hypothesis.stateful import RuleBasedStateMachine, initialize, invariant, rule

from tests.forgeries.fuzz import Seed, mutants, run, seeds, what_came_of
from tests.forgeries.mutations import change_bytes, change_markup, change_signature, change_tree


class Forger(RuleBasedStateMachine):
    """Starts from a valid document and changes it again and again; after each change it is judged."""

    @initialize(at=st.integers(0, len(seeds()) - 1))
    def begin(self, at: int) -> None:
        self.original: Seed = seeds()[at]
        self.body = self.original.body

    @rule(rng=st.randoms(use_true_random=False))
    def bytes_change(self, rng: Any) -> None:
        self.body = change_bytes(self.body, Random(rng.getrandbits(64)))

    @rule(rng=st.randoms(use_true_random=False))
    def markup_changes(self, rng: Any) -> None:
        self.body = change_markup(self.body, Random(rng.getrandbits(64)))

    @rule(rng=st.randoms(use_true_random=False))
    def the_tree_changes(self, rng: Any) -> None:
        self.body = change_tree(self.body, Random(rng.getrandbits(64)))

    @rule(rng=st.randoms(use_true_random=False))
    def the_signature_changes(self, rng: Any) -> None:
        self.body = change_signature(self.body, Random(rng.getrandbits(64)))

    @rule()
    def the_genuine_document_comes_back(self) -> None:
        self.body = self.original.body

    @invariant()
    def nothing_is_believed_that_was_not_signed(self) -> None:
        _said, fault = what_came_of(self.original, self.body)

        assert not fault


class TestForger(Forger.TestCase):
    settings = settings(max_examples=60, stateful_step_count=6, deadline=None, derandomize=True)


def test_five_hundred_mutants_are_judged_without_a_fault() -> None:
    figures = run(500, seed=2026)

    assert figures.faults == []
    assert figures.said["valid"] > 5  # what changes nothing is still valid
    assert len(figures.said) > 12  # and the mutants get far enough to be refused for many reasons


def test_the_same_seed_gives_the_same_mutants() -> None:
    first, second = mutants(3), mutants(3)

    assert [next(first)[2] for _ in range(20)] == [next(second)[2] for _ in range(20)]


def test_the_oracle_sees_a_false_acceptance() -> None:
    """The genuine document of one form, held against what was signed in another, is a change that is believed."""
    one, other = seeds()[0], seeds()[-1]

    assert what_came_of(one, other.body) == ("valid", "accepted though changed")
