"""FSx for Lustre and EFS on EKS: what they can be bought as, and who can reach them."""

from __future__ import annotations

from collections.abc import Iterator

from plan.clouds.common import near_gpus
from plan.clouds.eks import fsx_zone
from plan.fabric import EFA
from plan.findings import Severity
from plan.model import Pool
from plan.rules.rule import Context, Problem, rule
from plan.settings import EksSettings
from plan.settings.eks import FsxSettings

_PATH = "cluster.storage.fsx"
# GiB by MB/s for each TiB: 4.8 TiB at 1000, and as much less throughput, as much more of it.
EFA_STEPS = {1000: 4800, 500: 9600, 250: 19200, 125: 38400}
_STEP = 2400
_SMALLEST = 1200
METADATA_IOPS = (1500, 3000, 6000, *range(12_000, 192_001, 12_000))
# EC2 User Guide, EFA, supported instance types: Nitro v3. Lustre over EFA starts with v4.
_TOO_OLD = ("g4dn.", "g5.", "p3dn.", "p4d.", "p4de.")
_MOST_CONNECTIONS = 1024
# EFA interfaces that AWS's set-up of the Lustre client takes; 2 on others with several cards.
_INTERFACES = {
    "p5.48xlarge": 8,
    "p5e.48xlarge": 8,
    "p5en.48xlarge": 8,
    "p6-b200.48xlarge": 8,
    "p6e-gb200.36xlarge": 8,
}


@rule(
    "STO101",
    "an FSx file system has a capacity that is sold",
    consequence="CreateFileSystem: BadRequest, when the cluster is up already",
    source="FSx API, CreateFileSystem: StorageCapacity; FSx for Lustre User Guide, managing "
    "storage capacity",
)
def capacity(context: Context) -> Iterator[Problem]:
    for _, fsx in _fsx(context):
        step = EFA_STEPS[fsx.throughput] if fsx.efa else _STEP
        smallest = step if fsx.efa else _SMALLEST
        asked = fsx.capacity_gib
        if asked == smallest or asked % step == 0:
            continue
        lower = asked // step * step or smallest
        larger = -(-asked // step) * step
        sold = " or ".join(str(size) for size in dict.fromkeys((lower, larger)))
        at = f" with EFA at {fsx.throughput} MB/s for each TiB" if fsx.efa else ""
        yield Problem(
            path=f"{_PATH}.capacityGib",
            message=f"{asked} GiB is not sold{at}: "
            + ("" if fsx.efa else f"{_SMALLEST}, or ")
            + f"multiples of {step}",
            fix=f"use {sold}",
        )


@rule(
    "STO102",
    "metadata IOPS are a value that is sold",
    consequence="CreateFileSystem: BadRequest, when the cluster is up already",
    source="FSx API, CreateFileSystemLustreMetadataConfiguration: Iops",
)
def metadata_iops(context: Context) -> Iterator[Problem]:
    for _, fsx in _fsx(context):
        asked = fsx.metadata_iops
        if asked is not None and asked not in METADATA_IOPS:
            enough = next((iops for iops in METADATA_IOPS if iops >= asked), METADATA_IOPS[-1])
            yield Problem(
                path=f"{_PATH}.metadataIops",
                message=f"{asked} is not 1500, 3000, 6000, 12000 or a multiple of 12000",
                fix=f"use {enough}, or leave it out: it then follows the capacity",
            )


@rule(
    "STO103",
    "an FSx file system is in a zone of the network",
    consequence="there is no subnet to put it in",
    source="FSx API, CreateFileSystem: SubnetIds, exactly one for Lustre",
)
def zone_in_network(context: Context) -> Iterator[Problem]:
    for cluster, fsx in _fsx(context):
        if fsx.zone and fsx.zone not in cluster.network.zones:
            yield Problem(
                path=f"{_PATH}.zone",
                message=f"{fsx.zone} is not among cluster.network.zones "
                f"({', '.join(cluster.network.zones)})",
                fix=f"use {near_gpus(context.plan.pools, cluster.network.zones)}",
            )


@rule(
    "STO104",
    "an FSx file system is in the zone of the GPUs that read it",
    severity=Severity.WARNING,
    consequence="every read crosses zones, which is slower and charged by the gigabyte",
    source="AWS facts A24; FSx for Lustre User Guide, accessing file systems",
)
def zone_of_the_gpus(context: Context) -> Iterator[Problem]:
    for cluster, fsx in _fsx(context):
        if fsx.efa:
            continue  # STO105
        zone = fsx_zone(fsx, cluster, context.plan.pools)
        for pool in context.plan.gpu_pools:
            if pool.zones != (zone,):
                yield Problem(
                    path=f"{_PATH}.zone",
                    message=f"{zone}, while pool {pool.name} is in {', '.join(pool.zones)}",
                    fix=f"use {pool.zones[0]}, or keep all GPU pools in one zone",
                )


@rule(
    "STO105",
    "a file system with EFA has GPU nodes that reach it over EFA",
    consequence="its large minimum is paid for, and the nodes mount it over TCP",
    source="FSx for Lustre User Guide, working with EFA-enabled file systems: EFA clients on "
    "Nitro v4 or newer in the file system's zone",
)
def efa_clients(context: Context) -> Iterator[Problem]:
    for cluster, fsx in _fsx(context):
        zone = fsx_zone(fsx, cluster, context.plan.pools)
        if not fsx.efa or any(_reaches(pool, zone) for pool in context.plan.gpu_pools):
            continue
        pools = "; ".join(
            f"{pool.name} is {pool.machine.name} over {pool.fabric.name} in {', '.join(pool.zones)}"
            for pool in context.plan.gpu_pools
        )
        yield Problem(
            path=f"{_PATH}.efa",
            message=f"no GPU pool in {zone} can mount over EFA" + (f": {pools}" if pools else ""),
            fix="use efa: false, or a pool with fabric efa on p5, p6, g6 or newer machines in the "
            "file system's zone",
        )


@rule(
    "STO106",
    "clients over EFA stay within the connections of a file system",
    consequence="the nodes beyond the limit fail to mount it",
    source="FSx for Lustre User Guide, configuring EFA clients: EFA interfaces",
)
def efa_connections(context: Context) -> Iterator[Problem]:
    for cluster, fsx in _fsx(context):
        zone = fsx_zone(fsx, cluster, context.plan.pools)
        clients = [pool for pool in context.plan.pools if _reaches(pool, zone)]
        asked = sum(pool.nodes * _connections(pool) for pool in clients)
        if fsx.efa and asked > _MOST_CONNECTIONS:
            yield Problem(
                path=f"{_PATH}.efa",
                message=f"{sum(pool.nodes for pool in clients)} nodes make {asked} EFA "
                f"connections, {_MOST_CONNECTIONS} are allowed",
                fix="use efa: false, or fewer nodes",
            )


def _fsx(context: Context) -> Iterator[tuple[EksSettings, FsxSettings]]:
    """The file system, where the stack has one."""
    cluster = context.plan.settings.cluster
    if isinstance(cluster, EksSettings) and cluster.storage.fsx:
        yield cluster, cluster.storage.fsx


def _reaches(pool: Pool, zone: str) -> bool:
    """Whether the pool's nodes can mount over EFA a file system in that zone."""
    new = not pool.machine.name.startswith(_TOO_OLD)
    return pool.fabric is EFA and new and pool.zones == (zone,)


def _connections(pool: Pool) -> int:
    several = 2 if (pool.machine.network_cards or 1) > 1 else 1
    return _INTERFACES.get(pool.machine.name, several)


RULES = (
    capacity,
    metadata_iops,
    zone_in_network,
    zone_of_the_gpus,
    efa_clients,
    efa_connections,
)
