"""The resource types of the gcp package that our program uses, one row each.

Which property needs a new resource when it changes is what pulumi-gcp 10.2.0 does: the `ForceNew`
marks of the Terraform provider it is built on (terraform-provider-google-beta).
"""

from __future__ import annotations

from rehearsal.providers.table import Kind, Ref

NETWORK = "gcp:compute/network:Network"
SUBNETWORK = "gcp:compute/subnetwork:Subnetwork"
ROUTER = "gcp:compute/router:Router"
ROUTER_NAT = "gcp:compute/routerNat:RouterNat"
FIREWALL = "gcp:compute/firewall:Firewall"
FIREWALL_POLICY = "gcp:compute/networkFirewallPolicy:NetworkFirewallPolicy"
FIREWALL_POLICY_RULE = "gcp:compute/networkFirewallPolicyRule:NetworkFirewallPolicyRule"
FIREWALL_POLICY_ASSOCIATION = (
    "gcp:compute/networkFirewallPolicyAssociation:NetworkFirewallPolicyAssociation"
)
GLOBAL_ADDRESS = "gcp:compute/globalAddress:GlobalAddress"
ADDRESS = "gcp:compute/address:Address"
RESOURCE_POLICY = "gcp:compute/resourcePolicy:ResourcePolicy"
RESERVATION = "gcp:compute/reservation:Reservation"
CONNECTION = "gcp:servicenetworking/connection:Connection"
CLUSTER = "gcp:container/cluster:Cluster"
NODE_POOL = "gcp:container/nodePool:NodePool"
ACCOUNT = "gcp:serviceaccount/account:Account"
ACCOUNT_MEMBER = "gcp:serviceaccount/iAMMember:IAMMember"
PROJECT_MEMBER = "gcp:projects/iAMMember:IAMMember"
SERVICE = "gcp:projects/service:Service"
LUSTRE = "gcp:lustre/instance:Instance"
FILESTORE = "gcp:filestore/instance:Instance"

_MISSING = "googleapi: Error 404: The resource was not found, notFound"
_NETWORK = Ref(path="network", types=(NETWORK,), missing=_MISSING)
_SUBNETWORK = Ref(path="subnetwork", types=(SUBNETWORK,), missing=_MISSING)
_POLICY = Ref(path="firewallPolicy", types=(FIREWALL_POLICY,), missing=_MISSING)
_RUNS_AS = Ref(
    path="nodeConfig.serviceAccount",
    types=(ACCOUNT,),
    missing="googleapi: Error 400: Service account does not exist, badRequest",
)

KINDS: dict[str, Kind] = {
    NETWORK: Kind(
        name="name",
        replace=(
            "name",
            "autoCreateSubnetworks",
            "description",
            "internalIpv6Range",
            "networkProfile",
            "params",
            "project",
        ),
    ),
    SUBNETWORK: Kind(
        name="name",
        refs=(_NETWORK,),
        replace=(
            "name",
            "network",
            "description",
            "externalIpv6Prefix",
            "internalIpv6Prefix",
            "params",
            "region",
            "reservedInternalRange",
            "resolveSubnetMask",
            "project",
        ),
    ),
    ROUTER: Kind(
        name="name",
        refs=(_NETWORK,),
        replace=("name", "encryptedInterconnectRouter", "nccGateway", "network", "region"),
    ),
    ROUTER_NAT: Kind(
        name="name",
        refs=(
            Ref(path="router", types=(ROUTER,), missing=_MISSING),
            Ref(path="natIps[*]", types=(ADDRESS,), missing=_MISSING),
            Ref(path="subnetworks[*].name", types=(SUBNETWORK,), missing=_MISSING),
        ),
        replace=("name", "router", "endpointTypes", "initialNatIps", "region", "type", "project"),
    ),
    FIREWALL: Kind(
        name="name",
        refs=(_NETWORK,),
        replace=("name", "direction", "params", "project"),
    ),
    FIREWALL_POLICY: Kind(name="name", replace=("name", "policyType", "project")),
    FIREWALL_POLICY_RULE: Kind(refs=(_POLICY,), replace=("firewallPolicy", "priority", "project")),
    FIREWALL_POLICY_ASSOCIATION: Kind(
        name="name",
        refs=(_POLICY, Ref(path="attachmentTarget", types=(NETWORK,), missing=_MISSING)),
        replace=("attachmentTarget", "firewallPolicy", "name", "project"),
    ),
    GLOBAL_ADDRESS: Kind(
        name="name",
        refs=(_NETWORK,),
        replace=(
            "name",
            "address",
            "addressType",
            "description",
            "ipVersion",
            "network",
            "prefixLength",
            "purpose",
            "project",
        ),
    ),
    ADDRESS: Kind(
        name="name",
        refs=(_NETWORK, _SUBNETWORK),
        replace=(
            "name",
            "address",
            "addressType",
            "description",
            "ipCollection",
            "ipVersion",
            "ipv6EndpointType",
            "network",
            "networkTier",
            "prefixLength",
            "purpose",
            "region",
            "subnetwork",
            "project",
        ),
    ),
    RESOURCE_POLICY: Kind(
        name="name",
        replace=(
            "name",
            "diskConsistencyGroupPolicy",
            "groupPlacementPolicy.gpuTopology",
            "groupPlacementPolicy.tpuTopology",
            "region",
            "workloadPolicy",
            "project",
        ),
    ),
    RESERVATION: Kind(
        name="name",
        replace=(
            "name",
            "specificReservation.instanceProperties",
            "zone",
            "deleteAfterDuration",
            "deleteAtTime",
            "description",
            "enableEmergentMaintenance",
            "params",
            "reservationSharingPolicy",
            "shareSettings.shareType",
            "specificReservationRequired",
            "project",
        ),
    ),
    CONNECTION: Kind(
        refs=(
            _NETWORK,
            # An allocated range may go before the connection does: what uses it keeps its part.
            Ref(
                path="reservedPeeringRanges[*]",
                types=(GLOBAL_ADDRESS,),
                missing=_MISSING,
                holds=False,
            ),
        ),
        replace=("network", "service"),
    ),
    CLUSTER: Kind(
        name="name",
        refs=(
            _NETWORK,
            _SUBNETWORK,
            _RUNS_AS,
            Ref(
                path="privateClusterConfig.privateEndpointSubnetwork",
                types=(SUBNETWORK,),
                missing=_MISSING,
            ),
        ),
        replace=(
            "name",
            "location",
            "project",
            "clusterIpv4Cidr",
            "description",
            "enableKubernetesAlpha",
            "enableTpu",
            "enableAutopilot",
            "initialNodeCount",
            "confidentialNodes",
            "masterAuth.clientCertificateConfig",
            "network",
            "subnetwork",
            "ipAllocationPolicy.clusterIpv4CidrBlock",
            "ipAllocationPolicy.servicesIpv4CidrBlock",
            "ipAllocationPolicy.clusterSecondaryRangeName",
            "ipAllocationPolicy.servicesSecondaryRangeName",
            "ipAllocationPolicy.podCidrOverprovisionConfig",
            "networkingMode",
            "privateClusterConfig.masterIpv4CidrBlock",
            "privateClusterConfig.privateEndpointSubnetwork",
            "defaultMaxPodsPerNode",
            "datapathProvider",
            "dataplaneOptimizationMode",
        ),
    ),
    NODE_POOL: Kind(
        name="name",
        refs=(
            Ref(path="cluster", types=(CLUSTER,), missing=_MISSING),
            _RUNS_AS,
            Ref(path="networkConfig.subnetwork", types=(SUBNETWORK,), missing=_MISSING),
            Ref(
                path="networkConfig.additionalNodeNetworkConfigs[*].network",
                types=(NETWORK,),
                missing=_MISSING,
            ),
            Ref(
                path="networkConfig.additionalNodeNetworkConfigs[*].subnetwork",
                types=(SUBNETWORK,),
                missing=_MISSING,
            ),
            Ref(
                path="networkConfig.additionalPodNetworkConfigs[*].subnetwork",
                types=(SUBNETWORK,),
                missing=_MISSING,
            ),
            Ref(path="placementPolicy.policyName", types=(RESOURCE_POLICY,), missing=_MISSING),
        ),
        replace=(
            "project",
            "cluster",
            "location",
            "placementPolicy",
            "queuedProvisioning",
            "maxPodsPerNode",
            "initialNodeCount",
            "name",
            "namePrefix",
            "networkConfig.acceleratorNetworkProfile",
            "networkConfig.createPodRange",
            "networkConfig.podRange",
            "networkConfig.podIpv4CidrBlock",
            "networkConfig.additionalNodeNetworkConfigs",
            "networkConfig.additionalPodNetworkConfigs",
            "networkConfig.podCidrOverprovisionConfig",
            "networkConfig.subnetwork",
            "nodeConfig.guestAccelerators",
            "nodeConfig.localSsdCount",
            "nodeConfig.ephemeralStorageConfig",
            "nodeConfig.ephemeralStorageLocalSsdConfig",
            "nodeConfig.localNvmeSsdBlockConfig",
            "nodeConfig.secondaryBootDisks",
            "nodeConfig.metadata",
            "nodeConfig.minCpuPlatform",
            "nodeConfig.oauthScopes",
            "nodeConfig.preemptible",
            "nodeConfig.reservationAffinity",
            "nodeConfig.spot",
            "nodeConfig.serviceAccount",
            "nodeConfig.shieldedInstanceConfig",
            "nodeConfig.sandboxConfig",
            "nodeConfig.bootDiskKmsKey",
            "nodeConfig.nodeGroup",
            "nodeConfig.advancedMachineFeatures",
            "nodeConfig.soleTenantConfig",
            "nodeConfig.hostMaintenancePolicy",
            "nodeConfig.confidentialNodes.confidentialInstanceType",
            "nodeConfig.enableConfidentialStorage",
            "nodeConfig.localSsdEncryptionMode",
            "nodeConfig.maxRunDuration",
            "nodeConfig.flexStart",
        ),
    ),
    ACCOUNT: Kind(replace=("accountId", "project")),
    ACCOUNT_MEMBER: Kind(
        refs=(Ref(path="serviceAccountId", types=(ACCOUNT,), missing=_MISSING),),
        replace=("condition", "member", "role", "serviceAccountId"),
    ),
    PROJECT_MEMBER: Kind(replace=("condition", "member", "project", "role")),
    SERVICE: Kind(replace=("service", "project")),
    LUSTRE: Kind(
        refs=(_NETWORK,),
        replace=(
            "filesystem",
            "instanceId",
            "location",
            "network",
            "dynamicTierOptions",
            "kmsKey",
            "perUnitStorageThroughput",
            "project",
        ),
    ),
    FILESTORE: Kind(
        name="name",
        refs=(Ref(path="networks[*].network", types=(NETWORK,), missing=_MISSING),),
        replace=(
            "name",
            "networks",
            "tier",
            "initialReplication",
            "kmsKeyName",
            "location",
            "protocol",
            "tags",
            "project",
            "fileShares.name",
            "fileShares.sourceBackup",
        ),
    ),
}

LABELS: dict[str, str] = {
    GLOBAL_ADDRESS: "labels",
    ADDRESS: "labels",
    CLUSTER: "resourceLabels",
    LUSTRE: "labels",
    FILESTORE: "labels",
}
"""Where a type carries labels of Google Cloud (those of Kubernetes nodes are something else)."""

APIS: dict[str, str] = {
    "compute": "compute.googleapis.com",
    "container": "container.googleapis.com",
    "servicenetworking": "servicenetworking.googleapis.com",
    "lustre": "lustre.googleapis.com",
    "filestore": "file.googleapis.com",
}
"""The API behind each part of the package that has to be enabled in the project first."""
