"""Zone ids and zone names of a region.

Which name (`us-east-1a`) stands for which id (`use1-az1`) differs from account to account; the
simulated account has the plain one: the first id is `a`.
"""

from __future__ import annotations

import re

from rehearsal.providers.standin import Refusal

_DIRECTIONS = {
    "north": "n",
    "south": "s",
    "east": "e",
    "west": "w",
    "central": "c",
    "northeast": "ne",
    "northwest": "nw",
    "southeast": "se",
    "southwest": "sw",
}


def zone_prefix(region: str) -> str:
    """How the zone ids of `region` start: `use1` for us-east-1."""
    *area, direction, count = region.split("-")
    return "".join((*area, _DIRECTIONS.get(direction, direction), count))


def zone_name(region: str, zone_id: str) -> str:
    """The name of a zone that is given by id."""
    match = re.fullmatch(rf"{re.escape(zone_prefix(region))}-(?:[a-z0-9]+-)?az([1-9])", zone_id)
    if match is None:
        raise Refusal(
            f"InvalidParameterValue: Value ({zone_id}) for parameter availabilityZoneId is "
            f"invalid. Subnets can currently only be created in zones of {region}",
            "availabilityZoneId",
        )
    return region + "abcdefghi"[int(match.group(1)) - 1]


def zone_id(region: str, name: str) -> str:
    """The id of a zone that is given by name."""
    letter = name.removeprefix(region)
    if not name.startswith(region) or letter not in tuple("abcdefghi"):
        raise Refusal(
            f"InvalidParameterValue: Value ({name}) for parameter availabilityZone is invalid. "
            f"Subnets can currently only be created in zones of {region}",
            "availabilityZone",
        )
    return f"{zone_prefix(region)}-az{'abcdefghi'.index(letter) + 1}"
