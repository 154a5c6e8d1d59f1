"""Trục: one road for every official document.

    gateway -> ingress -> accept -> (outbox, relay, bus) -> deliver -> acknowledge
                                        watch: wakes what is due, asks who has not received what

An agency's office system posts a signed envelope. `ingress` turns the bytes into an envelope the hub is willing
to believe; `accept` takes responsibility for it in one transaction and answers with a signed receipt; `relay`
carries notes (ids only) to the bus; `deliver` makes the document available or hands it over; `acknowledge` brings
the recipient's answer back. Rooms never import each other: they leave notes in the outbox, and `wiring` says
which room each note is for. The database is the truth; the bus is only the bell.
"""

__version__ = "0.1.0"
