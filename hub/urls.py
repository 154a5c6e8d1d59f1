"""What may be shown of an address that somebody has set: where it leads, and none of its secrets."""


def without_secrets(address: str) -> str:
    """An address without its password (or the token before its @) and its query; any other text as it is."""
    scheme, slashes, rest = address.partition("://")
    if not slashes:
        return address
    user, at, place = rest.rpartition("@")  # the last one: a password may hold anything, a slash too
    name, colon, _ = user.partition(":")
    place, question, _ = place.partition("?")
    who = f"{name}:***@" if colon else "***@" if at else ""
    return f"{scheme}://{who}{place}" + ("?…" if question else "")
