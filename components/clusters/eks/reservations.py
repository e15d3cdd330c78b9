"""How a launch template takes its capacity: Capacity Block, placement group, or neither."""

from __future__ import annotations

from typing import TypedDict

import pulumi
import pulumi_aws as aws

from plan.model import Pool


class CapacityOptions(TypedDict, total=False):
    """The parts of a launch template that say where capacity comes from."""

    instance_market_options: aws.ec2.LaunchTemplateInstanceMarketOptionsArgs
    capacity_reservation_specification: aws.ec2.LaunchTemplateCapacityReservationSpecificationArgs
    placement: aws.ec2.LaunchTemplatePlacementArgs


def capacity_type(pool: Pool) -> str:
    """The node group's capacity type (EKS API, CapacityTypes)."""
    return "CAPACITY_BLOCK" if pool.reservation else "ON_DEMAND"


def needs_placement_group(pool: Pool) -> bool:
    """EFA wants its nodes close. A Capacity Block is placed already, and refuses a group."""
    return bool(pool.interfaces) and pool.reservation is None


def capacity_options(pool: Pool, placement_group: pulumi.Input[str] | None) -> CapacityOptions:
    """The template's part, for this pool."""
    if pool.reservation:
        target = (
            aws.ec2.LaunchTemplateCapacityReservationSpecificationCapacityReservationTargetArgs(
                capacity_reservation_id=pool.reservation.id
            )
        )
        return {
            "instance_market_options": aws.ec2.LaunchTemplateInstanceMarketOptionsArgs(
                market_type="capacity-block"
            ),
            "capacity_reservation_specification": (
                aws.ec2.LaunchTemplateCapacityReservationSpecificationArgs(
                    capacity_reservation_target=target
                )
            ),
        }
    options: CapacityOptions = {
        # Said nothing, EC2 takes any open reservation of the account that fits, whoever made it.
        "capacity_reservation_specification": (
            aws.ec2.LaunchTemplateCapacityReservationSpecificationArgs(
                capacity_reservation_preference="none"
            )
        )
    }
    if placement_group is not None:
        options["placement"] = aws.ec2.LaunchTemplatePlacementArgs(group_name=placement_group)
    return options
