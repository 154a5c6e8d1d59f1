"""Findings about signature."""

from typing import Final

from hub.findings.text import Text

TEXTS: Final[dict[str, Text]] = {}
