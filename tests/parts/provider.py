"""An OpenID provider for the tests, a process of its own: discovery, keys, the code flow with PKCE, honest or lying.

    python -m tests.parts.provider PORT

`POST /_say` takes JSON that changes what the next ID tokens say (`claims`), what signs them (`key`: `other`, `none`,
`rotated`), or the subject that logs in.
"""

import base64
import hashlib
import json
import secrets
import sys
import time
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from typing import Any
from urllib.parse import parse_qs, urlencode, urlsplit

from joserfc import jwt
from joserfc.jwk import RSAKey


def _key(name: str) -> RSAKey:
    return RSAKey.generate_key(2048, {"kid": name, "use": "sig", "alg": "RS256"})


class Provider(BaseHTTPRequestHandler):
    keys: dict[str, RSAKey] = {"one": _key("one")}  # noqa: RUF012
    other = _key("one")
    codes: dict[str, dict[str, str]] = {}  # noqa: RUF012
    said: dict[str, Any] = {"subject": "sub-lan"}  # noqa: RUF012

    @property
    def issuer(self) -> str:
        return f"http://127.0.0.1:{self.server.server_address[1]}"

    def do_GET(self) -> None:
        url = urlsplit(self.path)
        if url.path == "/.well-known/openid-configuration":
            self._json(
                {
                    "issuer": self.issuer,
                    "authorization_endpoint": f"{self.issuer}/authorize",
                    "token_endpoint": f"{self.issuer}/token",
                    "jwks_uri": f"{self.issuer}/keys",
                }
            )
        elif url.path == "/keys":
            self._json({"keys": [key.as_dict(private=False) for key in self.keys.values()]})
        elif url.path == "/authorize":
            asked = {name: values[0] for name, values in parse_qs(url.query).items()}
            if asked.get("code_challenge_method") != "S256" or asked.get("response_type") != "code":
                self._json({"error": "invalid_request"}, 400)
                return
            code = secrets.token_urlsafe(16)
            self.codes[code] = asked
            back = urlencode({"code": code, "state": asked["state"]})
            self.send_response(302)
            self.send_header("Location", f"{asked['redirect_uri']}?{back}")
            self.send_header("Content-Length", "0")
            self.end_headers()
        else:
            self._json({"error": "not_found"}, 404)

    def do_POST(self) -> None:
        body = self.rfile.read(int(self.headers.get("Content-Length", "0")))
        if self.path == "/_say":
            type(self).said = {"subject": "sub-lan", **json.loads(body)}
            if self.said.get("key") == "rotated":
                type(self).keys = {"two": _key("two")}
            self._json({})
            return
        said = {name: values[0] for name, values in parse_qs(body.decode()).items()}
        asked = self.codes.pop(said.get("code", ""), None)
        sent = self.headers.get("Authorization", "Basic ").split(" ")[1]
        client = base64.b64decode(sent).decode()
        verifier = hashlib.sha256(said.get("code_verifier", "").encode()).digest()
        is_same = asked and asked["code_challenge"] == base64.urlsafe_b64encode(verifier).decode().rstrip("=")
        if not asked or not is_same or client != "truc:secret" or said.get("redirect_uri") != asked["redirect_uri"]:
            self._json({"error": "invalid_grant"}, 400)
            return
        self._json({"access_token": secrets.token_urlsafe(8), "token_type": "Bearer", "id_token": self._token(asked)})

    def _token(self, asked: dict[str, str]) -> str:
        now = int(time.time())
        claims = {
            "iss": self.issuer,
            "sub": self.said["subject"],
            "aud": asked["client_id"],
            "iat": now,
            "exp": now + 300,
            "nonce": asked["nonce"],
            **self.said.get("claims", {}),
        }
        kind = self.said.get("key")
        if kind == "none":
            parts = [json.dumps(part).encode() for part in ({"alg": "none"}, claims)]
            return ".".join(base64.urlsafe_b64encode(part).decode().rstrip("=") for part in parts) + "."
        name, key = next(iter(self.keys.items()))
        return jwt.encode({"alg": "RS256", "kid": name}, claims, self.other if kind == "other" else key)

    def _json(self, answer: object, status: int = 200) -> None:
        body = json.dumps(answer).encode()
        self.send_response(status)
        self.send_header("Content-Type", "application/json")
        self.send_header("Content-Length", str(len(body)))
        self.end_headers()
        self.wfile.write(body)

    def log_message(self, *_args: Any) -> None:
        """Say nothing."""


if __name__ == "__main__":
    server = ThreadingHTTPServer(("127.0.0.1", int(sys.argv[1])), Provider)
    sys.stdout.write(f"provider on {server.server_address[1]}\n")
    sys.stdout.flush()
    server.serve_forever()
