"""What Azure Managed Lustre refuses. Rule ids are those of our notes on Azure."""

from __future__ import annotations

from ipaddress import IPv4Network
from typing import Final

from rehearsal.providers.azure import kinds
from rehearsal.providers.azure.network_rules import AZURE_KEEPS, networks_of, subnet_prefixes
from rehearsal.providers.standin import Refusal
from rehearsal.providers.values import Props, items, number, text
from rehearsal.providers.world import Record, World

# sku: smallest, largest, step, in TiB ("Create an Azure Managed Lustre file system").
_SIZES: Final = {
    "AMLFS-Durable-Premium-40": (48, 768, 48),
    "AMLFS-Durable-Premium-125": (16, 128, 16),
    "AMLFS-Durable-Premium-250": (8, 128, 8),
    "AMLFS-Durable-Premium-500": (4, 128, 4),
}

# Largest capacity in TiB for a prefix length ("Azure Managed Lustre file system prerequisites",
# network size requirements). The table ends at 400 TiB; beyond it one length more is a guess.
_PREFIXES: Final = ((16, 27), (40, 26), (92, 25), (196, 24), (400, 23))
_BEYOND: Final = 22

# "You can't move a file system from one network or subnet to another" (same page); the rest is
# fixed as well: none of it is among what an update takes (AmlFilesystemUpdate).
_FIXED: Final = ("filesystemSubnet", "sku", "zones", "storageCapacityTiB", "hsm")


def addresses_needed(capacity_tib: int) -> int:
    """Addresses a file system of this size needs, from the prefix that Azure recommends.

    Simulated: the real service counts its servers, which differ by sku.
    """
    length = next((length for most, length in _PREFIXES if capacity_tib <= most), _BEYOND)
    return 2 ** (32 - length) - AZURE_KEEPS


def check_file_system(world: World, inputs: Props) -> None:
    """Z21, Z22: what makes a creation fail, the last of it after a quarter of an hour."""
    sku = text(inputs, "sku", "name")
    if sku not in _SIZES:
        raise Refusal(f"InvalidParameter: sku {sku or 'none'} is not one of {_names()}", "sku.name")
    low, high, step = _SIZES[sku]
    capacity = number(inputs, "storageCapacityTiB")
    if not low <= capacity <= high or capacity % step:
        raise Refusal(
            f"InvalidParameter: storageCapacityTiB {capacity} is not valid for {sku}: {low} to "
            f"{high} in steps of {step}",
            "storageCapacityTiB",
        )
    zones = items(inputs, "zones")
    if len(zones) != 1:
        raise Refusal(
            f"InvalidParameter: a file system is in exactly one zone, {len(zones)} are given",
            "zones",
        )
    subnet = world.find("azure-native", (kinds.SUBNET,), text(inputs, "filesystemSubnet"))
    if subnet is not None:
        _check_subnet(world, subnet, capacity)


def check_update(old: Record, inputs: Props) -> None:
    """A file system keeps its place and its size."""
    for name in _FIXED:
        if old.inputs.get(name) != inputs.get(name):
            raise Refusal(
                f"PropertyChangeNotAllowed: {name} of file system {old.name} cannot be changed",
                name,
            )


def _check_subnet(world: World, subnet: Record, capacity: int) -> None:
    for user in world.referrers(subnet.key):
        raise Refusal(
            f"InvalidSubnet: subnet {text(subnet.outputs, 'name')} is in use by {user.key.type} "
            f"{user.key.id}: a file system needs a subnet of its own",
            "filesystemSubnet",
        )
    prefixes = networks_of(subnet_prefixes(subnet.inputs), "addressPrefix")
    free = max((_usable(prefix) for prefix in prefixes), default=0)
    needed = addresses_needed(capacity)
    if free < needed:
        raise Refusal(
            f"InvalidSubnet: subnet {text(subnet.outputs, 'name')} has {free} addresses, a file "
            f"system of {capacity} TiB needs {needed}",
            "filesystemSubnet",
        )


def _usable(prefix: IPv4Network) -> int:
    return prefix.num_addresses - AZURE_KEEPS


def _names() -> str:
    return ", ".join(_SIZES)
