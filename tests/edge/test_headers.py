"""Every answer of every route guards the browser that may get it, and lets no script run."""

import re

import httpx
import pytest

from hub.gateway.guards import GUARDS
from tests.edge.hub import Edge

pytestmark = pytest.mark.xdist_group("edge")
ALWAYS = ("content-security-policy", "x-frame-options", "x-content-type-options", "referrer-policy")


def routes(edge: Edge, http: httpx.Client) -> list[tuple[str, str]]:
    """Every method and path that the hub describes, and those of its pages."""
    described = http.get("/openapi.json").json()["paths"]
    found = [(method.upper(), path) for path, methods in described.items() for method in methods]
    pages = [
        ("GET", path) for path in ("/", "/login", "/document/x", "/static/console.css", "/static/nothing", "/nowhere")
    ]
    return [(method, re.sub(r"{[^}]*}", "x", path)) for method, path in [*found, *pages, ("GET", "/openapi.json")]]


@pytest.mark.parametrize("office", ["", "G22"], ids=["a stranger", "an agency"])
def test_every_route_answers_with_the_guards(edge: Edge, office: str) -> None:
    key = {"Authorization": f"Bearer {edge.offices[office].key}"} if office else {}
    bare = []
    with httpx.Client(base_url=f"http://127.0.0.1:{edge.port}", headers=key, timeout=30) as http:
        all_routes = [route for route in routes(edge, http) if not route[1].endswith("/stream") or not office]
        for method, path in all_routes:
            answer = http.request(method, path)
            missing = [name for name in ALWAYS if name not in answer.headers]
            policy = answer.headers.get("content-security-policy", "")
            if (
                missing
                or "default-src 'none'" not in policy
                or "unsafe" in policy
                or "frame-ancestors 'none'" not in policy
            ):
                bare.append((method, path, answer.status_code, missing, policy))

    assert len(all_routes) > 30
    assert bare == []


def test_what_is_no_page_and_no_file_is_never_kept(edge: Edge) -> None:
    with httpx.Client(base_url=f"http://127.0.0.1:{edge.port}", timeout=30) as http:
        kept = {path: http.get(path).headers["cache-control"] for path in ("/v1/inbox", "/livez", "/login", "/nowhere")}

    assert set(kept.values()) == {dict(GUARDS)[b"cache-control"].decode()}


def test_no_page_says_what_serves_it(edge: Edge) -> None:
    with httpx.Client(base_url=f"http://127.0.0.1:{edge.port}", timeout=30) as http:
        assert not {"server", "x-powered-by"} & set(http.get("/login").headers)
