"""Every setting of the hub: prefix `TRUC_`, from the environment or `truc.toml`, frozen. Built once in `cli`, passed on."""

from datetime import date
from pathlib import Path
from typing import Any, ClassVar, Literal
from urllib.parse import urlsplit

from pydantic import Field, SecretStr, computed_field, field_validator
from pydantic_core import PydanticCustomError
from pydantic_settings import (
    BaseSettings,
    PydanticBaseSettingsSource,
    SettingsConfigDict,
    TomlConfigSettingsSource,
)

from hub.urls import without_secrets

MIB = 1024 * 1024
DATABASES = ("sqlite+aiosqlite:///", "postgresql+asyncpg://", "postgresql://")
STORES = ("file://", "s3://")
_BROKER = r"(\[[0-9a-fA-F:]+\]|[^\s,:\[\]]+)(:\d{1,5})?"
BROKERS = rf"^{_BROKER}(,\s*{_BROKER})*$"
ADDRESS = r"^(|unix:/.+|tcp:[^:\s]+:\d{1,5})$"  # of a scanner


class Settings(BaseSettings):
    """What may be set. `truc doctor` prints the effective values, secrets hidden."""

    model_config: ClassVar[SettingsConfigDict] = SettingsConfigDict(
        env_prefix="TRUC_", toml_file="truc.toml", frozen=True, extra="ignore"
    )

    home: Path = Field(
        Path("./var"), description="Folder for everything the embedded hub keeps: database, originals, keys."
    )
    database_url: SecretStr = Field(
        SecretStr(""),
        description="Database; empty means SQLite in TRUC_HOME. PostgreSQL: postgresql+asyncpg://user@host:port/db.",
    )
    bus: Literal["memory", "kafka"] = Field(
        "memory", description="How notes travel: in this process, or over Apache Kafka."
    )
    kafka_bootstrap: str = Field(
        "127.0.0.1:9092",
        pattern=BROKERS,
        description="Kafka brokers, host:port, comma-separated (TRUC_BUS=kafka).",
    )
    topic_prefix: str = Field(
        "truc", description="Topics are <prefix>.deliveries.<level>.", pattern=r"^[A-Za-z0-9._-]{1,100}$"
    )
    kafka_partitions: int = Field(
        48, ge=1, description="Partitions of each topic; fixed for life, since it decides the order of keys."
    )
    kafka_replication: int = Field(1, ge=1, description="Copies of each topic; 3 in production with three brokers.")
    originals_url: str = Field(
        "", description="Where large originals live: file://… or s3://…; empty means a folder in TRUC_HOME."
    )
    inline_bytes: int = Field(
        256 * 1024,
        ge=0,
        description="Originals up to this size live in the database row, larger ones by digest in the object store.",
    )
    host: str = Field("127.0.0.1", description="Address the gateway listens on.")
    port: int = Field(
        8080, ge=0, le=65535, description="Port the gateway listens on; 0 takes a free one and prints it."
    )
    metrics_port: int = Field(
        0,
        ge=0,
        le=65535,
        description="Port at TRUC_HOST on which a worker answers `GET /metrics`; 0: none.",
    )
    vxp_path: str = Field(
        "/vxp",
        pattern=r"^(/[A-Za-z0-9._~-]{3,}(/[A-Za-z0-9._~-]+)*)?$",
        description="Where clients of the national axis call: the base path of their operations; empty serves none.",
    )
    trusted_proxies: str = Field(
        "",
        description="Addresses or networks (comma-separated) of the reverse proxies whose X-Forwarded-For, "
        "X-Forwarded-Proto and client certificate are believed. Empty: loopback's X-Forwarded-*, and no certificate.",
    )
    client_certificate_header: str = Field(
        "X-Client-Cert",
        pattern=r"^[A-Za-z0-9-]{1,60}$",
        description="Header in which a trusted proxy hands on the caller's certificate, PEM in URL encoding.",
    )
    signature_window_seconds: float = Field(
        300.0, gt=0, description="How old a request signed by RFC 9421 may be; its nonce is remembered as long."
    )
    rate_per_second: float = Field(
        1000.0, ge=0, description="Requests a second that one caller may make of one gateway for long; 0: no limit."
    )
    rate_burst: int = Field(2000, ge=1, description="Requests that one caller may make at once.")
    local_login: bool = Field(
        True,
        description="Whether people may log in with a password of the hub's own; switch off beside single sign-on.",
    )
    oidc_issuer: str = Field(
        "", description="OpenID provider that people log in with, its issuer URL (https); empty: none."
    )
    oidc_client_id: str = Field("", description="This hub's client id at the provider.")
    oidc_client_secret: SecretStr = Field(SecretStr(""), description="Its secret.")
    oidc_claim: str = Field(
        "sub", pattern=r"^[a-z_]{1,50}$", description="Claim of the ID token that `truc user link` names people by."
    )
    max_envelope_bytes: int = Field(
        100 * MIB, ge=1, description="Larger bodies are refused (413) before they are read."
    )
    max_recipients: int = Field(5000, ge=1, description="Most recipients of one envelope.")
    max_bytes_at_once: int = Field(
        208 * MIB,
        ge=1,
        description="Sum of the bodies held in memory at the same time; more are asked to come back (503).",
    )
    spool_bytes: int = Field(
        4 * MIB,
        ge=1,
        description="Envelopes larger than this go into a file in TRUC_HOME while they come, and are opened one at a time "
        "in a process of their own.",
    )
    max_spooled_bytes: int = Field(
        2048 * MIB,
        ge=1,
        description="Sum of the bodies in such files at the same time; more are asked to come back (503).",
    )
    uploads_per_agency: int = Field(
        10, ge=1, description="Resumable uploads that one agency may have open at one time."
    )
    upload_bytes_per_agency: int = Field(
        1024 * MIB,
        ge=1,
        description="Sum of their lengths; one whose length is not known counts as the largest envelope.",
    )
    upload_hours: float = Field(24.0, gt=0, description="How long such an upload may take; then its parts are dropped.")
    body_timeout_seconds: float = Field(
        30.0, gt=0, description="A body must bring 1 kB/s over each span of this length (408)."
    )
    head_timeout_seconds: float = Field(
        10.0,
        gt=0,
        description="How long the head of a request may take, and a new connection be silent; at most twice that (408).",
    )
    lease_seconds: float = Field(30.0, gt=0, description="How long a worker may hold a delivery it hands over.")
    rebell_seconds: float = Field(
        5.0, gt=0, description="A queued delivery nobody touched for so long is taken up without its note."
    )
    retry_attempts: int = Field(12, ge=1, description="Tries of a push delivery before it becomes a dead letter.")
    retry_first_seconds: float = Field(5.0, gt=0, description="Wait after the first failed try; doubles with jitter.")
    retry_most_seconds: float = Field(6 * 3600.0, gt=0, description="Longest wait between two tries.")
    overtake_minutes: float = Field(
        60.0,
        ge=0,
        description="How long a recall, update or replacement waits for a document that is still on its way to the same "
        "recipient; then it goes ahead, and says so. Proposal.",
    )
    breaker_failures: int = Field(
        5, ge=1, description="Failures in a row after which an endpoint is left alone for a while."
    )
    webhook_allow_private: bool = Field(
        False, description="Let webhooks call loopback and private addresses (test installations only)."
    )
    revocation: Literal["require", "recheck"] = Field(
        "require",
        description="When no fresh list or OCSP answer speaks for a chain: ask the sender to come back (503), or accept, "
        "say so, and look again later.",
    )
    row_security: bool = Field(
        False,
        description="PostgreSQL: read for an agency under rules that leave out all rows but its own, whatever is asked; "
        "`truc migrate` lays them.",
    )
    two_persons: Literal["planned", "always", "never"] = Field(
        "planned",
        description="Which changes of level-1 agencies wait for a second person: those for a day to come and all that "
        "come by POST /v1/agency-changes; always, also those that are to hold at once; or none.",
    )
    rsa_2048_until: date = Field(
        date(2030, 12, 31),
        description="Last day (UTC) on which RSA keys below 3072 bits count in chains (NIST SP 800-57 Part 1, table 4).",
    )
    refresh_seconds: float = Field(
        900.0,
        gt=0,
        description="Longest time between two fetches of one revocation list or OCSP answer, and between two tries.",
    )
    refresh_timeout_seconds: float = Field(20.0, gt=0, description="How long one fetch of such a source may take.")
    refresh_allow_private: bool = Field(
        False, description="Let sources of lists, OCSP answers and CAs lie on loopback and private addresses."
    )
    log_head_seconds: float = Field(
        10.0, gt=0, description="Seconds between two signed heads of the append-only log, while anything new is in it."
    )
    tsa_url: str = Field(
        "", description="Time-stamp authority (RFC 3161 over HTTP) that stamps heads of the log; empty means none."
    )
    tsa_seconds: float = Field(60.0, gt=0, description="Seconds between two time-stamps; sooner after 10,000 leaves.")
    tsa_roots: Path | None = Field(
        None, description="PEM file with the authority's root and intermediates; without it tokens are kept unverified."
    )
    unreceived_hours: float = Field(
        4.0, gt=0, description="Working hours in which a document (thường) is to be collected (A1). Proposal."
    )
    unreceived_urgent_minutes: float = Field(
        30.0, gt=0, description="The same for khẩn and thượng khẩn, in working minutes. Proposal."
    )
    unreceived_flash_minutes: float = Field(
        15.0, gt=0, description="The same for hỏa tốc, in minutes round the clock. Proposal."
    )
    answer_urgent_minutes: float = Field(
        60.0,
        gt=0,
        description="Working minutes from 01 to 02 or 03 of an urgent document (A3); others have the day of arrival "
        "(NĐ 30/2020 Art. 21). Proposal.",
    )
    sent_until: Literal["noon", "day"] = Field(
        "noon",
        description="When sending is late (A5): after noon of the next working day (QĐ 28/2018 Art. 6), or after that day "
        "(NĐ 30/2020 Art. 18).",
    )
    silent_minutes: float = Field(
        30.0, gt=0, description="Working minutes without a poll after which an agency is silent (A8). Proposal."
    )
    certificate_days: int = Field(
        60,
        ge=1,
        description="Days before its end at which a bound certificate without a successor is an alert. Proposal.",
    )
    alert_seconds: float = Field(15.0, gt=0, description="How often alerts are raised and cleared.")
    alert_days: int = Field(
        90, ge=1, description="Documents older than this raise no alert any more; reports still count them. Proposal."
    )
    remind_hours: float = Field(
        4.0,
        gt=0,
        description="Working hours between two reminders of an alert; khẩn a quarter, hỏa tốc 30 minutes. Proposal.",
    )
    escalate_hours: float = Field(
        8.0,
        gt=0,
        description="Working hours an alert stays with the agency, its parent, the operators; khẩn a quarter, hỏa tốc an "
        "hour. Proposal.",
    )
    digest_at: str = Field(
        "07:30", pattern=r"^([01]\d|2[0-3]):[0-5]\d$", description="Local time of the daily digest; working days only."
    )
    smtp_host: str = Field("", description="Mail server that digests go through; empty: no mail is sent.")
    smtp_port: int = Field(587, ge=1, le=65535, description="Its port.")
    smtp_tls: Literal["starttls", "tls", "none"] = Field(
        "starttls", description="How the way to the mail server is kept secret; `none` only on the same machine."
    )
    smtp_ca: str = Field(
        "", description="PEM file of the CA that the mail server's certificate comes from; else the system's."
    )
    smtp_user: str = Field("", description="Account at the mail server; empty: none is asked for.")
    smtp_password: SecretStr = Field(SecretStr(""), description="Its password.")
    mail_from: str = Field("truc@localhost", description="Sender address of digests.")
    mail_operators: str = Field(
        "", description="Addresses, comma-separated, that hear of what was escalated to operators."
    )
    mail_government: str = Field("", description="The same for the Government Office.")
    public_url: str = Field("", description="Address of this hub as people reach it, for the links in mails.")
    report_issuer: str = Field(
        "Đơn vị vận hành trục liên thông văn bản", description="Who issues printed reports, as their head names it."
    )
    report_above: str = Field("", description="The body above it, on the line before; empty: none.")
    report_place: str = Field("Hà Nội", description="Where printed reports are issued.")
    alert_webhook_url: str = Field(
        "", description="Where news of alerts is posted, signed, for SMS, Zalo or Telegram gateways; empty: nowhere."
    )
    alert_webhook_secret: SecretStr = Field(
        SecretStr(""),
        description="Secret that signs them (Standard Webhooks, `whsec_…`; several, spaced, while one changes).",
    )
    fail_at: str = Field(
        "",
        description="For tests: die at this point, as by kill -9 (name:n, the n-th time; hub/failpoint.py lists them).",
    )
    fail_points_allowed: bool = Field(
        False, description="Let TRUC_FAIL_AT work on PostgreSQL too, where a hub is taken to be in production."
    )
    pdf_signatures: bool = Field(
        True, description="Judge the signatures inside PDF attachments, after acceptance; each in a process of its own."
    )
    pdf_seconds: float = Field(10.0, gt=0, description="Processor time for one PDF; three times as long by the clock.")
    pdf_memory_bytes: int = Field(512 * MIB, ge=64 * MIB, description="Memory for one PDF.")
    pdf_demanded: str = Field(
        "",
        description="Types of documents (`TypeName`, commas between them; `*`: every type) that must hold a PDF with a "
        "signature that can be believed. Those with files wait until they were looked into; what is unsigned, changed or "
        "not believed goes to quarantine. Empty: signatures in PDFs are told and nothing waits for them.",
    )
    pdf_demanded_of: str = Field(
        "",
        description="The same of senders: codes of agencies as the directory has them (commas between them), whose documents "
        "must hold such a PDF, whatever their type.",
    )
    clamd: str = Field(
        "",
        pattern=ADDRESS,
        description="Malware scanner: unix:/run/clamav/clamd.ctl or tcp:host:port; empty: files are not scanned. "
        "With one, no document is delivered before it has answered.",
    )
    clamd_seconds: float = Field(60.0, gt=0, description="How long the scanner may take for one file.")
    malware_unscanned: Literal["hold", "pass"] = Field(
        "hold",
        description="While the scanner does not answer, or will not take a file: hold documents back, or let them pass, "
        "marked.",
    )
    log_format: Literal["json", "console"] = Field("json", description="Structured logs as JSON lines, or for reading.")
    log_level: Literal["debug", "info", "warning", "error"] = Field(
        "info", description="Least severe line that is logged."
    )

    @field_validator("database_url")
    @classmethod
    def _is_database(cls, value: SecretStr) -> SecretStr:
        return SecretStr(_of_schemes(value.get_secret_value(), DATABASES))

    @field_validator("originals_url")
    @classmethod
    def _is_store(cls, value: str) -> str:
        return _of_schemes(value, STORES)

    @classmethod
    def settings_customise_sources(
        cls,
        settings_cls: type[BaseSettings],
        init_settings: PydanticBaseSettingsSource,
        env_settings: PydanticBaseSettingsSource,
        dotenv_settings: PydanticBaseSettingsSource,
        file_secret_settings: PydanticBaseSettingsSource,
    ) -> tuple[PydanticBaseSettingsSource, ...]:
        """Arguments beat the environment, which beats `truc.toml`."""
        del dotenv_settings
        return init_settings, env_settings, file_secret_settings, TomlConfigSettingsSource(settings_cls)

    @computed_field  # type: ignore[prop-decorator]
    @property
    def is_embedded(self) -> bool:
        """Whether the database is SQLite in this process."""
        return self.database.startswith("sqlite")

    @property
    def database(self) -> str:
        """The effective database URL (a secret: it may hold a password)."""
        url = self.database_url.get_secret_value()
        if not url:
            return f"sqlite+aiosqlite:///{self.home.resolve() / 'truc.sqlite3'}"
        return url.replace("postgresql://", "postgresql+asyncpg://", 1)

    @property
    def originals(self) -> str:
        """The effective URL of the object store for large originals."""
        return self.originals_url or f"file://{self.home.resolve() / 'originals'}"

    def shown(self) -> dict[str, Any]:
        """The effective settings by the names of their variables, secrets hidden."""
        values: dict[str, Any] = {}
        for name in type(self).model_fields:
            value = getattr(self, name)
            is_text = isinstance(value, SecretStr | Path)
            values[f"TRUC_{name.upper()}"] = str(value) if is_text else value
        values["TRUC_DATABASE_URL"] = self.database
        values["TRUC_ORIGINALS_URL"] = self.originals
        return {name: without_secrets(v) if isinstance(v, str) else v for name, v in values.items()}


def _of_schemes(url: str, schemes: tuple[str, ...]) -> str:
    """A URL, or nothing, that begins with one of these and whose port is a number."""
    place = url.partition("://")[2].rpartition("@")[2]  # a password before the last @ may hold anything
    try:
        is_good = not url or (url.startswith(schemes) and urlsplit(f"//{place}").port != 0)
    except ValueError:
        is_good = False
    if not is_good:
        known = " | ".join(schemes)
        raise PydanticCustomError(
            "url", "must be a URL that begins with {known}", {"known": known, "vi": f"phải là URL bắt đầu bằng {known}"}
        )
    return url


def load(**overrides: Any) -> Settings:
    """Read the settings; raises pydantic's ValidationError, which `cli` turns into sentences."""
    return Settings(**overrides)
