"""Single sign-on: people come from an OpenID provider, by the code flow with PKCE, state and nonce.

Authlib speaks OAuth 2.0 with the provider and checks the ID token's claims, joserfc its signature. Who the person is here
is what `truc user link` says: an identity nobody linked opens nothing, whatever roles the provider tells.
"""

import asyncio
import secrets
from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import Any, Final

import orjson
from authlib.integrations.base_client import OAuthError
from authlib.integrations.httpx_client import AsyncOAuth2Client
from authlib.oidc.core import CodeIDToken
from httpx2 import HTTPError
from joserfc import jwt
from joserfc.errors import JoseError
from joserfc.jwk import KeySet

from hub.settings import Settings

CALLBACK: Final = "/login/oidc/callback"
LASTS: Final = timedelta(minutes=10)
"""How long somebody may take at the provider."""

_ALGORITHMS: Final = ["RS256", "PS256", "ES256", "EdDSA", "Ed25519"]  # no `none`, no HMAC with a client's secret
_SECONDS: Final = 10.0
_LEEWAY: Final = 60  # seconds between its clock and ours
_REFRESHED_AFTER: Final = timedelta(seconds=30)  # unknown keys make us ask again, not more often than this


class NoEntry(Exception):
    """The provider did not say who it is, or what it said does not hold; the message is for the log."""


@dataclass(frozen=True, slots=True)
class Attempt:
    """What has to come back: sealed in a cookie while the person is at the provider."""

    state: str
    nonce: str
    verifier: str
    target: str
    expires: int

    def written(self) -> str:
        """As text."""
        return orjson.dumps([self.state, self.nonce, self.verifier, self.target, self.expires]).decode()


def read_attempt(text: str, now: datetime) -> Attempt | None:
    """An attempt that `written` wrote; None when it is over. The caller has checked that we wrote it."""
    attempt = Attempt(*orjson.loads(text))
    return attempt if now.timestamp() < attempt.expires else None


class Provider:
    """The provider of the settings."""

    def __init__(self, settings: Settings) -> None:
        """Nothing is asked of it before somebody logs in."""
        self.issuer = settings.oidc_issuer.rstrip("/")
        self._client_id = settings.oidc_client_id
        self._secret = settings.oidc_client_secret.get_secret_value()
        self._claim = settings.oidc_claim
        self._described: dict[str, Any] = {}
        self._keys: KeySet | None = None
        self._keys_at: datetime | None = None
        self._asking = asyncio.Lock()

    async def begin(self, redirect_uri: str, target: str, now: datetime) -> tuple[str, Attempt]:
        """The address to send the browser to, and what must come back from there."""
        described = await self._description()
        attempt = Attempt(
            secrets.token_urlsafe(24),
            secrets.token_urlsafe(24),
            secrets.token_urlsafe(48),
            target,
            int((now + LASTS).timestamp()),
        )
        async with self._client(redirect_uri) as client:
            address, _ = client.create_authorization_url(
                described["authorization_endpoint"],
                state=attempt.state,
                nonce=attempt.nonce,
                code_verifier=attempt.verifier,
            )
        return str(address), attempt

    async def subject(self, code: str, redirect_uri: str, attempt: Attempt, now: datetime) -> str:
        """Who it is, by the claim of the settings; `NoEntry` when the provider's word does not hold."""
        described = await self._description()
        try:
            async with self._client(redirect_uri) as client:
                token = await client.fetch_token(
                    described["token_endpoint"],
                    grant_type="authorization_code",
                    code=code,
                    code_verifier=attempt.verifier,
                )
            claims = await self._claims(str(token["id_token"]), attempt, now)
        except (OAuthError, JoseError, HTTPError, KeyError, ValueError, TypeError) as error:
            raise NoEntry(f"{type(error).__name__}: {error}") from error
        subject = claims.get(self._claim)
        if not isinstance(subject, str) or not subject:
            raise NoEntry(f"no claim {self._claim}")
        if self._claim == "email" and claims.get("email_verified") is not True:
            raise NoEntry("the address of this identity is not verified")
        return subject

    async def _claims(self, id_token: str, attempt: Attempt, now: datetime) -> dict[str, Any]:
        try:
            decoded = jwt.decode(id_token, await self._key_set(now), algorithms=_ALGORITHMS)
        except (ValueError, JoseError):  # the provider may have changed its key
            decoded = jwt.decode(id_token, await self._key_set(now, anew=True), algorithms=_ALGORITHMS)
        claims = CodeIDToken(
            decoded.claims,
            decoded.header,
            options={
                "iss": {"essential": True, "value": self.issuer},
                "aud": {"essential": True, "value": self._client_id},
            },
            params={"nonce": attempt.nonce, "client_id": self._client_id},
        )
        claims.validate(now=int(now.timestamp()), leeway=_LEEWAY)
        return dict(decoded.claims)

    def _client(self, redirect_uri: str) -> Any:
        return AsyncOAuth2Client(
            self._client_id,
            self._secret or None,
            scope="openid profile email",
            redirect_uri=redirect_uri,
            code_challenge_method="S256",
            token_endpoint_auth_method="client_secret_basic" if self._secret else "none",
            timeout=_SECONDS,
        )

    async def _description(self) -> dict[str, Any]:
        async with self._asking:
            if not self._described:
                found = await self._get(f"{self.issuer}/.well-known/openid-configuration")
                if str(found.get("issuer", "")).rstrip("/") != self.issuer:
                    raise NoEntry(f"the provider calls itself {found.get('issuer')}")
                self._described = found
        return self._described

    async def _key_set(self, now: datetime, *, anew: bool = False) -> KeySet:
        described = await self._description()
        async with self._asking:
            is_due = self._keys_at is None or now - self._keys_at > _REFRESHED_AFTER
            if self._keys is None or (anew and is_due):
                self._keys = KeySet.import_key_set(await self._get(described["jwks_uri"]))  # type: ignore[arg-type]
                self._keys_at = now
            return self._keys

    async def _get(self, url: str) -> dict[str, Any]:
        try:
            async with self._client("") as client:
                answer = await client.request("GET", url, withhold_token=True)
                answer.raise_for_status()
                found: dict[str, Any] = answer.json()
                return found
        except (HTTPError, ValueError) as error:
            raise NoEntry(f"{url}: {type(error).__name__}: {error}") from error
