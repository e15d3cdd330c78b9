"""Node images: what they ship, and that it is enough for the images we run on them."""

from __future__ import annotations

import pytest
from packaging.version import Version

from plan.catalog import host_images, images
from plan.catalog.table import document

AMI_TYPES = sorted(document("host_images.yaml"))
# EKS API, AMITypes: the ones the program knows.
API_NAMES = {
    "AL2_x86_64",
    "AL2_x86_64_GPU",
    "AL2_ARM_64",
    "AL2023_x86_64_STANDARD",
    "AL2023_ARM_64_STANDARD",
    "AL2023_x86_64_NVIDIA",
    "AL2023_ARM_64_NVIDIA",
}


def test_ami_types_are_names_of_the_api() -> None:
    assert set(AMI_TYPES) <= API_NAMES


@pytest.mark.parametrize("ami_type", AMI_TYPES)
def test_an_image_is_whole_and_its_name_tells_no_lie(ami_type: str) -> None:
    image = host_images.for_ami_type(ami_type)
    assert image is not None
    assert image.source
    assert image.arch == ("arm64" if "_ARM_64" in ami_type else "x86_64")
    assert image.nvidia == ami_type.endswith(("_NVIDIA", "_GPU"))
    for version in (image.driver, image.efa, image.kubernetes_max):
        assert version is None or Version(version)
    if not image.nvidia:
        assert image.driver is None


@pytest.mark.parametrize("ami_type", [name for name in AMI_TYPES if name.startswith("AL2_")])
def test_amazon_linux_2_ends_at_kubernetes_1_32(ami_type: str) -> None:
    image = host_images.for_ami_type(ami_type)
    assert image is not None
    assert image.kubernetes_max == "1.32"


@pytest.mark.parametrize("ami_type", ["AL2023_x86_64_NVIDIA", "AL2023_ARM_64_NVIDIA"])
def test_the_default_gpu_images_run_every_pinned_runtime(ami_type: str) -> None:
    host = host_images.for_ami_type(ami_type)
    assert host is not None
    assert host.driver is not None
    for backend in ("vllm", "sglang", "trtllm"):
        for variant in images.variants(backend, "1.2.0"):
            needed = images.runtime(backend, "1.2.0", variant).min_driver
            assert needed is not None
            assert Version(host.driver) >= Version(needed)


def test_an_unknown_ami_type_is_none() -> None:
    assert host_images.for_ami_type("CUSTOM") is None
