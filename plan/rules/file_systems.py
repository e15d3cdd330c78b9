"""The size of a file system against what its service sells, on every cloud."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass

from plan.catalog.file_systems import Service, next_size, range_of, size_ranges
from plan.findings import Severity
from plan.rules.rule import Problem


@dataclass(frozen=True, kw_only=True, slots=True)
class FileSystem:
    """A file system that a stack file asks for. `size` is in the service's own unit."""

    service: Service
    tier: str
    size: int
    path: str


def size_problem(wanted: FileSystem) -> Iterator[Problem]:
    """What is wrong with the size, if anything.

    Larger than documented is a warning: maxima are raised, and more is given by request.
    """
    ranges = size_ranges(wanted.service, wanted.tier)
    unit = ranges[0].unit
    found = range_of(wanted.service, wanted.tier, wanted.size)
    sold = " or ".join(str(item) for item in ranges if item.sure)
    if found and not found.sure:
        yield Problem(
            path=wanted.path,
            message=f"sources disagree on {wanted.size} {unit} of {wanted.tier}",
            fix=f"to be safe use {sold}",
            severity=Severity.WARNING,
        )
    elif not found:
        larger = next_size(wanted.service, wanted.tier, wanted.size)
        yield Problem(
            path=wanted.path,
            message=f"{wanted.tier} cannot be had with {wanted.size} {unit}, only with {sold}"
            if larger
            else f"{wanted.size} {unit} is more than any documented size of {wanted.tier} ({sold})",
            fix=f"use {larger}" if larger else "ask the cloud's support whether it can be had",
            severity=None if larger else Severity.WARNING,
        )
