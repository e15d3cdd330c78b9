"""The data sources of the gcp package that our program, or a preflight, asks."""

from __future__ import annotations

from rehearsal.providers.gcp import machines
from rehearsal.providers.gcp.capacity_rules import reservations
from rehearsal.providers.gcp.outputs import PROJECT_NUMBER
from rehearsal.providers.gcp.paths import place
from rehearsal.providers.standin import Refusal
from rehearsal.providers.values import Json, Props, mapping, text
from rehearsal.providers.world import World


def answer(world: World, token: str, args: Props, config: Props) -> Props:
    """The answer to one lookup."""
    where = place(config, args)
    match token:
        case "gcp:organizations/getClientConfig:getClientConfig":
            return {
                "id": f"projects/{where.project}/regions/{where.region}/zones/{where.zone}",
                "project": where.project,
                "region": where.region,
                "zone": where.zone,
                "accessToken": "simulated",
                "defaultLabels": mapping(config, "defaultLabels"),
            }
        case "gcp:organizations/getProject:getProject":
            return {
                "id": f"projects/{where.project}",
                "projectId": where.project,
                "number": PROJECT_NUMBER,
                "name": where.project,
            }
        case "gcp:container/getEngineVersions:getEngineVersions":
            version = machines.resolved(text(args, "versionPrefix"))
            channels: Props = dict.fromkeys(("RAPID", "REGULAR", "STABLE"), version)
            valid: list[Json] = [version]
            return {
                **args,
                "id": where.location,
                "project": where.project,
                "defaultClusterVersion": version,
                "latestMasterVersion": version,
                "latestNodeVersion": version,
                "validMasterVersions": valid,
                "validNodeVersions": valid,
                "releaseChannelDefaultVersion": channels,
                "releaseChannelLatestVersion": channels,
                "releaseChannelUpgradeTargetVersion": channels,
            }
        case "gcp:compute/getReservation:getReservation":
            return _reservation(world, args, where.project)
        case _:
            raise Refusal(f"the gcp stand-in does not know the lookup {token}")


def _reservation(world: World, args: Props, project: str) -> Props:
    name, zone = text(args, "name"), text(args, "zone")
    path = f"projects/{project}/zones/{zone}/reservations/{name}"
    for found in reservations(world):
        if (found.project, found.zone, found.name) == (project, zone, name) and found.active:
            return {
                "id": path,
                "name": name,
                "zone": zone,
                "project": project,
                "status": "READY",
                "specificReservationRequired": found.specific,
                "specificReservations": [
                    {
                        "count": found.count,
                        "inUseCount": 0,
                        "instanceProperties": [{"machineType": found.machine_type}],
                    }
                ],
            }
    raise Refusal(f"googleapi: Error 404: The resource '{path}' was not found, notFound")
