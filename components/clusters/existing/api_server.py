"""One API server, asked: the connection, the login, and whatever goes wrong in our words.

Read-only. No message holds anything of the credentials.
"""

from __future__ import annotations

import json
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING, Protocol, Self, TypeVar, cast
from urllib.parse import urlsplit

if TYPE_CHECKING:
    # A large package, wanted on existing clusters alone: imported where it is used.
    from kubernetes.client import ApiClient, Configuration

# Seconds to connect, and to wait for an answer. A list of CRDs may be megabytes.
_TIMEOUT = (5, 30)
_UNTRUSTED = "no trusted connection; check its certificate-authority and client-certificate"
_LOOPBACK = frozenset({"localhost", "127.0.0.1", "::1"})
_Object = Mapping[str, object]
_Kept = TypeVar("_Kept")


class CannotLook(Exception):
    """The cluster cannot be read, and why."""


class _Answer(Protocol):
    data: bytes


@dataclass(frozen=True, slots=True)
class ApiServer:
    """The API server of a context. A context manager, or its connections stay open."""

    context: str
    configuration: Configuration
    client: ApiClient

    @classmethod
    def of(cls, kubeconfig: Path, context: str) -> Self:
        """The one that a kubeconfig's context names, with its login."""
        from kubernetes.client import ApiClient, Configuration
        from kubernetes.config import (
            ConfigException,
            load_kube_config,  # pyright: ignore[reportUnknownVariableType]
        )

        made = Configuration()
        # Trying again is for people: three more times would be 20 seconds without a word.
        made.retries = False
        try:
            load_kube_config(
                str(kubeconfig), context=context, client_configuration=made, persist_config=False
            )
            if _host(made.host) in _LOOPBACK:
                made.proxy = None  # as Go's clients do: kind and minikube are on this machine
            return cls(context, made, ApiClient(made))
        except ConfigException as error:
            reason = str(error).partition("\n")[0]
        except (ValueError, TypeError, KeyError, AttributeError, OSError) as error:
            # Whatever is not as kubectl writes it. Its words may hold what it failed on: a key.
            reason = f"its entries cannot be used ({type(error).__name__})"
        raise CannotLook(f"cluster.kubeconfig: {kubeconfig}, context {context!r}: {reason}")

    def __enter__(self) -> Self:
        return self

    def __exit__(self, *raised: object) -> None:
        self.client.close()

    def all(
        self,
        what: str,
        call: Callable[..., object],
        keep: Callable[[Sequence[_Object]], _Kept],
        **selectors: str,
    ) -> _Kept:
        """What is kept of a list of objects. `what` is their name as permissions write it."""

        def listed(answer: _Object) -> _Kept:
            items = answer["items"]
            if not isinstance(items, list):
                raise TypeError("items is no list")
            return keep(cast("list[_Object]", items))

        return self.one(what, call, listed, **selectors)

    def one(
        self,
        what: str,
        call: Callable[..., object],
        keep: Callable[[_Object], _Kept],
        **selectors: str,
    ) -> _Kept:
        """What is kept of one object."""
        from kubernetes.client.exceptions import ApiException
        from urllib3.exceptions import HTTPError

        try:
            # The answers stay text: we read a few fields of them, and do not want the client's
            # own idea of all that a server must send.
            answer = call(_preload_content=False, _request_timeout=_TIMEOUT, **selectors)
            return keep(json.loads(cast("_Answer", answer).data))
        except ApiException as error:
            raise CannotLook(self._refused(what, cast("int | None", error.status))) from None
        except HTTPError as error:
            raise CannotLook(f"{self._place}: {_unreachable(error)}") from None
        except (ValueError, TypeError, KeyError):  # of JSON, of pydantic, or a number that is none
            raise CannotLook(
                f"{self._place}: what answers there is no Kubernetes API server (asked for {what})"
            ) from None

    def _refused(self, what: str, status: int | None) -> str:
        match status:
            case 401:
                return f"{self._place}: it does not accept the credentials (401); {self._login}"
            case 403:
                return (
                    f"{self._place}: the user may not read {what} (403); grant get and list of "
                    f"{what} in the whole cluster, which installing the platform needs anyway"
                    + ("" if self._has_credentials else f"; {self._login}")
                )
            case 0 | None:
                return f"{self._place}: {_UNTRUSTED}"
            case other:
                return f"{self._place}: it answers {other} when asked for {what}"

    @property
    def _login(self) -> str:
        if self._has_credentials:
            return f"log in again, then try `kubectl --context {self.context} get nodes`"
        # The client goes on without any where a login command of the kubeconfig fails.
        return f"the kubeconfig gave none: try `kubectl --context {self.context} get nodes`"

    @property
    def _has_credentials(self) -> bool:
        made = self.configuration
        return bool(made.api_key or made.username or made.cert_file)

    @property
    def _place(self) -> str:
        return f"cluster.context: {self.context!r} at {_origin(self.configuration.host)}"


def _host(server: str) -> str | None:
    """The host of a server's address; ValueError where it is none."""
    parts = urlsplit(server)
    if parts.scheme not in ("http", "https") or not parts.hostname or parts.port == 0:
        raise ValueError("no address")
    return parts.hostname


def _origin(host: str) -> str:
    """The address without a path, or a user and password that somebody put before it."""
    parts = urlsplit(host)
    return f"{parts.scheme}://{parts.netloc.rpartition('@')[2]}"


def _unreachable(error: Exception) -> str:
    from urllib3 import exceptions

    match error:
        case exceptions.MaxRetryError(reason=Exception() as reason):
            return _unreachable(reason)
        case exceptions.NameResolutionError():
            return "its name is not known here; is the VPN on?"
        # Before the next one, of which it is a kind.
        case exceptions.NewConnectionError():
            return "no connection; is the cluster running?"
        case exceptions.ConnectTimeoutError() | exceptions.ReadTimeoutError():
            return "no answer; may this machine's address reach it, is the VPN on?"
        case exceptions.ProxyError():
            return "the proxy gives no connection; see HTTPS_PROXY and NO_PROXY"
        case exceptions.SSLError():
            return _UNTRUSTED
        case _:
            return f"the connection broke ({type(error).__name__})"
