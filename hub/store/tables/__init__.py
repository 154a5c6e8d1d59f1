"""Every table. Ids are UUIDs, times are UTC, agency columns hold canonical codes.

One module a subject; all hang on the one `metadata`, which the migrations are compared with.
"""

from hub.store.tables.access import audit, audit_head, login_try, person_identity, request_nonce, session
from hub.store.tables.base import metadata
from hub.store.tables.board import agency_day, agency_month, type_day
from hub.store.tables.contents import inspection, signature_refusal
from hub.store.tables.directory import agency, agency_alias, agency_name, api_key, directory_version, person
from hub.store.tables.ledger import ledger, ledger_place
from hub.store.tables.life import change, group_member, recipient_group, relation
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
from hub.store.tables.road import (
    IN_INBOX,
    PENDING,
    UNANSWERED,
    breaker,
    delivery,
    envelope,
    event,
    idempotency,
    original,
    outbox,
    report,
)
from hub.store.tables.saved import saved_view
from hub.store.tables.search import party, party_until, search, search_until
from hub.store.tables.subscriptions import report_subscription
from hub.store.tables.time import agency_fact, agency_reach, directory_change, directory_change_agency
from hub.store.tables.traffic import traffic
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
from hub.store.tables.uploads import upload, upload_part
from hub.store.tables.vxp import vxp_narrowing, vxp_system, vxp_unit
from hub.store.tables.watching import (
    agency_seen,
    alert,
    alert_case,
    answer_due,
    calendar_override,
    declared_figure,
    issued_report,
    mail,
    notice,
    watch_mark,
    working_hours,
)

__all__ = [
    "IN_INBOX",
    "PENDING",
    "UNANSWERED",
    "agency",
    "agency_alias",
    "agency_day",
    "agency_fact",
    "agency_month",
    "agency_name",
    "agency_reach",
    "agency_seen",
    "alert",
    "alert_case",
    "answer_due",
    "api_key",
    "audit",
    "audit_head",
    "breaker",
    "calendar_override",
    "certificate",
    "change",
    "declared_figure",
    "delivery",
    "delivery_receipt",
    "directory_change",
    "directory_change_agency",
    "directory_version",
    "envelope",
    "event",
    "group_member",
    "hub_key",
    "idempotency",
    "inspection",
    "issued_report",
    "ledger",
    "ledger_place",
    "log_head",
    "log_leaf",
    "log_state",
    "log_tile",
    "login_try",
    "mail",
    "metadata",
    "notice",
    "ocsp_answer",
    "original",
    "outbox",
    "party",
    "party_until",
    "person",
    "person_identity",
    "recheck",
    "recipient_group",
    "refusal",
    "registry_change",
    "relation",
    "report",
    "report_subscription",
    "request_nonce",
    "revocation_list",
    "rotation",
    "saved_view",
    "search",
    "search_until",
    "session",
    "signature_refusal",
    "traffic",
    "trust_anchor",
    "trust_source",
    "turn",
    "type_day",
    "upload",
    "upload_part",
    "vxp_narrowing",
    "vxp_system",
    "vxp_unit",
    "watch_mark",
    "working_hours",
]
