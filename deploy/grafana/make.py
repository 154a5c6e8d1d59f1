#!/usr/bin/env python3
"""Write truc.json, the dashboard for Grafana, from the short list below: `python deploy/grafana/make.py`."""

import json
from pathlib import Path
from typing import Any, Final

PANELS: Final = (  # title, unit, queries (legend, expression)
    (
        "Tiếp nhận mỗi giây · Accepted per second",
        "reqps",
        (("accepted", 'sum(rate(truc_envelopes_total{outcome="accepted"}[5m]))'),),
    ),
    (
        "Từ chối theo lý do · Refused by code",
        "reqps",
        (
            (
                "{{outcome}}",
                'topk(10, sum by (outcome) (rate(truc_envelopes_total{outcome!~"accepted|answered|disconnected"}[15m])))',
            ),
        ),
    ),
    (
        "Thời gian tiếp nhận · Seconds to accept",
        "s",
        (
            ("p50", "histogram_quantile(0.5, sum by (le) (rate(truc_accept_seconds_bucket[5m])))"),
            ("p99", "histogram_quantile(0.99, sum by (le) (rate(truc_accept_seconds_bucket[5m])))"),
        ),
    ),
    ("Lượt giao đang mở · Open deliveries", "short", (("{{state}}", "max by (state) (truc_ledger_deliveries)"),)),
    (
        "Văn bản chưa lấy về theo cấp · Not collected, by level",
        "short",
        (("{{state}} {{level}}", "max by (state, level) (truc_deliveries)"),),
    ),
    (
        "Văn bản cũ nhất đang chờ · Age of the oldest",
        "s",
        (("{{state}} {{level}}", "max by (state, level) (truc_delivery_oldest_seconds)"),),
    ),
    ("Phiếu chờ chuyển · Notes waiting", "short", (("outbox", "max(truc_outbox_notes)"),)),
    ("Phiếu chờ lâu nhất · Age of the oldest note", "s", (("outbox", "max(truc_outbox_oldest_seconds)"),)),
    (
        "Thời gian kiểm chữ ký · Seconds to verify",
        "s",
        (
            ("p50", "histogram_quantile(0.5, sum by (le) (rate(truc_verify_seconds_bucket[5m])))"),
            ("p99", "histogram_quantile(0.99, sum by (le) (rate(truc_verify_seconds_bucket[5m])))"),
        ),
    ),
    ("Sổ không khớp · Ledger out of balance", "short", (("rows", "max(truc_ledger_unbalanced)"),)),
    ("Sổ chậm · Ledger behind", "s", (("seconds", "max(truc_ledger_behind_seconds)"),)),
    (
        "Chữ ký theo kết luận · Signatures by verdict",
        "reqps",
        (("{{verdict}}", "sum by (verdict) (rate(truc_signatures_total[15m]))"),),
    ),
    (
        "Cảnh báo đang mở · Open alerts",
        "short",
        (("{{kind}}", "max by (kind) (sum by (instance, kind) (truc_alerts))"),),
    ),
    ("Nguồn thu hồi · Revocation sources", "short", (("{{which}}", "max by (which) (truc_revocation_sources)"),)),
    ("Thành phần · Parts", "bool_yes_no", (("{{part}}", "min by (part) (truc_part_up)"),)),
    ("Cách ly · Quarantine", "short", (("documents", "max(truc_quarantine_documents)"),)),
)
_WIDTH, _HEIGHT = 8, 8


def dashboard() -> dict[str, Any]:
    """The dashboard as Grafana imports it; the data source is asked for then."""
    panels = [
        {
            "id": number + 1,
            "type": "timeseries",
            "title": title,
            "datasource": {"type": "prometheus", "uid": "${DS_PROMETHEUS}"},
            "gridPos": {"x": number % 3 * _WIDTH, "y": number // 3 * _HEIGHT, "w": _WIDTH, "h": _HEIGHT},
            "fieldConfig": {"defaults": {"unit": unit, "min": 0}, "overrides": []},
            "targets": [
                {"refId": chr(65 + place), "legendFormat": legend, "expr": expression}
                for place, (legend, expression) in enumerate(queries)
            ],
        }
        for number, (title, unit, queries) in enumerate(PANELS)
    ]
    return {
        "__inputs": [
            {
                "name": "DS_PROMETHEUS",
                "label": "Prometheus",
                "type": "datasource",
                "pluginId": "prometheus",
                "pluginName": "Prometheus",
            }
        ],
        "title": "Trục liên thông văn bản",
        "uid": "truc",
        "tags": ["truc"],
        "timezone": "Asia/Ho_Chi_Minh",
        "schemaVersion": 39,
        "refresh": "30s",
        "time": {"from": "now-6h", "to": "now"},
        "panels": panels,
    }


def text() -> str:
    """The file's content."""
    return json.dumps(dashboard(), ensure_ascii=False, indent=1) + "\n"


if __name__ == "__main__":
    Path(__file__).with_name("truc.json").write_text(text(), "utf-8")
