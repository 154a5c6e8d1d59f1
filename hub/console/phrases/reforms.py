"""What an agency's page says of its changes by day."""

from typing import Final

PHRASES: Final[dict[str, tuple[str, str]]] = {
    "directory_changes": ("Thay đổi theo ngày", "Changes by day"),
    "no_directory_changes": (
        "Chưa có thay đổi nào được lập cho cơ quan này.",
        "No change of this agency was ever planned.",
    ),
    "holds_from": ("Hiệu lực từ", "Holds from"),
    "change_of": ("Thay đổi", "Change"),
    "change_persons": ("Người lập · người duyệt", "Planned by · approved by"),
    "change_state": ("Tình trạng", "State"),
    "gso": ("Mã thống kê (GSO)", "Statistical code"),
    "continues": ("Tiếp nối mã", "Goes on from"),
    "served_by": ("Hệ thống phục vụ", "Served by"),
}
