"""Findings of commands and processes about what they stand on: files, settings, the database, ports, the hub they call."""

from typing import Final

from hub.findings.text import Text

TEXTS: Final[dict[str, Text]] = {
    "file-unusable": Text(
        ("Không dùng được tệp hoặc thư mục", "A file or folder cannot be used"),
        (
            "Kiểm tra đường dẫn, quyền đọc/ghi của người chạy lệnh và chỗ trống trên đĩa. TRUC_HOME quyết định nơi trục lưu tệp.",
            "Check the path, whether this user may read and write there, and the disk's room. TRUC_HOME is the hub's folder.",
        ),
        ("Không đọc hoặc ghi được {file}: {reason}.", "cannot read or write {file}: {reason}."),
    ),
    "setting-invalid": Text(
        ("Giá trị thiết lập không dùng được", "A setting has a value that cannot be used"),
        (
            "Sửa biến môi trường {name} hoặc dòng của nó trong truc.toml; bỏ đi thì dùng mặc định: {default}.",
            "Mend the environment variable {name} or its line in truc.toml; without it the default counts: {default}.",
        ),
        ("{name} = “{value}”: {problem}.", "{name} = “{value}”: {problem}."),
    ),
    "settings-file": Text(
        ("Không đọc được truc.toml", "truc.toml cannot be read"),
        (
            'Mỗi dòng có dạng tên = giá trị, ví dụ port = 8081 hoặc bus = "kafka".',
            'Each line reads name = value, such as port = 8081 or bus = "kafka".',
        ),
        ("Trong thư mục hiện tại: {reason}.", "In the working directory: {reason}."),
    ),
    "database-damaged": Text(
        ("Tệp dữ liệu không phải của trục hoặc đã hỏng", "The database file is not the hub's, or is damaged"),
        (
            "Dừng trục, giữ nguyên tệp để điều tra, rồi phục hồi từ bản sao lưu gần nhất; hoặc trỏ TRUC_HOME tới thư mục khác.",
            "Stop the hub, keep the file for a closer look and restore the latest backup; or set another TRUC_HOME.",
        ),
        ("Cơ sở dữ liệu báo: {reason}.", "The database says: {reason}."),
    ),
    "no-room": Text(
        ("Đĩa đầy", "The disk is full"),
        (
            "Giải phóng chỗ trên đĩa chứa cơ sở dữ liệu và TRUC_HOME, rồi chạy lại; không có gì dở dang được giữ lại.",
            "Make room on the disk of the database and of TRUC_HOME, then run it again; nothing half done was kept.",
        ),
        ("Trục báo: {reason}.", "The hub says: {reason}."),
    ),
    "database-schema": Text(
        ("Cơ sở dữ liệu chưa ở đúng phiên bản", "The database has another schema than this release"),
        ("Chạy truc migrate, rồi chạy lại lệnh này.", "Run `truc migrate`, then this command again."),
    ),
    "part-down": Text(
        ("Một phần của trục không trả lời", "A part of the hub does not answer"),
        (
            "Chạy truc doctor để biết phần nào và cách sửa; khởi động phần đó hoặc sửa thiết lập của nó, rồi thử lại.",
            "Run `truc doctor`: it says which part, and what to do. Start the part or mend its setting, then try again.",
        ),
        ("Trục không làm được: {reason}.", "It cannot be done now: {reason}."),
    ),
    "cannot-listen": Text(
        ("Không mở được cổng", "The port cannot be opened"),
        (
            "Chọn cổng khác (TRUC_PORT=0 lấy cổng trống), dừng chương trình đang giữ cổng, hoặc sửa TRUC_HOST.",
            "Choose another port (TRUC_PORT=0 takes a free one), stop the program that holds it, or mend TRUC_HOST.",
        ),
        ("Không nghe được trên {address}: {reason}.", "cannot listen on {address}: {reason}."),
    ),
    "hub-silent": Text(
        ("Trục không trả lời", "The hub does not answer"),
        (
            "Kiểm tra --url (hoặc TRUC_URL), mạng, và trục có đang chạy không. Gửi lại cùng một tệp là an toàn.",
            "Check --url (or TRUC_URL), the network, and whether the hub runs. Sending the same file again is safe.",
        ),
        ("Không gọi được {url}: {reason}.", "{url} cannot be called: {reason}."),
    ),
    "not-a-hub": Text(
        ("Câu trả lời không phải của trục", "What answers there is no hub"),
        (
            "Kiểm tra --url (hoặc TRUC_URL): chỉ gồm http(s)://máy:cổng, không có đường dẫn.",
            "Check --url (or TRUC_URL): http(s)://host:port and no path.",
        ),
        ("{url} trả lời {status}.", "{url} answered {status}."),
    ),
    "key-of-another": Text(
        ("Khóa riêng không thuộc chứng thư", "The private key is not the certificate's"),
        (
            "Dùng khóa riêng đã sinh cùng yêu cầu cấp chứng thư này; trục sẽ không tin chữ ký làm bằng khóa khác.",
            "Use the key that the certificate was issued for; no hub would believe a signature made with another.",
        ),
    ),
    "key-unreadable": Text(
        ("Không đọc được khóa riêng", "The private key cannot be read"),
        (
            "Đưa khóa RSA, P-256 hoặc P-384 dạng PEM không đặt mật khẩu (openssl pkey -in KHÓA -out KHÓA-MỚI), chỉ chủ đọc được.",
            "Give an RSA, P-256 or P-384 key as PEM without a password (openssl pkey -in KEY -out NEW), its owner's alone.",
        ),
        ("Không đọc được khóa riêng: {reason}.", "The private key cannot be read: {reason}."),
    ),
    "hub-key-damaged": Text(
        ("Khóa của trục bị hỏng", "The hub's own key is damaged"),
        (
            "Phục hồi {file} từ bản sao lưu hoặc từ máy khác của trục; không tạo khóa mới khi chưa hỏi người quản trị.",
            "Restore {file} from a backup or from another machine of the hub; do not make a new one without the admins.",
        ),
        ("Không đọc được {file}: {reason}.", "{file} cannot be read: {reason}."),
    ),
    "installation-stale": Text(
        ("Môi trường cài đặt thiếu một thư viện", "The installation lacks a library"),
        ("Chạy make install trong thư mục mã nguồn.", "Run `make install` in the folder of the source."),
        ("Thiếu {name}.", "{name} is missing."),
    ),
    "broken": Text(
        ("Lệnh gặp lỗi không lường trước", "The command met something nobody expected"),
        (
            "Chạy lại với TRUC_LOG_LEVEL=debug để thấy vết lỗi, và gửi vết đó cùng câu lệnh cho nhóm phát triển.",
            "Run it again with TRUC_LOG_LEVEL=debug to see where, and send that with the command to the developers.",
        ),
        ("Lỗi không lường trước: {reason}.", "Nobody expected this: {reason}."),
    ),
}
