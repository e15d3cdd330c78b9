"""NVIDIA Dynamo platform: the operator and NATS."""

from __future__ import annotations

from dataclasses import replace

from plan.catalog import charts
from plan.model import Layer
from plan.platform import grove, kai
from plan.platform.facts import Facts

NAME = "dynamo-platform"


def layer(facts: Facts) -> Layer:
    """Always there."""
    return Layer(
        name=NAME,
        chart=replace(
            charts.chart(NAME),
            version=facts.platform.versions.dynamo,
            namespace=facts.platform.namespace,
        ),
        values={
            "global": {
                # Installed apart, as upstream advises for production; these two only tell the
                # operator that they are there. It looks once, at its start.
                "grove": {"enabled": True},
                "kai-scheduler": {"enabled": True},
                # Said out loud because the chart's default changes between releases.
                "nats": {"install": True},
                "etcd": {"install": False},
            },
            "nats": {
                "config": {
                    "jetstream": {
                        "fileStore": {
                            # Without a class the claim waits for ever on clusters like EKS,
                            # which have no default one.
                            "pvc": {"storageClassName": facts.storage_class}
                        }
                    }
                }
            },
        },
        requires=(
            kai.NAME,
            grove.NAME,
        ),
        keeps_cloud_resources=True,
    )
