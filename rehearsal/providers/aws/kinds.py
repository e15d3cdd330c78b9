"""The resource types of the aws package that our program uses, one row each.

Which property needs a new resource when it changes is what pulumi-aws 7.51.1 does (the provider's
`ForceNew` marks, said in its documentation as "Changing this forces a new resource").
"""

from __future__ import annotations

from rehearsal.providers.table.kind import Kind, Ref

VPC = "aws:ec2/vpc:Vpc"
INTERNET_GATEWAY = "aws:ec2/internetGateway:InternetGateway"
SUBNET = "aws:ec2/subnet:Subnet"
EIP = "aws:ec2/eip:Eip"
NAT_GATEWAY = "aws:ec2/natGateway:NatGateway"
ROUTE_TABLE = "aws:ec2/routeTable:RouteTable"
ROUTE = "aws:ec2/route:Route"
ROUTE_TABLE_ASSOCIATION = "aws:ec2/routeTableAssociation:RouteTableAssociation"
VPC_ENDPOINT = "aws:ec2/vpcEndpoint:VpcEndpoint"
SECURITY_GROUP = "aws:ec2/securityGroup:SecurityGroup"
INGRESS_RULE = "aws:vpc/securityGroupIngressRule:SecurityGroupIngressRule"
EGRESS_RULE = "aws:vpc/securityGroupEgressRule:SecurityGroupEgressRule"
SECURITY_GROUP_RULE = "aws:ec2/securityGroupRule:SecurityGroupRule"
LAUNCH_TEMPLATE = "aws:ec2/launchTemplate:LaunchTemplate"
PLACEMENT_GROUP = "aws:ec2/placementGroup:PlacementGroup"
CAPACITY_RESERVATION = "aws:ec2/capacityReservation:CapacityReservation"
ROLE = "aws:iam/role:Role"
ROLE_POLICY = "aws:iam/rolePolicy:RolePolicy"
ROLE_POLICY_ATTACHMENT = "aws:iam/rolePolicyAttachment:RolePolicyAttachment"
POLICY = "aws:iam/policy:Policy"
OIDC_PROVIDER = "aws:iam/openIdConnectProvider:OpenIdConnectProvider"
INSTANCE_PROFILE = "aws:iam/instanceProfile:InstanceProfile"
CLUSTER = "aws:eks/cluster:Cluster"
NODE_GROUP = "aws:eks/nodeGroup:NodeGroup"
ADDON = "aws:eks/addon:Addon"
POD_IDENTITY = "aws:eks/podIdentityAssociation:PodIdentityAssociation"
ACCESS_ENTRY = "aws:eks/accessEntry:AccessEntry"
ACCESS_POLICY = "aws:eks/accessPolicyAssociation:AccessPolicyAssociation"
LOG_GROUP = "aws:cloudwatch/logGroup:LogGroup"
SCHEDULE = "aws:autoscaling/schedule:Schedule"
LUSTRE = "aws:fsx/lustreFileSystem:LustreFileSystem"
FILE_SYSTEM = "aws:efs/fileSystem:FileSystem"
MOUNT_TARGET = "aws:efs/mountTarget:MountTarget"
# Made by services alone, so without a row.
NETWORK_INTERFACE = "aws:ec2/networkInterface:NetworkInterface"

_VPC = Ref(path="vpcId", types=(VPC,), missing="InvalidVpcID.NotFound")
_SUBNET = Ref(path="subnetId", types=(SUBNET,), missing="InvalidSubnetID.NotFound")
_TABLE = Ref(path="routeTableId", types=(ROUTE_TABLE,), missing="InvalidRouteTableID.NotFound")
_GROUP = Ref(path="securityGroupId", types=(SECURITY_GROUP,), missing="InvalidGroup.NotFound")
_ROLE = Ref(path="role", types=(ROLE,), missing="NoSuchEntity")
_ROLE_ARN = Ref(path="roleArn", types=(ROLE,), missing="InvalidParameterException")
_CLUSTER = Ref(path="clusterName", types=(CLUSTER,), missing="ResourceNotFoundException")

_VPC_RULE = Kind(
    prefix="sgr",
    # EC2 holds a rule once: a second identical one is InvalidPermission.Duplicate.
    unique=(
        (
            "securityGroupId",
            "referencedSecurityGroupId",
            "cidrIpv4",
            "cidrIpv6",
            "prefixListId",
            "ipProtocol",
            "fromPort",
            "toPort",
        ),
    ),
    taken="InvalidPermission.Duplicate: the specified rule already exists",
    replace=("securityGroupId",),
    refs=(
        _GROUP,
        Ref(
            path="referencedSecurityGroupId",
            types=(SECURITY_GROUP,),
            missing="InvalidGroup.NotFound",
        ),
    ),
)

KINDS: dict[str, Kind] = {
    VPC: Kind(prefix="vpc", replace=("cidrBlock", "instanceTenancy", "ipv4IpamPoolId")),
    INTERNET_GATEWAY: Kind(
        prefix="igw",
        refs=(_VPC,),
        unique=(("vpcId",),),
        taken="InvalidParameterValue: the network already has an internet gateway attached",
    ),
    SUBNET: Kind(
        prefix="subnet",
        refs=(_VPC,),
        replace=(
            "vpcId",
            "cidrBlock",
            "availabilityZone",
            "availabilityZoneId",
            "ipv6Native",
            "outpostArn",
        ),
    ),
    EIP: Kind(prefix="eipalloc", replace=("domain", "publicIpv4Pool", "networkBorderGroup")),
    NAT_GATEWAY: Kind(
        prefix="nat",
        refs=(
            _SUBNET,
            Ref(path="allocationId", types=(EIP,), missing="InvalidAllocationID.NotFound"),
        ),
        unique=(("allocationId",),),
        taken="Resource.AlreadyAssociated: the elastic IP address is already in use",
        replace=("subnetId", "allocationId", "connectivityType", "privateIp"),
    ),
    ROUTE_TABLE: Kind(
        prefix="rtb",
        refs=(
            _VPC,
            Ref(
                path="routes[*].natGatewayId",
                types=(NAT_GATEWAY,),
                missing="InvalidNatGatewayID.NotFound",
            ),
            Ref(
                path="routes[*].gatewayId",
                types=(INTERNET_GATEWAY,),
                missing="InvalidGatewayID.NotFound",
            ),
        ),
        replace=("vpcId",),
    ),
    ROUTE: Kind(
        prefix="r-rtb",
        tagged=False,
        refs=(
            _TABLE,
            Ref(path="gatewayId", types=(INTERNET_GATEWAY,), missing="InvalidGatewayID.NotFound"),
            Ref(path="natGatewayId", types=(NAT_GATEWAY,), missing="InvalidNatGatewayID.NotFound"),
        ),
        unique=(("routeTableId", "destinationCidrBlock", "destinationIpv6CidrBlock"),),
        taken="RouteAlreadyExists: the route table already has a route for this destination",
        replace=(
            "routeTableId",
            "destinationCidrBlock",
            "destinationIpv6CidrBlock",
            "destinationPrefixListId",
        ),
    ),
    ROUTE_TABLE_ASSOCIATION: Kind(
        prefix="rtbassoc",
        tagged=False,
        refs=(_TABLE, _SUBNET),
        unique=(("subnetId",),),
        taken="Resource.AlreadyAssociated: the subnet already has a route table associated",
        replace=("subnetId", "gatewayId"),
    ),
    VPC_ENDPOINT: Kind(
        prefix="vpce",
        refs=(
            _VPC,
            Ref(path="subnetIds[*]", types=(SUBNET,), missing="InvalidSubnetID.NotFound"),
            Ref(
                path="routeTableIds[*]",
                types=(ROUTE_TABLE,),
                missing="InvalidRouteTableId.NotFound",
            ),
            Ref(
                path="securityGroupIds[*]", types=(SECURITY_GROUP,), missing="InvalidGroup.NotFound"
            ),
        ),
        replace=("vpcId", "serviceName", "vpcEndpointType", "serviceRegion"),
    ),
    SECURITY_GROUP: Kind(
        prefix="sg",
        name="name",
        refs=(
            _VPC,
            Ref(
                path="ingress[*].securityGroups[*]",
                types=(SECURITY_GROUP,),
                missing="InvalidGroup.NotFound",
            ),
            Ref(
                path="egress[*].securityGroups[*]",
                types=(SECURITY_GROUP,),
                missing="InvalidGroup.NotFound",
            ),
        ),
        unique=(("vpcId", "name"),),
        taken="InvalidGroup.Duplicate: the security group name already exists in the network",
        replace=("name", "namePrefix", "description", "vpcId"),
    ),
    INGRESS_RULE: _VPC_RULE,
    EGRESS_RULE: _VPC_RULE,
    SECURITY_GROUP_RULE: Kind(
        prefix="sgrule",
        tagged=False,
        refs=(
            _GROUP,
            Ref(
                path="sourceSecurityGroupId",
                types=(SECURITY_GROUP,),
                missing="InvalidGroup.NotFound",
            ),
        ),
        unique=(
            (
                "type",
                "securityGroupId",
                "sourceSecurityGroupId",
                "self",
                "cidrBlocks",
                "ipv6CidrBlocks",
                "prefixListIds",
                "protocol",
                "fromPort",
                "toPort",
            ),
        ),
        taken="InvalidPermission.Duplicate: the specified rule already exists",
        replace=(
            "type",
            "securityGroupId",
            "sourceSecurityGroupId",
            "self",
            "cidrBlocks",
            "ipv6CidrBlocks",
            "prefixListIds",
            "protocol",
            "fromPort",
            "toPort",
        ),
    ),
    LAUNCH_TEMPLATE: Kind(
        prefix="lt",
        name="name",
        refs=(
            Ref(
                path="vpcSecurityGroupIds[*]",
                types=(SECURITY_GROUP,),
                missing="InvalidGroup.NotFound",
            ),
            Ref(
                path="networkInterfaces[*].securityGroups[*]",
                types=(SECURITY_GROUP,),
                missing="InvalidGroup.NotFound",
            ),
            Ref(
                path="placement.groupName",
                types=(PLACEMENT_GROUP,),
                missing="InvalidPlacementGroup.Unknown",
            ),
            Ref(
                path="placement.groupId",
                types=(PLACEMENT_GROUP,),
                missing="InvalidPlacementGroup.Unknown",
            ),
        ),
        unique=(("name",),),
        taken="InvalidLaunchTemplateName.AlreadyExistsException: the name is already in use",
        replace=("name", "namePrefix"),
        moves_on_update=("latestVersion", "defaultVersion"),
    ),
    PLACEMENT_GROUP: Kind(
        id_from=("name",),
        name="name",
        unique=(("name",),),
        taken="InvalidPlacementGroup.Duplicate: the placement group already exists",
        replace=("name", "strategy", "partitionCount", "spreadLevel"),
        in_use="InvalidPlacementGroup.InUse",
    ),
    CAPACITY_RESERVATION: Kind(
        prefix="cr",
        refs=(
            Ref(
                path="placementGroupArn",
                types=(PLACEMENT_GROUP,),
                missing="InvalidPlacementGroup.Unknown",
            ),
        ),
        replace=(
            "availabilityZone",
            "instanceType",
            "instancePlatform",
            "tenancy",
            "ebsOptimized",
            "ephemeralStorage",
            "instanceMatchCriteria",
            "outpostArn",
            "placementGroupArn",
        ),
    ),
    ROLE: Kind(
        id_from=("name",),
        name="name",
        unique=(("name",),),
        taken="EntityAlreadyExists: a role with this name already exists",
        replace=("name", "namePrefix", "path"),
        in_use="DeleteConflict",
    ),
    ROLE_POLICY: Kind(
        id_from=("role", "name"),
        name="name",
        tagged=False,
        refs=(_ROLE,),
        replace=("name", "namePrefix", "role"),
    ),
    ROLE_POLICY_ATTACHMENT: Kind(
        id_from=("role", "policyArn"),
        id_joint="/",
        tagged=False,
        refs=(_ROLE, Ref(path="policyArn", types=(POLICY,), missing="NoSuchEntity")),
        replace=("role", "policyArn"),
    ),
    POLICY: Kind(
        id_from=("arn",),
        name="name",
        unique=(("name",),),
        taken="EntityAlreadyExists: a policy with this name already exists",
        replace=("name", "namePrefix", "path", "description"),
        in_use="DeleteConflict",
    ),
    OIDC_PROVIDER: Kind(
        id_from=("arn",),
        unique=(("url",),),
        taken="EntityAlreadyExists: a provider with this url already exists",
        replace=("url",),
    ),
    INSTANCE_PROFILE: Kind(
        id_from=("name",),
        name="name",
        refs=(_ROLE,),
        unique=(("name",),),
        taken="EntityAlreadyExists: an instance profile with this name already exists",
        replace=("name", "namePrefix", "path"),
        in_use="DeleteConflict",
    ),
    CLUSTER: Kind(
        id_from=("name",),
        name="name",
        refs=(
            _ROLE_ARN,
            Ref(
                path="vpcConfig.subnetIds[*]", types=(SUBNET,), missing="InvalidParameterException"
            ),
            Ref(
                path="vpcConfig.securityGroupIds[*]",
                types=(SECURITY_GROUP,),
                missing="InvalidParameterException",
            ),
            Ref(
                path="computeConfig.nodeRoleArn",
                types=(ROLE,),
                missing="InvalidParameterException",
            ),
        ),
        unique=(("name",),),
        taken="ResourceInUseException: a cluster with this name already exists",
        replace=(
            "name",
            "roleArn",
            "bootstrapSelfManagedAddons",
            "accessConfig.bootstrapClusterCreatorAdminPermissions",
            "kubernetesNetworkConfig.serviceIpv4Cidr",
            "kubernetesNetworkConfig.ipFamily",
            "outpostConfig",
        ),
        in_use="ResourceInUseException",
    ),
    NODE_GROUP: Kind(
        id_from=("clusterName", "nodeGroupName"),
        name="nodeGroupName",
        refs=(
            _CLUSTER,
            Ref(path="nodeRoleArn", types=(ROLE,), missing="InvalidParameterException"),
            Ref(path="subnetIds[*]", types=(SUBNET,), missing="InvalidParameterException"),
            Ref(
                path="launchTemplate.id",
                types=(LAUNCH_TEMPLATE,),
                missing="InvalidLaunchTemplateId.NotFound",
            ),
            Ref(
                path="launchTemplate.name",
                types=(LAUNCH_TEMPLATE,),
                missing="InvalidLaunchTemplateName.NotFoundException",
            ),
        ),
        taken="ResourceInUseException: a node group with this name already exists in the cluster",
        replace=(
            "clusterName",
            "nodeGroupName",
            "nodeGroupNamePrefix",
            "nodeRoleArn",
            "subnetIds",
            "instanceTypes",
            "capacityType",
            "amiType",
            "diskSize",
            "remoteAccess",
            "launchTemplate.id",
            "launchTemplate.name",
        ),
        in_use="ResourceInUseException",
    ),
    ADDON: Kind(
        id_from=("clusterName", "addonName"),
        refs=(
            _CLUSTER,
            Ref(path="serviceAccountRoleArn", types=(ROLE,), missing="InvalidParameterException"),
            Ref(
                path="podIdentityAssociations[*].roleArn",
                types=(ROLE,),
                missing="InvalidParameterException",
            ),
        ),
        taken="ResourceInUseException: the add-on already exists in the cluster",
        replace=("clusterName", "addonName"),
    ),
    POD_IDENTITY: Kind(
        prefix="a",
        refs=(_CLUSTER, _ROLE_ARN),
        unique=(("clusterName", "namespace", "serviceAccount"),),
        taken="ResourceInUseException: an association for this service account already exists",
        replace=("clusterName", "namespace", "serviceAccount"),
    ),
    ACCESS_ENTRY: Kind(
        id_from=("clusterName", "principalArn"),
        refs=(
            _CLUSTER,
            Ref(path="principalArn", types=(ROLE,), missing="InvalidParameterException"),
        ),
        taken="ResourceInUseException: the access entry already exists in the cluster",
        replace=("clusterName", "principalArn", "type"),
    ),
    ACCESS_POLICY: Kind(
        id_from=("clusterName", "principalArn", "policyArn"),
        id_joint="#",
        tagged=False,
        refs=(_CLUSTER,),
        replace=("clusterName", "principalArn", "policyArn", "accessScope"),
    ),
    LOG_GROUP: Kind(
        id_from=("name",),
        name="name",
        unique=(("name",),),
        taken="ResourceAlreadyExistsException: the log group already exists",
        replace=("name", "namePrefix", "logGroupClass"),
    ),
    SCHEDULE: Kind(
        id_from=("scheduledActionName",),
        name="scheduledActionName",
        tagged=False,
        refs=(
            Ref(
                path="autoscalingGroupName",
                types=(NODE_GROUP,),
                missing="ValidationError: AutoScalingGroup name not found",
            ),
        ),
        unique=(("autoscalingGroupName", "scheduledActionName"),),
        replace=("scheduledActionName", "autoscalingGroupName"),
    ),
    # The interfaces of file systems and mount targets hold subnet and groups: `refs` as any other.
    LUSTRE: Kind(
        prefix="fs",
        refs=(
            Ref(path="subnetIds", types=(SUBNET,), missing="InvalidNetworkSettings"),
            Ref(
                path="securityGroupIds[*]",
                types=(SECURITY_GROUP,),
                missing="InvalidNetworkSettings",
            ),
        ),
        replace=(
            "subnetIds",
            "securityGroupIds",
            "deploymentType",
            "storageType",
            "efaEnabled",
            "kmsKeyId",
            "backupId",
            "importPath",
            "exportPath",
            "importedFileChunkSize",
            "copyTagsToBackups",
            "driveCacheType",
        ),
    ),
    FILE_SYSTEM: Kind(
        prefix="fs",
        unique=(("creationToken",),),
        taken="FileSystemAlreadyExists: a file system with this creation token already exists",
        replace=(
            "creationToken",
            "encrypted",
            "kmsKeyId",
            "performanceMode",
            "availabilityZoneName",
        ),
        in_use="FileSystemInUse",
    ),
    MOUNT_TARGET: Kind(
        prefix="fsmt",
        tagged=False,
        refs=(
            Ref(path="fileSystemId", types=(FILE_SYSTEM,), missing="FileSystemNotFound"),
            Ref(path="subnetId", types=(SUBNET,), missing="SubnetNotFound"),
            Ref(path="securityGroups[*]", types=(SECURITY_GROUP,), missing="SecurityGroupNotFound"),
        ),
        replace=("fileSystemId", "subnetId", "ipAddress", "ipAddressType", "ipv6Address"),
    ),
}
