"""Images: a table of tags that exist, and a message that says what exists instead."""

from __future__ import annotations

from typing import get_args

import pytest
from hypothesis import given
from hypothesis import strategies as st
from packaging.version import Version

from plan.catalog import images
from plan.catalog.images import Image, UnknownImage, Variant

BACKENDS = ("vllm", "sglang", "trtllm", "mocker")
RELEASES = images.releases()
EVERY: list[tuple[str, str, Variant]] = [
    (backend, release, variant)
    for release in RELEASES
    for backend in BACKENDS
    for variant in images.variants(backend, release)
]


@pytest.mark.parametrize(
    ("backend", "release", "variant", "reference"),
    [
        ("vllm", "1.2.0", "default", "vllm-runtime:1.2.0"),
        ("vllm", "1.2.0", "cuda13", "vllm-runtime:1.2.0-cuda13"),
        ("vllm", "1.2.0", "efa", "vllm-runtime:1.2.0-efa"),
        ("sglang", "1.2.0", "efa", "sglang-runtime:1.2.0-efa"),
        ("trtllm", "1.2.0", "cuda13", "tensorrtllm-runtime:1.2.0-cuda13"),
        ("trtllm", "1.2.0", "efa", "tensorrtllm-runtime:1.2.0-efa"),
        ("mocker", "1.2.0", "default", "dynamo-planner:1.2.0"),
        ("vllm", "1.1.1", "efa", "vllm-runtime:1.1.1-efa-amd64"),
        ("trtllm", "1.1.1", "default", "tensorrtllm-runtime:1.1.1"),
    ],
)
def test_tags_are_those_of_the_release(
    backend: str, release: str, variant: Variant, reference: str
) -> None:
    image = images.runtime(backend, release, variant)
    assert image.reference == f"nvcr.io/nvidia/ai-dynamo/{reference}"


@pytest.mark.parametrize(
    ("backend", "release", "variant", "message"),
    [
        ("trtllm", "1.2.0", "default", "1.2.0 has no default image for trtllm; it has cuda13, efa"),
        ("sglang", "1.1.1", "efa", "1.1.1 has no efa image for sglang; it has default, cuda13"),
        ("mocker", "1.2.0", "efa", "1.2.0 has no efa image for mocker; it has default"),
        ("tgi", "1.2.0", "default", "1.2.0 has no runtime image for tgi"),
        ("vllm", "9.9.9", "default", "no images of Dynamo 9.9.9 are known; known are "),
    ],
)
def test_what_does_not_exist_says_what_does(
    backend: str, release: str, variant: Variant, message: str
) -> None:
    with pytest.raises(UnknownImage) as caught:
        images.runtime(backend, release, variant)
    assert message in str(caught.value)


@pytest.mark.parametrize(("backend", "release", "variant"), EVERY)
def test_an_image_is_whole(backend: str, release: str, variant: Variant) -> None:
    image = images.runtime(backend, release, variant)
    assert image.tag == release or image.tag.startswith(f"{release}-")
    assert variant == "default" or f"-{variant}" in image.tag
    assert set(image.architectures) <= {"x86_64", "arm64"}
    assert image.architectures
    assert (image.cuda is None) == (backend == "mocker")
    if variant == "cuda13":
        assert image.cuda is not None
        assert Version(image.cuda).major == 13


@pytest.mark.parametrize(("backend", "release", "variant"), EVERY)
def test_the_driver_follows_the_cuda(backend: str, release: str, variant: Variant) -> None:
    """Dynamo support matrix: CUDA 12.9 needs 575.51.03, CUDA 13 needs 580.00.03."""
    image = images.runtime(backend, release, variant)
    needed = {None: None, "12.9": "575.51.03", "13.0": "580.00.03", "13.1": "580.00.03"}
    assert image.min_driver == needed[image.cuda]


@pytest.mark.parametrize("release", [r for r in RELEASES if Version(r) <= Version("1.1.1")])
def test_early_efa_images_are_amd64_only_and_never_for_sglang(release: str) -> None:
    for backend in ("vllm", "trtllm"):
        image = images.runtime(backend, release, "efa")
        assert image.tag == f"{release}-efa-amd64"
        assert image.architectures == ("x86_64",)
    assert "efa" not in images.variants("sglang", release)


def test_no_two_images_share_a_reference() -> None:
    references = [images.runtime(b, release, v).reference for b, release, v in EVERY]
    assert len(set(references)) == len(references)


@pytest.mark.parametrize("release", RELEASES)
def test_every_release_has_a_frontend_for_both_architectures(release: str) -> None:
    image = images.frontend(release)
    assert image.reference == f"nvcr.io/nvidia/ai-dynamo/dynamo-frontend:{release}"
    assert set(image.architectures) == {"x86_64", "arm64"}
    assert image.cuda is None


def test_the_kubectl_image_is_pinned() -> None:
    _, _, tag = images.tool("kubectl").rpartition(":")
    assert Version(tag) >= Version("1.24")


@given(
    st.one_of(st.sampled_from(BACKENDS), st.text(max_size=8)),
    st.one_of(st.sampled_from(RELEASES), st.text(max_size=8)),
    st.sampled_from(get_args(Variant)),
)
def test_any_question_has_an_image_or_a_message(
    backend: str, release: str, variant: Variant
) -> None:
    if (backend, release, variant) in EVERY:
        assert isinstance(images.runtime(backend, release, variant), Image)
    else:
        with pytest.raises(UnknownImage, match=r"known|has no"):
            images.runtime(backend, release, variant)
