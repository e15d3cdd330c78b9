"""The data sources of the aws package that our program, or pulumi-eks inside it, asks."""

from __future__ import annotations

from rehearsal.providers.aws.outputs import ACCOUNT, arn
from rehearsal.providers.standin import Refusal
from rehearsal.providers.values import Props, text


def answer(token: str, args: Props, region: str) -> Props:
    """The answer to one lookup."""
    match token:
        case "aws:index/getPartition:getPartition":
            return {
                "id": "aws",
                "partition": "aws",
                "dnsSuffix": "amazonaws.com",
                "reverseDnsPrefix": "com.amazonaws",
            }
        case "aws:index/getRegion:getRegion":
            return {"id": region, "name": region, "region": region, "description": "simulated"}
        case "aws:index/getCallerIdentity:getCallerIdentity":
            return {
                "id": ACCOUNT,
                "accountId": ACCOUNT,
                "arn": arn("iam", "user/simulated"),
                "userId": "SIMULATED",
            }
        case "aws:eks/getAddonVersion:getAddonVersion":
            # Version numbers of add-ons change weekly: what comes back says that it is not one.
            kubernetes = text(args, "kubernetesVersion")
            return {
                **args,
                "id": text(args, "addonName"),
                "version": f"v{kubernetes}.0-simulated.1",
            }
        case _:
            raise Refusal(f"the aws stand-in does not know the lookup {token}")
