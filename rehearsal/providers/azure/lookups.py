"""The functions of the azure-native package that our program asks."""

from __future__ import annotations

import base64
from typing import Final

import yaml

from rehearsal.providers.azure import arm, kinds, lustre_rules
from rehearsal.providers.azure.features import Features, registration
from rehearsal.providers.azure.outputs import server
from rehearsal.providers.standin import Refusal
from rehearsal.providers.values import Json, Props, flag, get, number, text
from rehearsal.providers.world import Key, Record, World

# The two applications of every AKS cluster with Entra, server and client (Azure/kubelogin).
_SERVER: Final = "6dae42f8-4368-4678-94ff-3960e28e3630"
_CLIENT: Final = "80faf920-1908-4b52-b5ef-a8e7bedfc67a"


def answer(world: World, features: Features, config: Props, token: str, args: Props) -> Props:
    """The answer to one lookup."""
    match token:
        case "azure-native:authorization:getClientConfig":
            return {
                "clientId": arm.made_up_uuid("who asks", "client"),
                "objectId": arm.made_up_uuid("who asks", "object"),
                "subscriptionId": arm.subscription(config),
                "tenantId": arm.tenant(config),
            }
        case "azure-native:features:getSubscriptionFeatureRegistration":
            namespace, feature = text(args, "providerNamespace"), text(args, "featureName")
            state = features.ask(f"{namespace}/{feature}")
            return registration(namespace, feature, state, config)
        case "azure-native:storagecache:getRequiredAmlFSSubnetsSize":
            capacity = number(args, "storageCapacityTiB")
            return {"filesystemSubnetSize": lustre_rules.addresses_needed(capacity)}
        case "azure-native:containerservice:listManagedClusterUserCredentials":
            return _credentials(_cluster(world, config, args), config, admin=False)
        case "azure-native:containerservice:listManagedClusterAdminCredentials":
            return _credentials(_cluster(world, config, args), config, admin=True)
        case _:
            raise Refusal(f"the azure-native stand-in does not know the lookup {token}")


def _cluster(world: World, config: Props, args: Props) -> Record:
    id = arm.id_of(kinds.CLUSTER, args, config)
    found = world.get(Key("azure-native", kinds.CLUSTER, id))
    if found is None:
        raise Refusal(f"ResourceNotFound: The Resource '{id}' was not found")
    return found


def _credentials(cluster: Record, config: Props, *, admin: bool) -> Props:
    entra = get(cluster.inputs, "aadProfile") is not None
    if flag(cluster.inputs, "disableLocalAccounts") and (admin or not entra):
        raise Refusal(
            "BadRequest: Getting static credential is not allowed because this cluster is set to "
            f"disable local accounts ({cluster.key.id})"
        )
    name = text(cluster.outputs, "name")
    kind = "clusterAdmin" if admin else "clusterUser"
    user = f"{kind}_{arm.group_of(cluster.key.id)}_{name}"
    context = f"{name}-admin" if admin else name
    certificate = base64.b64encode(f"simulated certificate of {name}".encode()).decode()
    kubeconfig: Props = {
        "apiVersion": "v1",
        "kind": "Config",
        "clusters": [
            {
                "name": name,
                "cluster": {
                    "server": server(cluster.outputs),
                    "certificate-authority-data": certificate,
                },
            }
        ],
        "contexts": [{"name": context, "context": {"cluster": name, "user": user}}],
        "current-context": context,
        "users": [{"name": user, "user": _user(certificate, config, exec=entra and not admin)}],
    }
    text_ = yaml.safe_dump(kubeconfig, sort_keys=False)
    return {"kubeconfigs": [{"name": kind, "value": base64.b64encode(text_.encode()).decode()}]}


def _user(certificate: str, config: Props, *, exec: bool) -> Json:
    if not exec:
        return {
            "client-certificate-data": certificate,
            "client-key-data": certificate,
            "token": "simulated",
        }
    return {
        "exec": {
            "apiVersion": "client.authentication.k8s.io/v1beta1",
            "command": "kubelogin",
            "args": [
                "get-token",
                "--environment",
                "AzurePublicCloud",
                "--server-id",
                _SERVER,
                "--client-id",
                _CLIENT,
                "--tenant-id",
                arm.tenant(config),
                "--login",
                "devicecode",
            ],
            "env": None,
            "provideClusterInfo": False,
        }
    }
