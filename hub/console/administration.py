"""The pages of administration, to be mounted together."""

from typing import Final

from hub.console import agencies, agency, audit, certificates, deciding, keeping, mine, system

ROUTERS: Final = tuple(page.router for page in (agencies, agency, keeping, certificates, system, deciding, audit, mine))
