"""Structured logs: one line an event, JSON in production, readable at a desk. Secrets are never passed to it."""

import logging
import sys
from typing import Any, Final

import structlog

_NOISY: Final = ("alembic", "uvicorn.error", "uvicorn.access", "aiokafka", "httpx", "httpcore", "aiosqlite")
_REPEATING: Final = "aiokafka"
_AGAIN_SECONDS: Final = 60.0  # Kafka's client says what it misses ten times a second, for as long as it is missed
_REMEMBERED_AT_MOST: Final = 1_000  # sentences; they name nodes and topics, of which there are fewer


class _Once(logging.Filter):
    """Lets Kafka's client say the same sentence once a minute."""

    def __init__(self) -> None:
        super().__init__()
        self._said: dict[tuple[str, str], float] = {}

    def filter(self, record: logging.LogRecord) -> bool:
        """Whether a record is news; everybody else's always are."""
        if record.name.partition(".")[0] != _REPEATING:
            return True
        sentence = (record.name, record.getMessage())
        if record.created - self._said.get(sentence, -_AGAIN_SECONDS) < _AGAIN_SECONDS:
            return False
        if len(self._said) >= _REMEMBERED_AT_MOST:
            self._said.clear()
        self._said[sentence] = record.created
        return True


def configure(fmt: str, level: str) -> None:
    """Set up structlog and the standard library's loggers alike; lines go to stderr, stdout belongs to answers."""
    number = logging.getLevelNamesMapping()[level.upper()]
    shared: list[Any] = [
        structlog.contextvars.merge_contextvars,
        structlog.stdlib.add_logger_name,
        structlog.processors.add_log_level,
        structlog.processors.TimeStamper(fmt="iso", utc=True),
        structlog.processors.format_exc_info,
    ]
    renderer: Any = (
        structlog.processors.JSONRenderer() if fmt == "json" else structlog.dev.ConsoleRenderer(colors=False)
    )
    structlog.configure(
        processors=[*shared, structlog.stdlib.ProcessorFormatter.wrap_for_formatter],
        wrapper_class=structlog.make_filtering_bound_logger(number),
        logger_factory=structlog.stdlib.LoggerFactory(),
        cache_logger_on_first_use=True,
    )
    handler = logging.StreamHandler(sys.stderr)
    handler.setFormatter(
        structlog.stdlib.ProcessorFormatter(
            foreign_pre_chain=shared, processors=[structlog.stdlib.ProcessorFormatter.remove_processors_meta, renderer]
        )
    )
    handler.addFilter(_Once())
    root = logging.getLogger()
    root.handlers[:] = [handler]
    root.setLevel(number)
    for noisy in _NOISY:
        logging.getLogger(noisy).setLevel(logging.WARNING)


def get(name: str) -> Any:
    """The logger of a module."""
    return structlog.stdlib.get_logger(name)
