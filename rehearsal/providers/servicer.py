"""The engine's protocol, once for every package: gRPC messages in, calls of a `StandIn` out."""

from __future__ import annotations

import functools
import traceback
from collections.abc import Callable
from typing import Concatenate, ParamSpec, TypeVar, cast

import grpc
from google.protobuf.empty_pb2 import Empty
from pulumi.runtime.proto import plugin_pb2, provider_pb2, provider_pb2_grpc

from rehearsal.providers.standin import Made, Refusal, StandIn, Subject
from rehearsal.providers.values import Props, dotted
from rehearsal.providers.wire import Message, decode, encode

_Answer = TypeVar("_Answer")
_Call = ParamSpec("_Call")


def _told(
    method: Callable[Concatenate[Servicer, _Call], _Answer],
) -> Callable[Concatenate[Servicer, _Call], _Answer]:
    """Tell the engine of a refusal in its own words, and of a defect of ours with its traceback."""

    @functools.wraps(method)
    def wrapped(self: Servicer, *args: _Call.args, **kwargs: _Call.kwargs) -> _Answer:
        context = cast("grpc.ServicerContext", args[-1])
        try:
            return method(self, *args, **kwargs)
        except Refusal as refusal:
            context.abort(grpc.StatusCode.UNKNOWN, str(refusal))
        except Exception:  # noqa: BLE001 - whatever it is, the engine shows it
            context.abort(
                grpc.StatusCode.INTERNAL,
                f"the {self.stand_in.package} stand-in itself failed in {method.__name__} "
                f"(a defect of the rehearsal, not of the program):\n{traceback.format_exc()}",
            )
        raise AssertionError("abort raises")

    return wrapped


class Servicer(provider_pb2_grpc.ResourceProviderServicer):
    """Serves one stand-in to every provider resource of its package."""

    def __init__(self, stand_in: StandIn, version: str) -> None:
        self.stand_in = stand_in
        self._version = version
        # All providers of a package share one server and no call names its provider, but the engine
        # opens one connection for each: the connection tells whose settings hold.
        self._configs: dict[str, Props] = {}

    # Set-up ------------------------------------------------------------------------------------

    @_told
    def Handshake(
        self, request: provider_pb2.ProviderHandshakeRequest, context: grpc.ServicerContext
    ) -> provider_pb2.ProviderHandshakeResponse:
        return provider_pb2.ProviderHandshakeResponse(accept_secrets=True)

    @_told
    def Attach(self, request: plugin_pb2.PluginAttach, context: grpc.ServicerContext) -> Empty:
        return Empty()

    @_told
    def GetPluginInfo(self, request: Empty, context: grpc.ServicerContext) -> plugin_pb2.PluginInfo:
        return plugin_pb2.PluginInfo(version=self._version)

    @_told
    def GetSchema(
        self, request: provider_pb2.GetSchemaRequest, context: grpc.ServicerContext
    ) -> provider_pb2.GetSchemaResponse:
        return provider_pb2.GetSchemaResponse(
            schema=f'{{"name": "{self.stand_in.package}", "version": "{self._version}"}}'
        )

    @_told
    def CheckConfig(
        self, request: provider_pb2.CheckRequest, context: grpc.ServicerContext
    ) -> provider_pb2.CheckResponse:
        return provider_pb2.CheckResponse(inputs=request.news)

    @_told
    def DiffConfig(
        self, request: provider_pb2.DiffRequest, context: grpc.ServicerContext
    ) -> provider_pb2.DiffResponse:
        # The real providers replace themselves only for another cluster or region, which then is
        # another resource in our program; a rotated token must never replace what they made.
        return provider_pb2.DiffResponse(changes=provider_pb2.DiffResponse.DIFF_NONE)

    @_told
    def Configure(
        self, request: provider_pb2.ConfigureRequest, context: grpc.ServicerContext
    ) -> provider_pb2.ConfigureResponse:
        self._configs[context.peer()] = decode(request.args).props
        return provider_pb2.ConfigureResponse(acceptSecrets=True, supportsPreview=True)

    @_told
    def Cancel(self, request: Empty, context: grpc.ServicerContext) -> Empty:
        return Empty()

    # Resources ---------------------------------------------------------------------------------

    @_told
    def Check(
        self, request: provider_pb2.CheckRequest, context: grpc.ServicerContext
    ) -> provider_pb2.CheckResponse:
        news = decode(request.news)
        olds = decode(request.olds).props if request.HasField("olds") else None
        try:
            inputs = self.stand_in.check(
                self._subject(request, context), news.props, olds or None, request.randomSeed
            )
        except Refusal as refusal:
            failure = provider_pb2.CheckFailure(property=refusal.path, reason=refusal.message)
            return provider_pb2.CheckResponse(inputs=request.news, failures=[failure])
        return provider_pb2.CheckResponse(inputs=encode(inputs, news.secrets))

    @_told
    def Diff(
        self, request: provider_pb2.DiffRequest, context: grpc.ServicerContext
    ) -> provider_pb2.DiffResponse:
        difference = self.stand_in.diff(
            self._subject(request, context),
            decode(request.old_inputs).props,
            decode(request.news).props,
        )
        if not difference.changed:
            return provider_pb2.DiffResponse(changes=provider_pb2.DiffResponse.DIFF_NONE)
        kinds = provider_pb2.PropertyDiff
        return provider_pb2.DiffResponse(
            changes=provider_pb2.DiffResponse.DIFF_SOME,
            replaces=[dotted(path) for path, replaces in difference.changed.items() if replaces],
            diffs=sorted({str(path[0]) for path in difference.changed}),
            deleteBeforeReplace=difference.delete_first,
            hasDetailedDiff=True,
            detailedDiff={
                dotted(path): kinds(
                    kind=kinds.UPDATE_REPLACE if replaces else kinds.UPDATE, inputDiff=True
                )
                for path, replaces in difference.changed.items()
            },
        )

    @_told
    def Create(
        self, request: provider_pb2.CreateRequest, context: grpc.ServicerContext
    ) -> provider_pb2.CreateResponse:
        subject = self._subject(request, context)
        inputs = decode(request.properties)
        if request.preview:
            shown = self.stand_in.preview(subject, inputs.props, None)
            return provider_pb2.CreateResponse(properties=encode(shown, inputs.secrets))
        made = self.stand_in.create(subject, inputs.props)
        return provider_pb2.CreateResponse(
            id=made.id, properties=encode(made.outputs, inputs.secrets)
        )

    @_told
    def Read(
        self, request: provider_pb2.ReadRequest, context: grpc.ServicerContext
    ) -> provider_pb2.ReadResponse:
        made = self.stand_in.read(self._subject(request, context), request.id)
        if made is None:
            return provider_pb2.ReadResponse()
        return provider_pb2.ReadResponse(
            id=made.id,
            inputs=encode(made.inputs, decode(request.inputs).secrets),
            properties=encode(made.outputs, decode(request.properties).secrets),
        )

    @_told
    def Update(
        self, request: provider_pb2.UpdateRequest, context: grpc.ServicerContext
    ) -> provider_pb2.UpdateResponse:
        subject = self._subject(request, context)
        news = decode(request.news)
        if request.preview:
            current = Made(
                id=request.id,
                inputs=decode(request.old_inputs).props,
                outputs=decode(request.olds).props,
            )
            shown = self.stand_in.preview(subject, news.props, current)
        else:
            shown = self.stand_in.update(subject, request.id, news.props).outputs
        return provider_pb2.UpdateResponse(properties=encode(shown, news.secrets))

    @_told
    def Delete(self, request: provider_pb2.DeleteRequest, context: grpc.ServicerContext) -> Empty:
        self.stand_in.delete(self._subject(request, context), request.id)
        return Empty()

    @_told
    def Invoke(
        self, request: provider_pb2.InvokeRequest, context: grpc.ServicerContext
    ) -> provider_pb2.InvokeResponse:
        args: Message = decode(request.args)
        answer = self.stand_in.invoke(self._config(context), request.tok, args.props)
        response = provider_pb2.InvokeResponse()
        # `return` is a word of Python's own.
        getattr(response, "return").CopyFrom(encode(answer))
        return response

    # The connection ----------------------------------------------------------------------------

    def _config(self, context: grpc.ServicerContext) -> Props:
        return self._configs.get(context.peer(), {})

    def _subject(
        self,
        request: provider_pb2.CheckRequest
        | provider_pb2.DiffRequest
        | provider_pb2.CreateRequest
        | provider_pb2.ReadRequest
        | provider_pb2.UpdateRequest
        | provider_pb2.DeleteRequest,
        context: grpc.ServicerContext,
    ) -> Subject:
        return Subject(
            type=request.type,
            name=request.name,
            urn=request.urn,
            config=self._config(context),
        )
