"""The pages of administration, to be mounted together."""

from typing import Final

from hub.console import agencies, agency, keeping

ROUTERS: Final = (agencies.router, agency.router, keeping.router)
