"""Every table. Ids are UUIDs, times are UTC, agency columns hold canonical codes.

One module a subject; all hang on the one `metadata`, which the migrations are compared with.
"""

from hub.store.tables.access import audit, audit_head, login_try, person_identity, request_nonce, session
from hub.store.tables.base import metadata
from hub.store.tables.directory import agency, agency_alias, agency_name, api_key, directory_version, person
from hub.store.tables.ledger import ledger, ledger_place
from hub.store.tables.proof import (
    delivery_receipt,
    hub_key,
    log_head,
    log_leaf,
    log_state,
    log_tile,
    refusal,
    registry_change,
)
from hub.store.tables.road import PENDING, breaker, delivery, envelope, event, idempotency, original, outbox, report
from hub.store.tables.trust import (
    certificate,
    ocsp_answer,
    recheck,
    revocation_list,
    rotation,
    trust_anchor,
    trust_source,
    turn,
)
from hub.store.tables.vxp import vxp_narrowing, vxp_system, vxp_unit

__all__ = [
    "PENDING",
    "agency",
    "agency_alias",
    "agency_name",
    "api_key",
    "breaker",
    "certificate",
    "delivery",
    "delivery_receipt",
    "directory_version",
    "envelope",
    "event",
    "hub_key",
    "idempotency",
    "ledger",
    "ledger_place",
    "log_head",
    "log_leaf",
    "log_state",
    "log_tile",
    "metadata",
    "ocsp_answer",
    "original",
    "outbox",
    "person",
    "recheck",
    "refusal",
    "registry_change",
    "report",
    "revocation_list",
    "rotation",
    "trust_anchor",
    "trust_source",
    "turn",
    "vxp_narrowing",
    "audit",
    "audit_head",
    "vxp_system",
    "vxp_unit",
]
    "login_try",
    "mail",
    "person_identity",
    "request_nonce",
    "session",
    "signature_refusal",
