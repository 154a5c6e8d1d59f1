"""An agency replaces its own certificate, by a request signed with the key that goes and the key that comes."""

from datetime import UTC, datetime
from typing import Annotated

from fastapi import APIRouter, Depends, Request
from fastapi.responses import JSONResponse

from hub import bodies, log
from hub.domain import access
from hub.domain.access import Action
from hub.domain.agency import Agency, BoundCertificate
from hub.domain.trust import Judgement
from hub.errors import RevocationUnavailable, rejected
from hub.gateway.callers import may, the_hub
from hub.gateway.views import at
from hub.store.directory import agencies, rotations
from hub.trust import rotation
from hub.trust.certificates import CertificateFacts, describe
from hub.wiring import Hub
from hub.xml.certificates import read_leaf

router = APIRouter(tags=["Danh bạ · Directory"])
TheHub = Annotated[Hub, Depends(the_hub)]
_logger = log.get(__name__)


@router.post(
    "/v1/agencies/me/certificates",
    status_code=201,
    openapi_extra={"requestBody": {"content": {"application/jose": {"schema": {"type": "string"}}}, "required": True}},
)
async def rotate(request: Request, hub: TheHub, who: Annotated[Agency, Depends(may(Action.ROTATE))]) -> JSONResponse:
    """Bind the certificate that a request made by `truc rotate` carries; the old one counts for 30 days more."""
    announced = bodies.check_headers(dict(request.scope["headers"]), hub.settings.max_envelope_bytes)
    scales: bodies.Scales = request.app.state.scales
    with scales.room() as take:
        body, _ = await bodies.read(request.receive, announced, hub.settings, take)
    text = body.decode("ascii", "replace").strip()
    now = datetime.now(UTC)
    old = await _asking(who, text, now)
    asked = rotation.verify(text, old.der, now)
    named = (await hub.directory.resolve([asked.agency]))[asked.agency]
    if named is None or named.code not in who.codes:
        raise rejected("sender-mismatch", "agency", found=asked.agency, caller=who.code)
    new = describe(asked.certificate)
    _check(new, now)
    await _check_chain(hub, old, now)
    await _check_chain(hub, BoundCertificate(new.fingerprint, new.der), now, must_know=False)
    async with hub.database.read() as conn:
        is_done = await rotations.is_done(conn, asked.sha256)
    ends = old.valid_to
    if not is_done:
        async with hub.database.write(access.actor(who)) as conn:
            kept = await agencies.get(conn, who.code)
            ends = await rotations.carry_out(conn, kept.code, asked, text, new, now)
        await hub.directory.settle()
        _logger.info("certificate.rotated", agency=who.code, old=asked.old, new=new.fingerprint)
    answer = {
        "agency": who.code,
        "fingerprint": new.fingerprint,
        "not_after": at(new.not_after),
        "replaces": asked.old,
        "old_until": at(ends),
    }
    return JSONResponse(answer, 200 if is_done else 201)


async def _asking(who: Agency, text: str, now: datetime) -> BoundCertificate:
    """The caller's certificate that the request says has signed it; it must count now."""
    fingerprint = rotation.signer_of(text)
    old = next((each for each in who.certificates if each.fingerprint == fingerprint and each.holds(now)), None)
    if old is None:
        raise rejected("untrusted-certificate", "x5t#S256", detail=fingerprint)
    if not read_leaf(old.der).is_valid_at(now):
        raise rejected("certificate-time", "x5t#S256")
    return old


def _check(new: CertificateFacts, now: datetime) -> None:
    leaf = read_leaf(new.der)
    if new.is_ca or leaf.fault:
        raise rejected(leaf.fault or "certificate-usage", "certificate")
    if now > new.not_after:
        raise rejected("certificate-time", "certificate")


async def _check_chain(hub: Hub, certificate: BoundCertificate, now: datetime, *, must_know: bool = True) -> None:
    """A key that was revoked replaces nothing, and what replaces it must be believed when it is used."""
    chain = await hub.trust.chain_of(certificate, now)
    if chain is None:
        return
    if chain.judgement in (Judgement.REVOKED, Judgement.UNTRUSTED, Judgement.EXPIRED):
        raise rejected(chain.reason, "certificate", detail=chain.detail)
    if must_know and hub.trust.must_know and not chain.is_known:
        raise RevocationUnavailable(chain.detail)
