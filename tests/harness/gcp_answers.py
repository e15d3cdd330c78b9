"""What a simulated Google Cloud answers: an id and outputs for each type of our program.

Ids are Google's in shape alone. What Google would refuse is the rehearsal's business.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping

Inputs = Mapping[str, object]
Outputs = dict[str, object]
_Made = tuple[str, Outputs]
_Maker = Callable[[str, str, Inputs], _Made]
PROJECT = "your-project-id"
CERTIFICATE = "c2ltdWxhdGVk"


def _resource(path: str, name_key: str = "name", **more: object) -> _Maker:
    """A resource whose id ends in its kind and its name: given, or made by auto-naming."""

    def make(name: str, digits: str, inputs: Inputs) -> _Made:
        physical = str(inputs.get(name_key) or f"{name}-{digits[:7]}")
        place = inputs.get("location") or inputs.get("region") or "global"
        id_ = f"projects/{PROJECT}/{path.format(place=place)}/{physical}"
        return id_, {name_key: physical, **more}

    return make


def _account(name: str, digits: str, inputs: Inputs) -> _Made:
    del name, digits
    email = f"{inputs['accountId']}@{PROJECT}.iam.gserviceaccount.com"
    id_ = f"projects/{PROJECT}/serviceAccounts/{email}"
    return id_, {"name": id_, "email": email, "member": f"serviceAccount:{email}"}


def _lustre(name: str, digits: str, inputs: Inputs) -> _Made:
    del name, digits
    id_ = f"projects/{PROJECT}/locations/{inputs['location']}/instances/{inputs['instanceId']}"
    return id_, {"mountPoint": f"10.80.0.2@tcp:/{inputs['filesystem']}"}


def _filestore(name: str, digits: str, inputs: Inputs) -> _Made:
    del name, digits
    networks = inputs["networks"]
    assert isinstance(networks, list)
    id_ = f"projects/{PROJECT}/locations/{inputs['location']}/instances/{inputs['name']}"
    return id_, {"networks": [{**network, "ipAddresses": ["10.81.0.2"]} for network in networks]}


def _member(name: str, digits: str, inputs: Inputs) -> _Made:
    del name, digits
    return f"{PROJECT}/{inputs['role']}/{inputs['member']}", {"etag": "simulated"}


GCP: Mapping[str, _Maker] = {
    "gcp:projects/service:Service": _resource("services", "service"),
    "gcp:projects/iAMMember:IAMMember": _member,
    "gcp:serviceaccount/account:Account": _account,
    "gcp:compute/network:Network": _resource("global/networks"),
    "gcp:compute/subnetwork:Subnetwork": _resource("regions/{place}/subnetworks"),
    "gcp:compute/router:Router": _resource("regions/{place}/routers"),
    "gcp:compute/routerNat:RouterNat": _resource("regions/{place}/routers/simulated"),
    "gcp:compute/firewall:Firewall": _resource("global/firewalls"),
    "gcp:compute/globalAddress:GlobalAddress": _resource("global/addresses", address="10.80.0.0"),
    "gcp:servicenetworking/connection:Connection": _resource(
        "connections", "service", peering="servicenetworking-googleapis-com"
    ),
    "gcp:container/cluster:Cluster": _resource(
        "locations/{place}/clusters",
        endpoint="203.0.113.9",
        masterAuth={"clusterCaCertificate": CERTIFICATE},
    ),
    "gcp:container/nodePool:NodePool": _resource("locations/{place}/nodePools"),
    "gcp:lustre/instance:Instance": _lustre,
    "gcp:filestore/instance:Instance": _filestore,
}
