"""The hub's figures for Prometheus, each named by hand. One process is one scrape target."""

from typing import Final

from prometheus_client import Counter, Gauge, Histogram

ENVELOPES: Final = Counter(
    "truc_envelopes_total", "Envelopes posted, by outcome (accepted, or a finding's code).", ["outcome"]
)
ACCEPT_SECONDS: Final = Histogram(
    "truc_accept_seconds",
    "From the request's first byte to its receipt.",
    buckets=(0.002, 0.005, 0.01, 0.02, 0.05, 0.1, 0.2, 0.5, 1, 2, 5, 10),
)
VERIFY_SECONDS: Final = Histogram(
    "truc_verify_seconds",
    "From a whole body to what its signature is worth: gate, reading, signature, chain.",
    buckets=(0.0005, 0.001, 0.002, 0.005, 0.01, 0.02, 0.05, 0.1, 0.5, 2, 10, 60),
)
SPOOLED: Final = Gauge("truc_spooled_bytes", "Bytes of large bodies that lie in the spool, or are announced for it.")
OPENING_SECONDS: Final = Histogram(
    "truc_large_opening_seconds",
    "From a large document's place in the line to its verdict.",
    buckets=(0.1, 0.2, 0.5, 1, 2, 5, 10, 20, 60, 120),
)
VXP_CALLS: Final = Counter(
    "truc_vxp_calls_total",
    "Calls of clients of the national axis, by operation and outcome (OK, an ErrorCode, or disconnected).",
    ["operation", "outcome"],
)
SIGNATURES: Final = Counter(
    "truc_signatures_total",
    "Signatures of envelopes posted, by verdict, its reason (a finding's code) and whether policy took them.",
    ["verdict", "reason", "taken"],
)
PDF_SIGNATURES: Final = Counter(
    "truc_pdf_signatures_total", "Signatures in PDFs by verdict; PDFs without any by their state.", ["verdict"]
)
SCANNED: Final = Counter("truc_scanned_total", "Documents scanned for malware, by what was found.", ["verdict"])
QUARANTINE: Final = Gauge("truc_quarantine_documents", "Documents in quarantine (counted up to 10,000).")
UNINSPECTED: Final = Gauge("truc_uninspected_documents", "Documents that wait to be looked into (up to 10,000).")
OUTBOX: Final = Gauge("truc_outbox_notes", "Notes waiting to be carried (counted up to 100,000).")
OUTBOX_OLDEST: Final = Gauge(
    "truc_outbox_oldest_seconds", "Age of the delivery whose note has waited longest to be carried; 0 when none waits."
)
DELIVERIES: Final = Gauge(
    "truc_deliveries",
    "Documents not yet collected, and dead letters, by state and the recipient's level (the oldest 50,000 of each).",
    ["state", "level"],
)
DELIVERY_OLDEST: Final = Gauge(
    "truc_delivery_oldest_seconds", "Age of the oldest of them, by the clock on the wall.", ["state", "level"]
)
UP: Final = Gauge("truc_part_up", "Whether a part answers (1) or not (0).", ["part"])
LEDGER: Final = Gauge(
    "truc_ledger_deliveries", "Deliveries that the ledger holds open: pending, or dead until requeued.", ["state"]
)
UNBALANCED: Final = Gauge(
    "truc_ledger_unbalanced", "Rows of the ledger whose receipts promise other deliveries than there are: must be 0."
)
BEHIND: Final = Gauge("truc_ledger_behind_seconds", "Age of the oldest envelope that is not in the ledger yet.")
FETCHES: Final = Counter(
    "truc_revocation_fetches_total",
    "Fetches of lists (crl), answers (ocsp) and CAs (ca), by outcome.",
    ["kind", "outcome"],
)
SOURCES: Final = Gauge(
    "truc_revocation_sources", "Sources of lists and answers: all, failing, or with nothing fresh (stale).", ["which"]
)
RECHECKED: Final = Counter(
    "truc_rechecked_envelopes_total",
    "Envelopes accepted without fresh word of revocation, by what it said later.",
    ["outcome"],
)
LOG_LEAVES: Final = Gauge("truc_log_leaves", "Entries of the append-only log.")
LOG_BEHIND: Final = Gauge(
    "truc_log_behind_seconds", "Age of the log's newest head while there is anything that it does not cover, else 0."
)
LOG_UNSTAMPED: Final = Gauge(
    "truc_log_unstamped_seconds",
    "Age of the first head that no time-stamp speaks for, with a time-stamp authority set; else 0.",
)
ALERTS: Final = Gauge("truc_alerts", "Alerts that are not cleared, by kind and state.", ["kind", "state"])
ALERT_SECONDS: Final = Histogram(
    "truc_alert_slice_seconds",
    "The longest look of one turn of the alerts: at 200 agencies.",
    buckets=(0.01, 0.05, 0.1, 0.2, 0.5, 1, 2, 5),
)
MAIL_WAITING: Final = Gauge("truc_mail_waiting", "Digests written and not yet sent.")
MAIL_UP: Final = Gauge("truc_mail_up", "0 while mail waits because the mail server took none, else 1.")
