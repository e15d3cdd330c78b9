"""What things are called: ids are paths, links hold them, and references may be bare names."""

from __future__ import annotations

import re
from dataclasses import dataclass
from urllib.parse import quote_plus

from rehearsal.providers.gcp import kinds
from rehearsal.providers.standin import Refusal
from rehearsal.providers.values import Props, text

_PATHS: dict[str, str] = {
    kinds.NETWORK: "projects/{project}/global/networks/{name}",
    kinds.SUBNETWORK: "projects/{project}/regions/{region}/subnetworks/{name}",
    kinds.ROUTER: "projects/{project}/regions/{region}/routers/{name}",
    kinds.ROUTER_NAT: "{project}/{region}/{router}/{name}",
    kinds.FIREWALL: "projects/{project}/global/firewalls/{name}",
    kinds.FIREWALL_POLICY: "projects/{project}/global/firewallPolicies/{name}",
    kinds.FIREWALL_POLICY_RULE: (
        "projects/{project}/global/firewallPolicies/{firewallPolicy}/rules/{priority}"
    ),
    kinds.FIREWALL_POLICY_ASSOCIATION: (
        "projects/{project}/global/firewallPolicies/{firewallPolicy}/associations/{name}"
    ),
    kinds.GLOBAL_ADDRESS: "projects/{project}/global/addresses/{name}",
    kinds.ADDRESS: "projects/{project}/regions/{region}/addresses/{name}",
    kinds.RESOURCE_POLICY: "projects/{project}/regions/{region}/resourcePolicies/{name}",
    kinds.RESERVATION: "projects/{project}/zones/{zone}/reservations/{name}",
    kinds.CONNECTION: "projects/{project}/global/networks/{network}",
    kinds.CLUSTER: "projects/{project}/locations/{location}/clusters/{name}",
    kinds.NODE_POOL: "projects/{project}/locations/{location}/clusters/{cluster}/nodePools/{name}",
    kinds.ACCOUNT: (
        "projects/{project}/serviceAccounts/{accountId}@{project}.iam.gserviceaccount.com"
    ),
    kinds.ACCOUNT_MEMBER: "{serviceAccountId}/{role}/{member}",
    kinds.PROJECT_MEMBER: "{project}/{role}/{member}",
    kinds.SERVICE: "{project}/{service}",
    kinds.LUSTRE: "projects/{project}/locations/{location}/instances/{instanceId}",
    kinds.FILESTORE: "projects/{project}/locations/{location}/instances/{name}",
}
"""The ids that the Terraform provider gives, by type."""

_ZONE = re.compile(r"([a-z]+(?:-[a-z]+)+\d+)-[a-z]")
_LAST_ONLY = frozenset({"router", "firewallPolicy", "network", "cluster"})


@dataclass(frozen=True, kw_only=True, slots=True)
class Place:
    """Where a resource is made. `location` is a zone or a region."""

    project: str
    region: str
    zone: str
    location: str


def place(config: Props, inputs: Props) -> Place:
    """Where these inputs put a resource: what they say, else what the provider says."""
    project = text(inputs, "project") or text(config, "project")
    if not project:
        raise Refusal("project: required field is not set", "project")
    zone = text(inputs, "zone") or text(config, "zone")
    cluster = re.search(r"/locations/([^/]+)/clusters/", text(inputs, "cluster"))
    given = text(inputs, "location") or (cluster.group(1) if cluster else "")
    region = last(text(inputs, "region")) or region_of(given or text(inputs, "zone"))
    region = region or text(config, "region") or region_of(zone)
    return Place(project=project, region=region, zone=zone, location=given or region or zone)


def is_zone(location: str) -> bool:
    """Whether a location is a zone, not a region."""
    return _ZONE.fullmatch(location) is not None


def region_of(location: str) -> str:
    """The region a zone is in; a region is its own."""
    match = _ZONE.fullmatch(location)
    return match.group(1) if match else location


def last(path: str) -> str:
    """The bare name at the end of a path or a link."""
    return path.rpartition("/")[2]


def new_id(type: str, inputs: Props, where: Place) -> str:
    """The id of a resource that is made from these inputs."""
    path = _filled(type, inputs, where)
    return f"{quote_plus(path)}:{text(inputs, 'service')}" if type == kinds.CONNECTION else path


def full(type: str, given: str, inputs: Props, where: Place) -> str:
    """The full path of a reference: from a link, a path, or a bare name."""
    if type == kinds.ACCOUNT:
        return given.removeprefix("serviceAccount:")
    _, found, path = given.partition("projects/")
    if found:
        return f"projects/{path}"
    if "/" in given:
        return f"projects/{where.project}/{given}"
    return _filled(type, {**inputs, "name": given}, where)


def _filled(type: str, inputs: Props, where: Place) -> str:
    if "{region}" in _PATHS[type] and not where.region:
        raise Refusal(
            "Cannot determine region: set in this resource, or set provider-level 'region' or "
            "'zone'."
        )
    words = {key: str(item) for key, item in inputs.items() if isinstance(item, str | int)}
    words = {key: last(item) if key in _LAST_ONLY else item for key, item in words.items()}
    return _PATHS[type].format_map(
        {
            **words,
            "project": where.project,
            "region": where.region,
            "zone": where.zone,
            "location": where.location,
        }
    )
