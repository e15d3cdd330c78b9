"""A throw-away Pulumi project in which the shipped program runs on the real engine."""

from __future__ import annotations

import runpy
import shutil
from collections.abc import Callable, Generator, Mapping
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path
from tempfile import TemporaryDirectory
from typing import Any, cast

import yaml
from pulumi import automation

from plan.settings.loader import PROJECT, STACKS_FOLDER, TOKEN_KEY, StackFile
from rehearsal.bootstrap import ROOT
from rehearsal.engine import Engine
from rehearsal.providers.process import StandIns

# Not a token: it only has to arrive where a real one would, encrypted all the way.
REHEARSAL_TOKEN = "hf_rehearsal_only"
_PASSPHRASE = "rehearsal-only"
_KUBECONFIG_TOKEN = "simulated-login"


PROGRAM = ROOT / "__main__.py"
"""The very program that `pulumi up` runs."""


def run_program(path: Path = PROGRAM) -> None:
    """Run a Pulumi program from its file."""
    runpy.run_path(str(path), run_name="__main__")


@dataclass(frozen=True, kw_only=True, slots=True)
class Workspace:
    """`stack` is ready for operations; its configuration is in `config_file`."""

    stack: automation.Stack
    config_file: Path
    state_folder: Path

    def written(self) -> str:
        """Everything the engine has written down: state, history, backups."""
        files = sorted(path for path in self.state_folder.rglob("*") if path.is_file())
        return "\n".join(path.read_text("utf-8") for path in files)

    def change_config(self, change: Callable[[dict[str, Any]], None]) -> None:
        """Edit the stack's configuration in place, as its user would edit the stack file."""
        document = cast("dict[str, Any]", yaml.safe_load(self.config_file.read_text("utf-8")))
        change(document["config"])
        self.config_file.write_text(yaml.safe_dump(document, sort_keys=False), "utf-8")


@contextmanager
def workspace(
    stack: StackFile,
    engine: Engine,
    stand_ins: StandIns,
    program: automation.PulumiFn = run_program,
) -> Generator[Workspace]:
    """A stack with the file's configuration, local state and stand-in providers.

    Everything it writes is in a temporary folder, removed at the end. The user's own kubeconfig is
    not looked at: an existing cluster is the stand-ins' one.
    """
    with TemporaryDirectory(prefix="gpu-clusters-") as folder:
        state = Path(folder, "state")
        state.mkdir()
        # Our own project file, whole: the engine checks the stack against the keys it declares.
        shutil.copy(ROOT / "Pulumi.yaml", folder)
        config_file = Path(folder, STACKS_FOLDER.name, stack.path.name)
        config_file.parent.mkdir()
        config = _without_token(stack.config)
        if stand_ins.existing_cluster:
            kubeconfig = Path(folder, "kubeconfig")
            config = _with_cluster(config, kubeconfig, stand_ins.existing_cluster)
        config_file.write_text(yaml.safe_dump({"config": config}, sort_keys=False), "utf-8")
        options = automation.LocalWorkspaceOptions(
            work_dir=folder,
            pulumi_command=engine.command,
            pulumi_home=str(Path(folder, "home")),
            env_vars={
                "PULUMI_BACKEND_URL": state.as_uri(),
                "PULUMI_CONFIG_PASSPHRASE": _PASSPHRASE,
                "PULUMI_SKIP_UPDATE_CHECK": "true",
                "PULUMI_DISABLE_AUTOMATIC_PLUGIN_ACQUISITION": "true",
                "PULUMI_DEBUG_PROVIDERS": stand_ins.debug_providers,
            },
        )
        made = automation.create_stack(
            stack_name=stack.name, project_name=PROJECT, program=program, opts=options
        )
        if stack.settings.platform.hugging_face is not None:
            made.set_config(TOKEN_KEY, automation.ConfigValue(REHEARSAL_TOKEN, secret=True))
        yield Workspace(stack=made, config_file=config_file, state_folder=state)


def _without_token(config: Mapping[str, object]) -> dict[str, object]:
    """The configuration less the user's own token: its key is not at hand here."""
    return {key: value for key, value in config.items() if key != f"{PROJECT}:{TOKEN_KEY}"}


def _with_cluster(config: Mapping[str, object], kubeconfig: Path, server: str) -> dict[str, object]:
    """The configuration with a kubeconfig of the simulated cluster, under the user's context."""
    block = f"{PROJECT}:cluster"
    cluster = cast("Mapping[str, object]", config[block])
    context = cluster["context"]
    written = {
        "apiVersion": "v1",
        "kind": "Config",
        "clusters": [{"name": "simulated", "cluster": {"server": server}}],
        "users": [{"name": "simulated", "user": {"token": _KUBECONFIG_TOKEN}}],
        "contexts": [{"name": context, "context": {"cluster": "simulated", "user": "simulated"}}],
    }
    kubeconfig.write_text(yaml.safe_dump(written), "utf-8")
    return {**config, block: {**cluster, "kubeconfig": str(kubeconfig)}}
