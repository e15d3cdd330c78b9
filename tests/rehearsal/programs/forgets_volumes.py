"""Our program, but the layer with a volume is not deleted when its cluster goes."""

from dataclasses import replace

from plan.model import Layer
from plan.platform import dynamo, layers
from plan.platform.facts import Facts
from rehearsal.workspace import run_program


def skips_deletion(facts: Facts) -> Layer:
    return replace(dynamo.layer(facts), keeps_cloud_resources=False)


layers.MAKERS = (*(make for make in layers.MAKERS if make is not dynamo.layer), skips_deletion)
run_program()
