"""What leaves the hub on paper: reports as PDF in the form of an administrative document (NĐ 30/2020), A4, in Vietnamese.

Whatever is printed is what was counted: nothing is computed here that a report does not say. The same report gives the
same bytes.
"""

from hub.paper.report import MEDIA, Issuer, number, printed

__all__ = ["MEDIA", "Issuer", "number", "printed"]
