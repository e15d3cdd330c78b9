"""From one stack file to a running inference graph.

stack file -> settings -> plan -> cluster -> platform -> graphs -> outputs
"""

import pulumi

from components import (
    Graphs,
    GraphsArgs,
    Platform,
    PlatformArgs,
    create_cluster,
    export_outputs,
)
from plan.program import require_plan
from plan.settings import InvalidSettings

config = pulumi.Config()
try:
    # Everything that can be known is worked out, and checked, before the first resource.
    plan = require_plan(config.get_object, pulumi.get_stack())
except InvalidSettings as error:
    raise pulumi.RunError(str(error)) from None
for finding in plan.findings:
    pulumi.log.warn(str(finding))
needs_token = plan.settings.platform.hugging_face is not None
token = config.require_secret("huggingFaceToken") if needs_token else None

cluster = create_cluster(plan)
inside = pulumi.ResourceOptions(providers=[cluster.provider])
platform = Platform(
    "platform", PlatformArgs(plan=plan, cluster=cluster, hugging_face_token=token), inside
)
graphs = Graphs("graphs", GraphsArgs(plan=plan, cluster=cluster, platform=platform), inside)
export_outputs(plan, cluster, graphs.endpoints)
