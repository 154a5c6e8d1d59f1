"""What OpenAPI cannot see by itself: the hot route, which is no FastAPI route."""

from typing import Any

from fastapi import FastAPI
from fastapi.openapi.utils import get_openapi

_PROBLEM = {"description": "RFC 9457 problem document", "content": {"application/problem+json": {}}}
_POST: dict[str, Any] = {
    "tags": ["Gửi · Send"],
    "summary": "Send an edXML envelope",
    "description": "The body is the edXML bytes, signed, in UTF-8. 202 the first time, 200 with the same receipt after.",
    "operationId": "post_envelope",
    "security": [{"bearer": []}],
    "parameters": [
        {
            "name": "dry_run",
            "in": "query",
            "schema": {"type": "boolean"},
            "description": "Check everything, keep nothing.",
        },
        {"name": "Idempotency-Key", "in": "header", "schema": {"type": "string", "maxLength": 255}},
        {"name": "Content-Digest", "in": "header", "schema": {"type": "string"}},
        {"name": "Prefer", "in": "header", "schema": {"type": "string"}, "description": "handling=lenient"},
    ],
    "requestBody": {
        "required": True,
        "content": {kind: {"schema": {"type": "string"}} for kind in ("application/xml", "text/xml")},
    },
    "responses": {
        "202": {"description": "Accepted: the hub is responsible from here on.", "content": {"application/json": {}}},
        "200": {"description": "The same bytes again, or a dry run.", "content": {"application/json": {}}},
        **{str(code): _PROBLEM for code in (400, 401, 403, 408, 409, 411, 413, 415, 417, 422, 503, 507)},
    },
}


def document_post(api: FastAPI) -> None:
    """Make `/openapi.json` tell the whole surface."""

    def openapi() -> dict[str, Any]:
        if api.openapi_schema is None:
            schema = get_openapi(
                title=api.title, version=api.version, summary=api.summary, routes=api.routes, openapi_version="3.1.0"
            )
            schema["paths"].setdefault("/v1/envelopes", {})["post"] = _POST
            schemes = schema.setdefault("components", {}).setdefault("securitySchemes", {})
            schemes["bearer"] = {"type": "http", "scheme": "bearer"}
            api.openapi_schema = schema
        return api.openapi_schema

    api.openapi = openapi  # type: ignore[method-assign]
