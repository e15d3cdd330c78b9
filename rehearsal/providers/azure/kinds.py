"""The resource types of the azure-native package that our program uses, one row each.

What needs a new resource when it changes is what pulumi-azure-native does: the parts of the id,
which `standin` adds, and the rest from its own list (`forceNewMap`) and the marks in Azure's
specifications (`x-ms-mutability`). What Azure refuses to change although the package would try is
a rule (`aks_rules.FROZEN`).
"""

from __future__ import annotations

from rehearsal.providers.table.kind import Kind, Ref

RESOURCE_GROUP = "azure-native:resources:ResourceGroup"
DEPLOYMENT = "azure-native:resources:DeploymentAtSubscriptionScope"
VIRTUAL_NETWORK = "azure-native:network:VirtualNetwork"
SUBNET = "azure-native:network:Subnet"
NAT_GATEWAY = "azure-native:network:NatGateway"
PUBLIC_IP = "azure-native:network:PublicIPAddress"
SECURITY_GROUP = "azure-native:network:NetworkSecurityGroup"
IDENTITY = "azure-native:managedidentity:UserAssignedIdentity"
ROLE_ASSIGNMENT = "azure-native:authorization:RoleAssignment"
CLUSTER = "azure-native:containerservice:ManagedCluster"
AGENT_POOL = "azure-native:containerservice:AgentPool"
RESERVATION_GROUP = "azure-native:compute:CapacityReservationGroup"
RESERVATION = "azure-native:compute:CapacityReservation"
LUSTRE = "azure-native:storagecache:AmlFilesystem"
FEATURE = "azure-native:features:SubscriptionFeatureRegistration"

_GROUP = Ref(
    path="resourceGroupName",
    types=(RESOURCE_GROUP,),
    missing="ResourceGroupNotFound: Resource group could not be found",
)


def _subnet(path: str) -> Ref:
    # ZD3, ZD11: a subnet stays while network interfaces are in it.
    return Ref(path=path, types=(SUBNET,), missing="InvalidResourceReference")


def _reservation_group(path: str) -> Ref:
    return Ref(path=path, types=(RESERVATION_GROUP,), missing="ResourceNotFound")


def _identity(path: str) -> Ref:
    # ZD8: an identity can be deleted under the cluster that runs with it.
    return Ref(
        path=path, types=(IDENTITY,), missing="FailedIdentityOperation: identity", holds=False
    )


def _kind(*refs: Ref, replace: tuple[str, ...] = (), in_use: str) -> Kind:
    return Kind(refs=refs, replace=replace, in_use=in_use)


KINDS: dict[str, Kind] = {
    RESOURCE_GROUP: _kind(replace=("location",), in_use="ResourceGroupDeletionBlocked"),
    DEPLOYMENT: _kind(replace=("location",), in_use="DeploymentActive"),
    VIRTUAL_NETWORK: _kind(
        _GROUP, replace=("location",), in_use="InUseVirtualNetworkCannotBeDeleted"
    ),
    SUBNET: _kind(
        _GROUP,
        Ref(
            path="virtualNetworkName",
            types=(VIRTUAL_NETWORK,),
            missing="ParentResourceNotFound",
            holds=False,
        ),
        Ref(path="natGateway.id", types=(NAT_GATEWAY,), missing="InvalidResourceReference"),
        Ref(
            path="networkSecurityGroup.id",
            types=(SECURITY_GROUP,),
            missing="InvalidResourceReference",
        ),
        in_use="InUseSubnetCannotBeDeleted",
    ),
    NAT_GATEWAY: _kind(
        _GROUP,
        Ref(path="publicIpAddresses[*].id", types=(PUBLIC_IP,), missing="InvalidResourceReference"),
        in_use="CannotDeleteNatGatewayAssociatedToSubnet",
    ),
    PUBLIC_IP: _kind(
        _GROUP,
        replace=("location", "publicIPAddressVersion", "publicIPPrefix", "sku"),
        in_use="PublicIPAddressCannotBeDeleted",
    ),
    SECURITY_GROUP: _kind(_GROUP, in_use="InUseNetworkSecurityGroupCannotBeDeleted"),
    IDENTITY: _kind(_GROUP, replace=("location",), in_use="OperationNotAllowed"),
    ROLE_ASSIGNMENT: Kind(
        replace=("principalId", "scope"),
        unique=(("scope", "principalId", "roleDefinitionId"),),
        taken="RoleAssignmentExists: The role assignment already exists",
        in_use="OperationNotAllowed",
    ),
    CLUSTER: _kind(
        _GROUP,
        _subnet("agentPoolProfiles[*].vnetSubnetID"),
        _subnet("agentPoolProfiles[*].podSubnetID"),
        _subnet("apiServerAccessProfile.subnetId"),
        _reservation_group("agentPoolProfiles[*].capacityReservationGroupID"),
        _identity("identity.userAssignedIdentities[*]"),
        _identity("identityProfile.kubeletidentity.resourceId"),
        replace=(
            "diskEncryptionSetID",
            "dnsPrefix",
            "fqdnSubdomain",
            "linuxProfile",
            "location",
            "nodeResourceGroup",
            "windowsProfile",
            "networkProfile.serviceCidr",
            "networkProfile.serviceCidrs",
            "networkProfile.dnsServiceIP",
            "networkProfile.networkMode",
            "networkProfile.networkPlugin",
            "networkProfile.networkPluginMode",
            "networkProfile.podCidr",
            "networkProfile.networkDataplane",
            "networkProfile.networkPolicy",
            "networkProfile.outboundType",
        ),
        in_use="OperationNotAllowed",
    ),
    AGENT_POOL: _kind(
        _GROUP,
        Ref(path="resourceName", types=(CLUSTER,), missing="ResourceNotFound", holds=False),
        _subnet("vnetSubnetID"),
        _subnet("podSubnetID"),
        _reservation_group("capacityReservationGroupID"),
        replace=("gpuInstanceProfile", "vmSize"),
        in_use="OperationNotAllowed",
    ),
    # ZD5. ARM's own words for a parent whose children are still there.
    RESERVATION_GROUP: _kind(
        _GROUP,
        replace=("location",),
        in_use="CannotDeleteResource: Can not delete resource before nested resources are deleted",
    ),
    RESERVATION: _kind(
        _GROUP,
        _reservation_group("capacityReservationGroupName"),
        replace=("location",),
        in_use="OperationNotAllowed",
    ),
    LUSTRE: _kind(
        _GROUP, _subnet("filesystemSubnet"), replace=("location",), in_use="OperationNotAllowed"
    ),
    FEATURE: Kind(),
}
