"""A client for a Trục hub, sync and async, in a folder to copy.

    with Office("https://hub.example", "trk_…") as office:
        answer = office.send(sign(body, certificate_pem, key_pem))
        claims = verify_receipt(answer["receipt"]["jws"], office.keys(), body)
        for item in office.wait():
            store(office.fetch(item))           # yours: keep it before you confirm
            office.save(item, Path("in.edxml")) # … or never hold it: it may be 100 MiB
            office.confirm(item)
            office.report(item, "03", "Đã vào sổ")

`AsyncOffice` has the same methods, to be awaited. Sending again is harmless: both retry by themselves. `office` and
`exchanges` need httpx; `papers`, which signs and checks, needs lxml and cryptography: who signs elsewhere leaves it out.
"""

from .exchanges import Refused, Unreachable
from .office import AsyncOffice, Office
from .papers import sign, verify_receipt

__all__ = ["AsyncOffice", "Office", "Refused", "Unreachable", "sign", "verify_receipt"]
