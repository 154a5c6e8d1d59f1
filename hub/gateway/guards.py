"""Headers on every answer, whoever gives it: a browser may not guess, frame, run, keep or tell anybody what it got.

Pages bring a policy of their own that lets in the hub's own style, fonts and pictures; nothing lets in a script from
elsewhere. What only holds over TLS (`Strict-Transport-Security`) is the proxy's to say.
"""

from typing import Final

GUARDS: Final = (
    (b"x-content-type-options", b"nosniff"),
    (b"cache-control", b"no-store"),
    (b"content-security-policy", b"default-src 'none'; frame-ancestors 'none'; base-uri 'none'; form-action 'none'"),
    (b"x-frame-options", b"DENY"),
    (b"referrer-policy", b"no-referrer"),
    (b"cross-origin-resource-policy", b"same-origin"),
)
