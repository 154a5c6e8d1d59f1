"""What is set, and whether every part can be reached; each trouble comes with what to do about it, in both languages."""

import os
import shutil
from datetime import UTC, datetime, timedelta
from typing import Any, Final

from sqlalchemy.exc import SQLAlchemyError

from hub import say, troubles
from hub.clamd import Clamd
from hub.domain.trust import EXPIRY_TOLD
from hub.errors import Unavailable
from hub.settings import Settings
from hub.store import row_security
from hub.store.database import Database
from hub.store.directory import certificates
from hub.store.migrate import is_current
from hub.store.trust import rechecks, sources
from hub.store.watching import mails

_OWNER_ONLY = 0o600
_MAIL_LATE = timedelta(minutes=15)  # a mail server that is only restarted is no trouble
_ROOM_BYTES = 1024**3  # less free disk than this is worth a word
_CLIENTS: Final = frozenset({"TRUC_URL", "TRUC_KEY"})  # read by the commands of an office system
_MAIL: Final = ("khởi động máy chủ thư, hoặc sửa TRUC_SMTP_*", "start the mail server, or mend TRUC_SMTP_*")
_NO_MAIL: Final = (
    "đặt TRUC_SMTP_HOST: có máy chủ thư thì thư đang chờ sẽ được gửi",
    "set TRUC_SMTP_HOST: what waits goes out once there is a mail server",
)
_UNSURE: Final = (
    "xem `truc alerts mails`; `--resend ID` gửi lại với cùng Message-ID",
    "see `truc alerts mails`; `--resend ID` sends one again under its Message-ID",
)
_CLAMD: Final = ("khởi động clamav-daemon, hoặc sửa TRUC_CLAMD", "start clamav-daemon, or mend TRUC_CLAMD")
_DATABASE: Final = ("khởi động nó, hoặc sửa TRUC_DATABASE_URL", "start it, or mend TRUC_DATABASE_URL")
_KAFKA: Final = ("khởi động nó, hoặc sửa TRUC_KAFKA_BOOTSTRAP", "start it, or mend TRUC_KAFKA_BOOTSTRAP")
_MIGRATE: Final = ("chạy truc migrate", "run `truc migrate`")
_LISTS: Final = (
    "xem truc trust sources; trong lúc chờ, nạp danh sách bằng truc trust crl",
    "see `truc trust sources`; hand a list in with `truc trust crl` meanwhile",
)
_ROOM: Final = (
    "giải phóng chỗ trống: trục từ chối văn bản (507) khi đĩa đầy",
    "make room: the hub refuses documents (507) when the disk is full",
)
_TLS: Final = (
    "đặt proxy TLS phía trước và để gateway nghe trên 127.0.0.1: khóa API chỉ đi qua TLS",
    "put a TLS proxy in front and let the gateway listen on 127.0.0.1: API keys travel over TLS only",
)


async def examine(settings: Settings) -> dict[str, Any]:
    """The effective settings and a list of checks."""
    checks: list[dict[str, Any]] = []

    def add(name: str, ok: bool, detail: str, fix: tuple[str, str] = ("", "")) -> None:  # noqa: FBT001
        told = {"fix": {"vi": fix[0], "en": fix[1]}} if not ok else {}
        checks.append({"name": name, "ok": ok, "detail": detail, **told})

    if unknown := _unknown():
        add("settings", True, f"set, and no setting of the hub's: {', '.join(unknown)}; is one misspelt?")
    if not _home(settings, add):
        return {"ok": False, "settings": settings.shown(), "checks": checks}

    await _database(settings, add)
    if settings.bus == "kafka":
        await _kafka(settings, add)
    if settings.clamd:
        up = await Clamd(settings.clamd, 5).is_up()
        add("clamd", up, "answers" if up else "does not answer", _CLAMD)
    free = shutil.disk_usage(settings.home).free
    add(
        "disk",
        free > _ROOM_BYTES,
        f"{free // 1024**2} MiB free",
        _ROOM,
    )
    key = settings.home / "hub-key.json"
    if key.exists():
        mode = key.stat().st_mode & 0o777
        add("key", mode == _OWNER_ONLY, f"mode {mode:04o}", (f"chmod 600 {key}",) * 2)
    else:
        add("key", True, "made on the first start")
    public = settings.host not in ("127.0.0.1", "::1", "localhost")
    add(
        "tls",
        not public,
        "listens on loopback" if not public else f"listens on {settings.host} without TLS of its own",
        _TLS,
    )
    return {"ok": all(c["ok"] for c in checks), "settings": settings.shown(), "checks": checks}


def _unknown() -> list[str]:
    """Variables with the hub's prefix that it does not read."""
    known = {f"TRUC_{name.upper()}" for name in Settings.model_fields} | _CLIENTS
    return sorted(name for name in os.environ if name.startswith("TRUC_") and name not in known)


def _home(settings: Settings, add: Any) -> bool:
    """Whether TRUC_HOME is a folder in which files can be made."""
    probe = settings.home / f".doctor-{os.getpid()}"
    try:
        settings.home.mkdir(parents=True, exist_ok=True)
        probe.touch()
        probe.unlink()
    except OSError as error:
        found = troubles.named(error).findings[0]
        add("home", False, found.message[1], found.fix)
        return False
    return True


async def _database(settings: Settings, add: Any) -> None:
    database = Database(settings.database)
    try:
        if not await database.is_up():
            add("database", False, "does not answer", _DATABASE)
            return
        add("database", True, "answers")
        current = await is_current(database)
        add("schema", current, "current" if current else "not current", _MIGRATE)
        if current:
            await _rows(database, settings, add)
            await _trust(database, add)
            await _mail(database, settings, add)
    except Unavailable as error:
        add("database", False, str(error), _DATABASE)
    except SQLAlchemyError as error:
        found = troubles.named(error).findings[0]
        add("database", False, found.message[1], found.fix)
    finally:
        await database.close()


async def _rows(database: Database, settings: Settings, add: Any) -> None:
    """Whether the rules stand under which agencies are to read."""
    if settings.row_security and not database.is_sqlite:
        async with database.read() as conn:
            laid = await row_security.is_laid(conn)
        add("rows", laid, "agencies read under rules" if laid else "TRUC_ROW_SECURITY, and no rules", _MIGRATE)


async def _trust(database: Database, add: Any) -> None:
    """Whether fresh word of revocation comes in, and which certificates end soon."""
    now = datetime.now(UTC)
    async with database.read() as conn:
        listed = await sources.listing(conn)
        ending = await certificates.ending_before(conn, now, now + EXPIRY_TOLD)
        waiting = (await rechecks.counts(conn)).get(rechecks.WAITING, 0)
    failing = [f"{row['url']}: {row['last_error']}" for row in listed if row["failures"]]
    if listed:
        said = f"{len(listed)} sources" + (f", failing: {'; '.join(failing[:5])}" if failing else ", all good")
        add("revocation", not failing, said, _LISTS)
    if waiting:
        add("rechecks", True, f"{waiting} envelopes accepted without fresh word of revocation wait for it")
    if ending:
        first = ", ".join(f"{row['agency']} until {row['until'].date()}" for row in ending[:5])
        add("certificates", True, f"{len(ending)} end within {EXPIRY_TOLD.days} days: {first}")


async def _mail(database: Database, settings: Settings, add: Any) -> None:
    """Whether digests go out: which wait, since when and why, and which a person has to decide about."""
    async with database.read() as conn:
        counts = await mails.counts(conn)
        waiting, since, reason = await mails.waiting(conn)
    if not settings.smtp_host:
        told = f"no mail server is set: digests are not sent ({waiting} wait)" if waiting else "no mail server is set"
        add("mail", not waiting, told, _NO_MAIL)
        return
    sent = f"{counts.get(mails.SENT, 0)} sent"
    late = since is not None and datetime.now(UTC) - since > _MAIL_LATE
    behind = f", {waiting} waiting since {since:%Y-%m-%dT%H:%MZ}" + (f": {reason}" if reason else "") if since else ""
    add("mail", not late, f"through {settings.smtp_host}: {sent}{behind}", _MAIL)
    if unsure := counts.get(mails.UNCERTAIN, 0):
        add("mail uncertain", False, f"{unsure} may or may not have arrived", _UNSURE)
    if refused := counts.get(mails.REFUSED, 0):
        add("mail refused", True, f"{refused} refused by the server for good; see `truc alerts mails`")


async def _kafka(settings: Settings, add: Any) -> None:
    from hub.bus.kafka import missing_topics

    try:
        missing = await missing_topics(settings.kafka_bootstrap, settings.topic_prefix)
    except Unavailable as error:
        add("kafka", False, str(error), _KAFKA)
        return
    add("kafka", True, "answers")
    add("topics", not missing, "all four" if not missing else f"missing: {', '.join(missing)}", _MIGRATE)


def print_findings(report: dict[str, Any]) -> None:
    """For a person."""
    for name, value in report["settings"].items():
        say.line(f"{name}={value}")
    for check in report["checks"]:
        say.line(f"[{'ok' if check['ok'] else '!!'}] {check['name']}: {check['detail']}")
        if not check["ok"]:
            first, other = ("vi", "en") if say.is_vietnamese() else ("en", "vi")
            say.line(f"     -> {check['fix'][first]}\n        {other}: {check['fix'][other]}")
