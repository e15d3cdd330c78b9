"""A finding: one thing wrong, or worth knowing, about a stack file."""

from __future__ import annotations

from dataclasses import dataclass
from enum import StrEnum


class Severity(StrEnum):
    """How much a finding matters: an error stops everything, a warning is shown and lets go on."""

    ERROR = "error"
    WARNING = "warning"
    NOTE = "note"


@dataclass(frozen=True, kw_only=True, slots=True)
class Finding:
    """One result of a check.

    `path` is the dotted path in the stack file, as the user wrote it
    (`cluster.nodePools.gpu.nodes`). `message` says what is wrong and what is allowed,
    `fix` what to change, `consequence` what would have happened without the check.
    """

    rule: str
    severity: Severity
    path: str
    message: str
    fix: str = ""
    consequence: str = ""
    source: str = ""

    @property
    def is_error(self) -> bool:
        return self.severity is Severity.ERROR

    def __str__(self) -> str:
        text = f"{self.severity} {self.rule} at {self.path}: {self.message}"
        return f"{text}; {self.fix}" if self.fix else text


def errors(findings: tuple[Finding, ...]) -> tuple[Finding, ...]:
    """The findings that stop a deployment."""
    return tuple(finding for finding in findings if finding.is_error)
