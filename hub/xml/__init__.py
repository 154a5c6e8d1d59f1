"""The only lxml and signxml: bytes in, what was said and who signed it out.

`open.open_document` is the one way in: `glance` (all that an ordinary document needs) or `gate` (a streaming scan that no
hostile one survives), one lxml parse, `signature` (a verdict, never an exception), then `ordinary` or `read`, from what was
signed and from nothing else. `write` makes messages and signs them. Everything here is pure, synchronous and free of shared
state: any thread may call it.
"""
