"""The harness refuses what plain mocks let through; without that, contract tests prove little."""

from __future__ import annotations

import pulumi
import pulumi_kubernetes as kubernetes
import pytest

from tests.harness.answers import UnmockedResource
from tests.harness.program import record, run_stack
from tests.harness.recording import DuplicateUrn, UnmockedInvoke
from tests.harness.values import UNKNOWN

both_modes = pytest.mark.parametrize("preview", [True, False], ids=["preview", "up"])


class Box(pulumi.ComponentResource):
    def __init__(self, name: str, opts: pulumi.ResourceOptions | None = None) -> None:
        super().__init__("gpuclusters:test:Box", name, {}, opts)
        self.register_outputs({})


def namespace(name: str, **options: object) -> kubernetes.core.v1.Namespace:
    return kubernetes.core.v1.Namespace(name, opts=pulumi.ResourceOptions(**options))  # pyright: ignore[reportArgumentType]


@both_modes
def test_a_duplicate_urn_is_refused(preview: bool) -> None:
    def program() -> None:
        namespace("twin")
        namespace("twin")

    with pytest.raises(DuplicateUrn, match="::twin is registered twice"):
        record(program, preview=preview)


def test_one_name_under_different_parents_is_no_duplicate() -> None:
    """URNs hold every level of parents; plain mocks keep one, and call these two the same."""

    def program() -> None:
        for outer in ("a", "b"):
            inner = Box("inner-" + outer, pulumi.ResourceOptions(parent=Box(outer)))
            namespace(f"same-{outer}", parent=inner)
        namespace("same-a")

    recording = record(program, preview=False)
    first, second = (r.urn for r in recording if r.name == "same-a")
    assert first != second
    assert {first.split("::")[2], second.split("::")[2]} == {
        "gpuclusters:test:Box$gpuclusters:test:Box$kubernetes:core/v1:Namespace",
        "kubernetes:core/v1:Namespace",
    }


@both_modes
def test_an_invoke_without_an_answer_is_refused(preview: bool) -> None:
    def program() -> None:
        pulumi.export("x", pulumi.runtime.invoke_output("aws:index/getRegion:getRegion", {}))

    with pytest.raises(UnmockedInvoke, match="getRegion"):
        record(program, preview=preview)


@both_modes
def test_a_type_without_an_answer_is_refused(preview: bool) -> None:
    def program() -> None:
        pulumi.CustomResource("aws:s3/bucket:Bucket", "bucket", {})

    with pytest.raises(UnmockedResource, match="aws:s3/bucket:Bucket"):
        record(program, preview=preview)


@both_modes
def test_an_apply_that_raises_is_not_lost(preview: bool) -> None:
    def program() -> None:
        pulumi.Output.from_input("x").apply(lambda x: 1 / (len(x) - 1))

    with pytest.raises(ZeroDivisionError):
        record(program, preview=preview)


def test_computed_outputs_are_unknown_at_preview_and_known_at_up() -> None:
    def program() -> None:
        made = namespace("made")
        pulumi.export("id", made.id)
        pulumi.export("name", made.metadata["name"])

    shown = record(program, preview=True).exports
    assert shown.values == {"id": UNKNOWN, "name": UNKNOWN}
    assert shown.unknowns == {("id",), ("name",)}
    made = record(program, preview=False).exports
    assert str(made.values["name"]).startswith("made-")
    assert made.values["id"] == made.values["name"]


@both_modes
def test_secrets_are_told_apart_and_stay_secret_downstream(preview: bool) -> None:
    def program() -> None:
        queue = kubernetes.apiextensions.CustomResource(
            "queue",
            api_version="scheduling.run.ai/v2",
            kind="Queue",
            spec={"open": "a", "nested": [{"hidden": pulumi.Output.secret("b")}]},
        )
        pulumi.export("spec", queue.spec)  # pyright: ignore[reportAttributeAccessIssue]

    recording = record(program, preview=preview)
    queue = recording.one("kubernetes:scheduling.run.ai/v2:Queue")
    assert queue.get("spec") == {"open": "a", "nested": [{"hidden": "b"}]}
    assert queue.inputs.secrets == {("spec", "nested", 0, "hidden")}
    assert queue.inputs.is_secret("spec", "nested", 0, "hidden")
    assert not queue.inputs.is_secret("spec", "open")
    # Downstream, the whole output that holds it.
    assert recording.exports.is_secret("spec")


@both_modes
def test_every_option_is_kept(preview: bool) -> None:
    def program() -> None:
        first = namespace("first")
        namespace(
            "second",
            depends_on=[first],
            deleted_with=first,
            delete_before_replace=True,
            protect=True,
            retain_on_delete=True,
            aliases=[pulumi.Alias(name="old")],
            ignore_changes=["metadata"],
            additional_secret_outputs=["status"],
            custom_timeouts=pulumi.CustomTimeouts(create="1m", update="2m", delete="3m"),
            provider=kubernetes.Provider("mine"),
        )

    recording = record(program, preview=preview)
    first = recording.one("kubernetes:core/v1:Namespace", "first")
    second = recording.one("kubernetes:core/v1:Namespace", "second")
    provider = recording.one("pulumi:providers:kubernetes")
    assert second.dependencies == {first.urn}
    assert second.deleted_with == first.urn
    assert second.delete_before_replace
    assert second.protect
    assert second.retain_on_delete
    assert second.aliases == ("old",)
    assert second.ignore_changes == ("metadata",)
    assert second.secret_outputs == {"status"}
    assert second.timeouts.create == "1m"
    assert second.timeouts.delete == "3m"
    assert second.provider == provider.urn
    assert first.provider == ""
    assert not first.protect
    assert not first.delete_before_replace
    assert recording.before(second) == {first.urn, provider.urn}
    assert recording.before(first) == set()


def test_numbers_and_booleans_come_as_they_were_sent() -> None:
    def program() -> None:
        kubernetes.apiextensions.CustomResource(
            "queue",
            api_version="scheduling.run.ai/v2",
            kind="Queue",
            spec={"whole": 3, "half": 0.5, "yes": True, "text": "3", "list": [1, {"a": 2}]},
        )

    queue = record(program, preview=False).one("kubernetes:scheduling.run.ai/v2:Queue")
    assert queue.get("spec") == {
        "whole": 3,
        "half": 0.5,
        "yes": True,
        "text": "3",
        "list": [1, {"a": 2}],
    }
    assert queue.get("spec", "yes") is True
    assert isinstance(queue.get("spec", "whole"), int)
    assert queue.get("spec", "list", 1, "a") == 2
    assert queue.get("spec", "list", 7) is None


def test_a_component_without_outputs_is_seen() -> None:
    class Silent(pulumi.ComponentResource):
        def __init__(self) -> None:
            super().__init__("gpuclusters:test:Silent", "silent", {})

    recording = record(Silent, preview=False)
    assert recording.one("gpuclusters:test:Silent").urn not in recording.outputs


def test_runs_do_not_see_each_other() -> None:
    def program() -> None:
        namespace("only")
        pulumi.export("stack", pulumi.get_stack())

    runs = [record(program, stack=stack, preview=False) for stack in ("a", "b")]
    assert [len(run.resources) for run in runs] == [1, 1]
    assert [run.exports.values["stack"] for run in runs] == ["a", "b"]


def test_what_the_program_tells_its_user_is_kept() -> None:
    recording = record(lambda: pulumi.log.warn("mind the gap"), preview=False)
    assert recording.messages == [("warning", "mind the gap")]


def test_the_real_program_stops_before_the_first_resource_on_bad_settings() -> None:
    with pytest.raises(pulumi.RunError, match=r"cluster\.region"):
        run_stack({"cluster": {"cloud": "eks"}}, preview=True)
