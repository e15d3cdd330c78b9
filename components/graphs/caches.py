"""The caches of the graphs: claims, their folders, and the weights in them."""

from __future__ import annotations

import hashlib
from collections.abc import Mapping, Sequence
from dataclasses import dataclass

import pulumi
import pulumi_kubernetes as kubernetes

from plan.caches import MODEL_CACHE_PATH
from plan.catalog import images
from plan.clouds.common import POOL_LABEL
from plan.model import Claim, ModelDownload, Pool

# The user that Dynamo's runtime images run as (Dynamo, EKS guide: uid and gid of the EFS class).
_USER = 1000
# The release whose `hf download` the recipes use (Dynamo 1.2.0 recipes, model-download.yaml).
_HUB = "huggingface_hub==1.11.0"
_FETCH = (
    f"pip install --quiet --user {_HUB} && "
    'exec ~/.local/bin/hf download "$MODEL" --revision "$REVISION"'
)
_FOLDER = "/file-system"


@dataclass(frozen=True, kw_only=True)
class CachesArgs:
    """`storage` is what the cluster's classes wait for, by class; `pools` are all of the plan's."""

    claims: Sequence[Claim]
    downloads: Sequence[ModelDownload]
    storage: Mapping[str, pulumi.Resource]
    pools: Sequence[Pool]


class Caches(pulumi.ComponentResource):
    """`ready` holds, by namespace and claim, what a graph that mounts the claim waits for."""

    def __init__(
        self, name: str, args: CachesArgs, opts: pulumi.ResourceOptions | None = None
    ) -> None:
        props = {"claims": [claim.name for claim in args.claims]}
        super().__init__("gpuclusters:graphs:Caches", name, props, opts)
        self.ready: dict[tuple[str, str], list[pulumi.Resource]] = {}
        for claim in args.claims:
            waits_for = [args.storage[c] for c in (claim.storage_class,) if c in args.storage]
            made: list[pulumi.Resource] = [self._claim(name, claim, waits_for)]
            if claim.volume:
                made.append(self._folders(name, claim, made))
            self.ready[claim.namespace, claim.name] = made
        for download in args.downloads:
            claim = download.cache.claim
            after = self.ready[claim.namespace, claim.name]
            pool = next((pool for pool in args.pools if pool.name == download.pool), None)
            after.append(self._download(name, download, pool, list(after)))
        self.register_outputs({})

    def _claim(
        self, name: str, claim: Claim, waits_for: Sequence[pulumi.Resource]
    ) -> pulumi.Resource:
        core = kubernetes.core.v1
        return core.PersistentVolumeClaim(
            f"{name}-{claim.namespace}-{claim.name}",
            metadata=kubernetes.meta.v1.ObjectMetaArgs(
                name=claim.name,
                namespace=claim.namespace,
                # It binds when the first pod uses it, which comes after it.
                annotations={"pulumi.com/skipAwait": "true"},
            ),
            spec=core.PersistentVolumeClaimSpecArgs(
                access_modes=[claim.access_mode],
                storage_class_name=claim.storage_class,
                volume_name=claim.volume,
                resources=core.VolumeResourceRequirementsArgs(requests={"storage": claim.size}),
            ),
            opts=pulumi.ResourceOptions(parent=self, depends_on=list(waits_for)),
        )

    def _folders(
        self, name: str, claim: Claim, after: Sequence[pulumi.Resource]
    ) -> pulumi.Resource:
        # The root of a new file system is root's. The engines are not, and neither could they
        # tell their caches from those of other claims there.
        core = kubernetes.core.v1
        folders = " ".join(f"{_FOLDER}/{folder}" for folder in claim.folders)
        container = core.ContainerArgs(
            name="folders",
            image=images.tool("busybox"),
            command=["sh", "-c", f"mkdir -p {folders} && chown {_USER}:{_USER} {folders}"],
            volume_mounts=[core.VolumeMountArgs(name="cache", mount_path=_FOLDER)],
            resources=_resources(cpu="10m", memory="64Mi"),
        )
        return self._job(
            f"{name}-{claim.namespace}-{claim.name}-folders-{_digest(folders)}",
            claim.namespace,
            core.PodSpecArgs(
                restart_policy="OnFailure", containers=[container], volumes=[_volume(claim)]
            ),
            minutes=30,
            after=after,
        )

    def _download(
        self,
        name: str,
        download: ModelDownload,
        pool: Pool | None,
        after: Sequence[pulumi.Resource],
    ) -> pulumi.Resource:
        core = kubernetes.core.v1
        settings, claim = download.settings, download.cache.claim
        # A Job cannot be changed: another model or revision is another Job.
        which = _digest(f"{download.model}@{settings.revision}")
        variables = {
            "HOME": "/tmp",
            "HF_HOME": MODEL_CACHE_PATH,
            "MODEL": download.model,
            "REVISION": settings.revision,
        }
        token = core.SecretEnvSourceArgs(name=download.token_secret)
        container = core.ContainerArgs(
            name="download",
            image=images.tool("python"),
            command=["sh", "-c", _FETCH],
            env=[core.EnvVarArgs(name=key, value=value) for key, value in variables.items()],
            env_from=[core.EnvFromSourceArgs(secret_ref=token)] if download.token_secret else None,
            volume_mounts=[
                core.VolumeMountArgs(
                    name="cache",
                    mount_path=MODEL_CACHE_PATH,
                    sub_path=download.cache.folder,
                )
            ],
            resources=_resources(cpu="2", memory=settings.memory),
        )
        pod = core.PodSpecArgs(
            restart_policy="OnFailure",
            security_context=core.PodSecurityContextArgs(
                run_as_user=_USER, run_as_group=_USER, fs_group=_USER
            ),
            node_selector={POOL_LABEL: pool.name} if pool and POOL_LABEL in pool.labels else None,
            tolerations=[
                core.TolerationArgs(**toleration.model_dump(exclude_none=True))
                for toleration in download.tolerations
            ],
            containers=[container],
            volumes=[_volume(claim)],
        )
        return self._job(
            f"{name}-{claim.namespace}-{claim.name}-{which}",
            claim.namespace,
            pod,
            minutes=settings.timeout_minutes,
            after=after,
        )

    def _job(
        self,
        name: str,
        namespace: str,
        pod: kubernetes.core.v1.PodSpecArgs,
        minutes: int,
        after: Sequence[pulumi.Resource],
    ) -> pulumi.Resource:
        return kubernetes.batch.v1.Job(
            name,
            metadata=kubernetes.meta.v1.ObjectMetaArgs(name=name, namespace=namespace),
            spec=kubernetes.batch.v1.JobSpecArgs(
                backoff_limit=6,  # a hub that answers 429 deserves some patience
                active_deadline_seconds=60 * minutes,
                template=kubernetes.core.v1.PodTemplateSpecArgs(spec=pod),
            ),
            opts=pulumi.ResourceOptions(
                parent=self,
                depends_on=list(after),
                delete_before_replace=True,
                custom_timeouts=pulumi.CustomTimeouts(create=f"{minutes + 5}m"),
            ),
        )


def _digest(text: str) -> str:
    return hashlib.sha256(text.encode()).hexdigest()[:8]


def _volume(claim: Claim) -> kubernetes.core.v1.VolumeArgs:
    source = kubernetes.core.v1.PersistentVolumeClaimVolumeSourceArgs(claim_name=claim.name)
    return kubernetes.core.v1.VolumeArgs(name="cache", persistent_volume_claim=source)


def _resources(cpu: str, memory: str) -> kubernetes.core.v1.ResourceRequirementsArgs:
    return kubernetes.core.v1.ResourceRequirementsArgs(
        requests={"cpu": cpu, "memory": memory}, limits={"memory": memory}
    )
