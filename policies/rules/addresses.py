"""When a list of addresses is the whole internet."""

from __future__ import annotations

import ipaddress

from pulumi_policy.proxy import UnknownValueError

from rules.props import for_each, mapping

_WORLD = (ipaddress.ip_network("0.0.0.0/0"), ipaddress.ip_network("::/0"))
# Words for it, of Azure's security rules.
_WORDS = frozenset({"*", "any", "internet"})


def world(cidrs: object) -> list[str]:
    """What of the whole internet a list covers, also in parts: two halves of it are all of it.

    Items are blocks, or GKE's maps with one. Raises UnknownValueError where one is unknown and the
    known ones do not cover it.
    """
    v4: list[ipaddress.IPv4Network] = []
    v6: list[ipaddress.IPv6Network] = []

    def add(_: int, item: object) -> None:
        written = str(mapping(item).get("cidrBlock") if mapping(item) else item)
        text = "0.0.0.0/0" if written.lower() in _WORDS else written
        try:
            network = ipaddress.ip_network(text, strict=False)
        except ValueError:
            return  # no network at all: the cloud refuses it by itself
        if isinstance(network, ipaddress.IPv4Network):
            v4.append(network)
        else:
            v6.append(network)

    unknown: UnknownValueError | None = None
    try:
        for_each(cidrs, add)
    except UnknownValueError as error:
        unknown = error
    covered = [*ipaddress.collapse_addresses(v4), *ipaddress.collapse_addresses(v6)]
    found = [str(network) for network in covered if network in _WORLD]
    if unknown is not None and not found:
        raise unknown
    return found
