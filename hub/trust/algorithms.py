"""Which algorithms the certificates of a chain, lists and answers may be signed with, and until which day.

What is not listed is refused. A key as strong as RSA 2048 gives 112 bits of security, which NIST SP 800-57 Part 1
(Rev. 5, table 4) and SP 800-131A let expire with the year 2030; an installation may set another day.
"""

from datetime import UTC, date, datetime, timedelta
from typing import Any, Final

from pyhanko_certvalidator.policy_decl import AlgorithmUsageConstraint, AlgorithmUsagePolicy

RSA_2048_UNTIL: Final = date(2030, 12, 31)
"""The last day of RSA keys below 3072 bits, unless TRUC_RSA_2048_UNTIL says another."""

HASHES: Final = frozenset({"sha256", "sha384", "sha512"})
_RSA_BITS: Final = 2048
_RSA_BITS_AFTERWARDS: Final = 3072
_CURVE_BITS: Final = 256


class DatedAlgorithms(AlgorithmUsagePolicy):
    """RSA (PKCS #1 v1.5, PSS) and ECDSA with SHA-2, by keys that are strong enough on the day."""

    def __init__(self, rsa_2048_until: date = RSA_2048_UNTIL) -> None:
        """`rsa_2048_until`: the last day, in UTC."""
        next_day = datetime(rsa_2048_until.year, rsa_2048_until.month, rsa_2048_until.day, tzinfo=UTC)
        self.ends = next_day + timedelta(days=1)

    def digest_algorithm_allowed(self, algo: Any, moment: datetime | None) -> AlgorithmUsageConstraint:
        """Whether a hash counts; on every day the same."""
        del moment
        name = algo["algorithm"].native
        return AlgorithmUsageConstraint(allowed=name in HASHES, failure_reason=f"{name} is not accepted")

    def signature_algorithm_allowed(
        self, algo: Any, moment: datetime | None, public_key: Any | None
    ) -> AlgorithmUsageConstraint:
        """Whether a signature by this key counts at `moment`."""
        name = algo["algorithm"].native
        try:
            kind, digest = algo.signature_algo, algo.hash_algo
        except ValueError:
            return AlgorithmUsageConstraint(allowed=False, failure_reason=f"{name} is not accepted")
        if kind not in {"rsassa_pkcs1v15", "rsassa_pss", "ecdsa"} or digest not in HASHES:
            return AlgorithmUsageConstraint(allowed=False, failure_reason=f"{name} is not accepted")
        weakness = self.weakness_of_key(public_key, moment) if public_key is not None else ""
        return AlgorithmUsageConstraint(
            allowed=not weakness, not_allowed_after=self.ends if weakness else None, failure_reason=weakness or None
        )

    def weakness_of_key(self, key: Any, moment: datetime | None) -> str:
        """Say why a key (asn1crypto's PublicKeyInfo) is not strong enough at `moment`; "" when it is."""
        if key.algorithm in {"rsa", "rsassa_pss"}:
            is_late = moment is not None and moment >= self.ends
            needed = _RSA_BITS_AFTERWARDS if is_late else _RSA_BITS
            return f"RSA {key.bit_size} bit, {needed} are needed" if key.bit_size < needed else ""
        if key.algorithm == "ec":
            return f"ECDSA {key.bit_size} bit, {_CURVE_BITS} are needed" if key.bit_size < _CURVE_BITS else ""
        return f"{key.algorithm} keys are not accepted"
