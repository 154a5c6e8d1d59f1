"""What is set, and whether every part can be reached; each trouble comes with what to do about it."""

import shutil
from datetime import UTC, datetime
from typing import Any

from hub import say
from hub.clamd import Clamd
from hub.domain.trust import EXPIRY_TOLD
from hub.errors import Unavailable
from hub.settings import Settings
from hub.store import certificates, rechecks, sources
from hub.store.database import Database
from hub.store.migrate import is_current

_OWNER_ONLY = 0o600
_ROOM_BYTES = 1024**3  # less free disk than this is worth a word


async def examine(settings: Settings) -> dict[str, Any]:
    """The effective settings and a list of checks."""
    checks: list[dict[str, Any]] = []

    def add(name: str, ok: bool, detail: str, fix: str = "") -> None:  # noqa: FBT001
        checks.append({"name": name, "ok": ok, "detail": detail, **({"fix": fix} if not ok else {})})

    await _database(settings, add)
    if settings.bus == "kafka":
        await _kafka(settings, add)
    if settings.clamd:
        up = await Clamd(settings.clamd, 5).is_up()
        add("clamd", up, "answers" if up else "does not answer", "start clamav-daemon, or mend TRUC_CLAMD")
    settings.home.mkdir(parents=True, exist_ok=True)
    free = shutil.disk_usage(settings.home).free
    add(
        "disk",
        free > _ROOM_BYTES,
        f"{free // 1024**2} MiB free",
        "make room: the hub refuses documents (507) when the disk is full",
    )
    key = settings.home / "hub-key.json"
    if key.exists():
        mode = key.stat().st_mode & 0o777
        add("key", mode == _OWNER_ONLY, f"mode {mode:04o}", f"chmod 600 {key}")
    else:
        add("key", True, "made on the first start")
    public = settings.host not in ("127.0.0.1", "::1", "localhost")
    add(
        "tls",
        not public,
        "listens on loopback" if not public else f"listens on {settings.host} without TLS of its own",
        "put a TLS proxy in front and let the gateway listen on 127.0.0.1: API keys travel over TLS only",
    )
    return {"ok": all(c["ok"] for c in checks), "settings": settings.shown(), "checks": checks}


async def _database(settings: Settings, add: Any) -> None:
    database = Database(settings.database)
    try:
        if not await database.is_up():
            add("database", False, "does not answer", "start it, or mend TRUC_DATABASE_URL")
            return
        add("database", True, "answers")
        current = await is_current(database)
        add("schema", current, "current" if current else "not current", "run `truc migrate`")
        if current:
            await _trust(database, add)
    except Unavailable as error:
        add("database", False, str(error), "start it, or mend TRUC_DATABASE_URL")
    finally:
        await database.close()


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
        fix = "see `truc trust sources`; hand a list in with `truc trust crl` meanwhile"
        add("revocation", not failing, said, fix)
    if waiting:
        add("rechecks", True, f"{waiting} envelopes accepted without fresh word of revocation wait for it")
    if ending:
        first = ", ".join(f"{row['agency']} until {row['until'].date()}" for row in ending[:5])
        add("certificates", True, f"{len(ending)} end within {EXPIRY_TOLD.days} days: {first}")


async def _kafka(settings: Settings, add: Any) -> None:
    from hub.bus.kafka import missing_topics

    try:
        missing = await missing_topics(settings.kafka_bootstrap, settings.topic_prefix)
    except Unavailable as error:
        add("kafka", False, str(error), "start it, or mend TRUC_KAFKA_BOOTSTRAP")
        return
    add("kafka", True, "answers")
    add("topics", not missing, "all four" if not missing else f"missing: {', '.join(missing)}", "run `truc migrate`")


def print_findings(report: dict[str, Any]) -> None:
    """For a person."""
    for name, value in report["settings"].items():
        say.line(f"{name}={value}")
    for check in report["checks"]:
        say.line(f"[{'ok' if check['ok'] else '!!'}] {check['name']}: {check['detail']}")
        if not check["ok"]:
            say.line(f"     -> {check['fix']}")
