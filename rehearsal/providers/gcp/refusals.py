"""How Google's APIs word a refusal."""

from __future__ import annotations

from rehearsal.providers.standin import Refusal


def invalid(message: str, path: str = "") -> Refusal:
    """Arguments that an API does not take."""
    return Refusal(f"googleapi: Error 400: {message}, badRequest", path)


def in_use(word: str, id: str, user: str, name: str) -> Refusal:
    """Compute Engine does not delete what something else uses."""
    return Refusal(
        f"googleapi: Error 400: The {word} resource '{id}' is already being used by '{user}', "
        f"resourceInUseByAnotherResource ({name})"
    )
