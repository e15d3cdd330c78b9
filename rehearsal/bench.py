"""`python -m rehearsal.bench`: what our program costs over the engine's own floor.

preview   time and memory of `preview` of a stack, as a ratio to a program that registers as many
          empty resources of the same packages (an address, a config map, a bare component) on
          the same engine and stand-ins, and loads the classes that the stack uses: which parts
          of an SDK a cloud needs is not ours to choose. What is left is: the plan, the arguments,
          the dependencies. Both run in processes of their own, in turn, imports included, and the
          medians are compared. Target: 1.5 at most.
resolve   settings to plan, alone. Target: under 50 ms.
"""

from __future__ import annotations

import argparse
import json
import resource
import statistics
import subprocess
import sys
import time
from collections import Counter
from collections.abc import Callable, Sequence
from dataclasses import dataclass
from importlib import import_module
from typing import Any

from pulumi.automation.events import EngineEvent
from rich.console import Console
from rich.table import Table

from plan.resolve import resolve
from plan.settings import load_stack_file
from rehearsal import engine as engines
from rehearsal.scenario import stand_ins_for
from rehearsal.workspace import run_program, workspace

_PROGRAM, _FLOOR = "program", "floor"
_COMPONENT = "component"
_PACKAGES = ("aws", "azure-native", "gcp", "kubernetes")

# Registered resources by type.
Counts = dict[str, int]


@dataclass(frozen=True, kw_only=True, slots=True)
class Sample:
    """One preview in a process of its own."""

    seconds: float
    peak_mib: float
    resources: Counts


def main(argv: list[str]) -> int:
    parser = argparse.ArgumentParser(prog="python -m rehearsal.bench")
    parser.add_argument("--stack", default="eks-h100")
    parser.add_argument("--runs", type=int, default=5)
    parser.add_argument("--json", action="store_true")
    # Used by the benchmark itself: one preview of this kind, in this process.
    parser.add_argument("--only", choices=[_PROGRAM, _FLOOR], help=argparse.SUPPRESS)
    parser.add_argument("--resources", type=json.loads, default={}, help=argparse.SUPPRESS)
    arguments = parser.parse_args(argv)
    if arguments.only:
        sample = _preview(arguments.stack, arguments.only, arguments.resources)
        print(json.dumps([sample.seconds, sample.peak_mib, sample.resources]))
        return 0
    result = measure(arguments.stack, arguments.runs)
    if arguments.json:
        print(json.dumps(result, indent=2))
    else:
        _show(result)
    return 0


def measure(stack: str, runs: int) -> dict[str, Any]:
    """All figures. Program and floor take turns, so that a slow moment hits both."""
    first = _in_a_process(stack, _PROGRAM, {})
    programs, floors = [first], [_in_a_process(stack, _FLOOR, first.resources)]
    for _ in range(runs - 1):
        programs.append(_in_a_process(stack, _PROGRAM, {}))
        floors.append(_in_a_process(stack, _FLOOR, first.resources))
    seconds = [statistics.median(s.seconds for s in side) for side in (programs, floors)]
    memory = [statistics.median(s.peak_mib for s in side) for side in (programs, floors)]
    return {
        "stack": stack,
        "runs": runs,
        "resources": sum(first.resources.values()),
        "preview_seconds": {_PROGRAM: seconds[0], _FLOOR: seconds[1]},
        "preview_peak_mib": {_PROGRAM: memory[0], _FLOOR: memory[1]},
        "time_ratio": seconds[0] / seconds[1],
        "memory_ratio": memory[0] / memory[1],
        "resolve_ms": _resolve_ms(stack),
    }


def _in_a_process(stack: str, kind: str, resources: Counts) -> Sample:
    command = [sys.executable, "-m", "rehearsal.bench", "--stack", stack, "--only", kind]
    done = subprocess.run(
        [*command, "--resources", json.dumps(resources)], check=True, capture_output=True, text=True
    )
    seconds, peak, counts = json.loads(done.stdout.splitlines()[-1])
    return Sample(seconds=seconds, peak_mib=peak, resources=counts)


def _preview(name: str, kind: str, resources: Counts) -> Sample:
    stack = load_stack_file(name)
    plan = resolve(stack.settings, stack.name)
    program = run_program if kind == _PROGRAM else _empty_resources(resources)
    registered: Counter[str] = Counter()

    def see(event: EngineEvent) -> None:
        if event.resource_pre_event:
            registered[event.resource_pre_event.metadata.type] += 1

    with (
        stand_ins_for(plan) as stand_ins,
        workspace(stack, engines.find(), stand_ins, program) as work,
    ):
        start = time.perf_counter()
        work.stack.preview(on_event=see)
        seconds = time.perf_counter() - start
    peak = resource.getrusage(resource.RUSAGE_SELF).ru_maxrss / 1024  # kilobytes on Linux
    return Sample(seconds=seconds, peak_mib=peak, resources=dict(registered))


def _empty_resources(types: Counts) -> Callable[[], None]:
    """Packages are imported in the program, so that the floor pays for it where we do."""
    counts: Counter[str] = Counter()
    for type_, count in types.items():
        package = type_.partition(":")[0]
        counts[package if package in _PACKAGES else _COMPONENT] += count

    def program() -> None:
        import pulumi

        for type_ in types:
            if type_.partition(":")[0] in _PACKAGES:
                _load(type_)
        packages = [package for package in _PACKAGES if package in counts]
        providers = sum(_MAKERS[package](counts[package]) for package in packages)
        # The stack and the providers are there already.
        for number in range(counts[_COMPONENT] - 1 - providers):
            pulumi.ComponentResource("gpuclusters:bench:Empty", f"component-{number}")

    return program


def _load(type_: str) -> None:
    """Load the class of a type, as its SDK does when a program first names it."""
    package, module, kind = type_.split(":")
    sdk: object = import_module(f"pulumi_{package.replace('-', '_')}")
    if package == "kubernetes":
        # `rbac.authorization.k8s.io/v1` is `rbac.v1`; a kind without a class is a custom resource.
        group, version = module.split("/")
        names = (group.partition(".")[0], version, kind)
        found = _attribute(sdk, names)
        if found is None:
            _attribute(sdk, ("apiextensions", "CustomResource"))
    else:
        _attribute(sdk, (module.partition("/")[0], kind))


def _attribute(holder: object, names: Sequence[str]) -> object | None:
    for name in names:
        holder = getattr(holder, name, None)
    return holder


def _aws(count: int) -> int:
    import pulumi
    import pulumi_aws as aws

    opts = pulumi.ResourceOptions(provider=aws.Provider("aws", region="us-east-1"))
    for number in range(count):
        aws.ec2.Eip(f"aws-{number}", opts=opts)
    return 1


def _azure(count: int) -> int:
    import pulumi
    import pulumi_azure_native as azure
    from pulumi_azure_native import network, resources

    opts = pulumi.ResourceOptions(
        provider=azure.Provider("azure", subscription_id=_NOBODY, location="eastus")
    )
    group = resources.ResourceGroup("azure", opts=opts)
    for number in range(count - 1):
        network.PublicIPAddress(f"azure-{number}", resource_group_name=group.name, opts=opts)
    return 1


def _gcp(count: int) -> int:
    import pulumi
    import pulumi_gcp as gcp

    provider = gcp.Provider("gcp", project="gpu-clusters-bench", region="us-central1")
    opts = pulumi.ResourceOptions(provider=provider)
    for number in range(count):
        gcp.compute.GlobalAddress(f"gcp-{number}", opts=opts)
    return 1


def _kubernetes(count: int) -> int:
    import pulumi
    import pulumi_kubernetes as kubernetes

    provider = kubernetes.Provider("kubernetes", kubeconfig="{}")
    opts = pulumi.ResourceOptions(provider=provider)
    for number in range(count):
        kubernetes.core.v1.ConfigMap(f"kubernetes-{number}", opts=opts)
    return 1


_NOBODY = "00000000-0000-0000-0000-000000000000"
_MAKERS = {"aws": _aws, "azure-native": _azure, "gcp": _gcp, "kubernetes": _kubernetes}


def _resolve_ms(name: str) -> float:
    settings = load_stack_file(name).settings
    resolve(settings, name)  # reads the catalogue's files, once
    start = time.perf_counter()
    rounds = 20
    for _ in range(rounds):
        resolve(settings, name)
    return (time.perf_counter() - start) / rounds * 1000


def _show(result: dict[str, Any]) -> None:
    console = Console(highlight=False)
    table = Table(title=f"preview of {result['stack']}, median of {result['runs']}")
    for column in ("", "program", f"{result['resources']} empty resources", "ratio"):
        table.add_column(column, justify="right")
    seconds, memory = result["preview_seconds"], result["preview_peak_mib"]
    table.add_row(
        "seconds",
        f"{seconds[_PROGRAM]:.2f}",
        f"{seconds[_FLOOR]:.2f}",
        f"{result['time_ratio']:.2f}",
    )
    table.add_row(
        "peak MiB",
        f"{memory[_PROGRAM]:.0f}",
        f"{memory[_FLOOR]:.0f}",
        f"{result['memory_ratio']:.2f}",
    )
    console.print(table)
    console.print(f"resolve: {result['resolve_ms']:.1f} ms")


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))
