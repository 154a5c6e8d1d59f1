"""What travels, written down: XML schemas of edXML and examples named by what the hub makes of them.

The schemas are documentation that validates: every good example fits them. They are order-free as far as XSD 1.0
allows, and the reader (`hub.xml.read`) is the authority: it tells senders more, in two languages, and takes with a
warning some things a schema can only refuse.
"""

from importlib.resources import files
from importlib.resources.abc import Traversable


def path(name: str) -> Traversable:
    """Find the file `name` of this folder, such as `edxml.xsd` or `examples/README.md`."""
    return files(__name__).joinpath(name)
