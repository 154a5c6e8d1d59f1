"""Builds a hub from its settings, and says which room a note is for (there is one kind: deliver this)."""

from collections.abc import Mapping
from dataclasses import dataclass

import httpcore
import httpx

from adapters.folder import Folder
from adapters.webhook import News, Webhook
from adapters.webhook.dialing import Dialer, Transport, authorities, resolve
from hub.accept import Acceptor
from hub.acknowledge import Acknowledger
from hub.adapter import Adapter
from hub.alert import Alerts
from hub.alert.message import EVENT, Message, Post
from hub.bus.bus import Bus, MemoryBus
from hub.bus.kafka import KafkaBus
from hub.deliver import Deliverer
from hub.fetch import Fetcher
from hub.ingress import TrustStore
from hub.inspect import Inspector
from hub.recheck import Rechecker
from hub.refresh import Refresher
from hub.settings import Settings
from hub.spool import Spool
from hub.store.clock import Clock
from hub.store.database import Database
from hub.store.directory.memory import Directory
from hub.store.road.originals import ObjectStore, object_store
from hub.store.watching.calendar import Calendars
from hub.store.watching.polls import Polls
from hub.store.witness import Witness
from hub.trust.seal import Seal, load_or_make


@dataclass(frozen=True, slots=True)
class Hub:
    """Everything a process of the hub works with. `start` connects; `stop` finishes and lets go."""

    settings: Settings
    database: Database
    directory: Directory
    trust: TrustStore
    calendars: Calendars
    polls: Polls
    originals: ObjectStore
    parts: ObjectStore
    spool: Spool
    seal: Seal
    bus: Bus
    adapters: Mapping[str, Adapter]
    acceptor: Acceptor
    acknowledger: Acknowledger
    deliverer: Deliverer
    clock: Clock
    alerts: Alerts
    witness: Witness
    refresher: Refresher
    inspector: Inspector
    rechecker: Rechecker

    async def start(self) -> None:
        """Open the database's bell, the bus and the group commits."""
        await self.database.open()
        await self.bus.start()
        await self.acceptor.start()

    async def stop(self) -> None:
        """Finish what was begun, then close everything."""
        await self.acceptor.stop()
        await self.deliverer.stop()
        await self.bus.close()
        for adapter in self.adapters.values():
            await adapter.close()
        await self.refresher.fetcher.client.aclose()
        await self.database.close()


def build(settings: Settings) -> Hub:
    """A hub by these settings; nothing is connected yet, but the key is made on the first start."""
    database = Database(settings.database, row_security=settings.row_security)
    clock = Clock(database)
    directory = Directory(database, clock.now)
    calendars = Calendars(database, settings)
    trust = TrustStore(database, must_know=settings.revocation == "require", rsa_2048_until=settings.rsa_2048_until)
    store = object_store(settings.originals)
    spool = Spool(settings.home / "incoming", settings.max_spooled_bytes)
    seal = load_or_make(settings.home)
    bus: Bus = MemoryBus()
    if settings.bus == "kafka":
        bus = KafkaBus(settings.kafka_bootstrap, settings.topic_prefix)
    adapters = adapters_by(settings)
    return Hub(
        settings=settings,
        database=database,
        directory=directory,
        trust=trust,
        calendars=calendars,
        polls=Polls(database),
        originals=store,
        parts=object_store(settings.originals, "uploads"),
        spool=spool,
        seal=seal,
        bus=bus,
        adapters=adapters,
        acceptor=Acceptor(database, directory, store, seal, settings, calendars),
        acknowledger=Acknowledger(database, directory, seal, settings, calendars),
        clock=clock,
        deliverer=Deliverer(database, store, adapters, settings, clock.now),
        alerts=Alerts(database, directory, calendars, settings, _teller(settings, adapters)),
        witness=Witness(database),
        refresher=Refresher(database, _fetcher(settings), settings.refresh_seconds),
        inspector=Inspector(database, store, settings, spool),
        rechecker=Rechecker(database, trust.judge_again),
    )


def _fetcher(settings: Settings) -> Fetcher:
    """What fetches revocation lists and answers; it dials as the webhooks do, so a name cannot change its mind."""
    allow_private = settings.refresh_allow_private
    dialer = Dialer(resolve, httpcore.AnyIOBackend(), allow_private=allow_private)
    client = httpx.AsyncClient(
        transport=Transport(dialer, authorities()),
        timeout=settings.refresh_timeout_seconds,
        trust_env=False,
    )
    return Fetcher(client, allow_private, settings.refresh_timeout_seconds)


def _teller(settings: Settings, adapters: Mapping[str, Adapter]) -> Post | None:
    """What posts news of alerts, signed, when a webhook is set."""
    webhook = adapters["webhook"]
    if not settings.alert_webhook_url or not isinstance(webhook, Webhook):
        return None
    config = {"url": settings.alert_webhook_url, "secret": settings.alert_webhook_secret.get_secret_value()}

    async def post(message: Message) -> str:
        return (await webhook.tell(config, News(message.id, EVENT, "/v1/alerts", message.at, message.body))).detail

    return post


def adapters_by(settings: Settings) -> dict[str, Adapter]:
    """The channels agencies can be pushed to, by name."""
    made = (Webhook(allow_private=settings.webhook_allow_private), Folder())
    return {adapter.name: adapter for adapter in made}
