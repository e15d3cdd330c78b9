"""A stand-in that is a table of kinds: one life cycle, and the places where a cloud has its say."""

from __future__ import annotations

import uuid
from abc import ABC, abstractmethod
from collections.abc import Mapping
from dataclasses import replace
from typing import ClassVar, cast

from rehearsal.providers.naming import autonamed
from rehearsal.providers.standin import Difference, Made, Refusal, Subject
from rehearsal.providers.table.kind import Kind, Ref
from rehearsal.providers.values import (
    UNKNOWN,
    Json,
    Props,
    blurred,
    changes,
    get,
    matches,
    select,
    text,
)
from rehearsal.providers.world import Key, Record, World

INVENTORY = "rehearsal:index:inventory"


class TableStandIn(ABC):
    """Simulates an account: everything it makes is a record of the world.

    A cloud gives its `package`, its `kinds` and `computed`; the other methods of the second half
    are for what it does differently. The world is locked around all that look and then act.
    """

    package: ClassVar[str]
    kinds: ClassVar[Mapping[str, Kind]]

    def __init__(self, world: World) -> None:
        self.world = world

    # Before anything is made -------------------------------------------------------------------

    def check(self, subject: Subject, inputs: Props, olds: Props | None, seed: bytes) -> Props:
        kind = self.kind(subject.type)
        if not kind.name or inputs.get(kind.name) is not None:
            return inputs
        if olds is not None and kind.name in defaulted(olds):
            name = text(olds, kind.name)
        else:
            name = self.automatic_name(subject, inputs, seed)
        return {**inputs, kind.name: name, "__defaults": [kind.name]}

    def diff(self, subject: Subject, olds: Props, news: Props) -> Difference:
        patterns = frozenset(self.kind(subject.type).replace)
        changed = {path: matches(path, patterns) for path, _, _ in changes(olds, news)}
        return Difference(
            changed=changed,
            delete_first=any(changed.values()) and self.delete_first(subject, olds, news),
        )

    def preview(self, subject: Subject, inputs: Props, current: Made | None) -> Props:
        kind = self.kind(subject.type)
        if current is None:
            made = self.computed(subject, "", inputs, None)
            shown = cast("Props", blurred(made, inputs))
            return {**shown, **self.foreseen(subject, made)}
        key = Key(self.package, subject.type, current.id)
        old = Record(key=key, name=subject.name, inputs=current.inputs, outputs=current.outputs)
        kept = {key: item for key, item in current.outputs.items() if key not in current.inputs}
        shown = {**kept, **self.computed(subject, current.id, inputs, old)}
        return {**shown, **dict.fromkeys(kind.moves_on_update, UNKNOWN)}

    # Life --------------------------------------------------------------------------------------

    def create(self, subject: Subject, inputs: Props) -> Made:
        kind = self.kind(subject.type)
        with self.world.lock:
            refs = self._refs(subject, inputs)
            self.before_create(subject, inputs)
            id = self.new_id(subject, inputs)
            outputs = self.computed(subject, id, inputs, None)
            id = id or kind.id_joint.join(text(outputs, part) for part in kind.id_from)
            record = Record(
                key=Key(self.package, subject.type, id),
                name=subject.name,
                inputs=inputs,
                outputs=outputs,
                refs=refs,
                handles=self.handles(subject.type, outputs),
                unique=self._unique(subject.type, inputs),
                owner=self.owner(subject, inputs),
            )
            self.world.create(record, taken=kind.taken)
            self.after_create(subject, record)
            return _made(record)

    def read(self, subject: Subject, id: str) -> Made | None:
        self.kind(subject.type)
        record = self.world.get(Key(self.package, subject.type, id))
        return _made(record) if record else None

    def update(self, subject: Subject, id: str, inputs: Props) -> Made:
        kind = self.kind(subject.type)
        with self.world.lock:
            old = self.world.get(Key(self.package, subject.type, id))
            if old is None:
                raise Refusal(f"NotFound: {subject.type} {id} does not exist")
            refs = self._refs(subject, inputs)
            self.before_update(subject, old, inputs)
            record = replace(
                old,
                inputs=inputs,
                outputs=self.computed(subject, id, inputs, old),
                refs=refs,
                unique=self._unique(subject.type, inputs),
            )
            self.world.update(record, taken=kind.taken)
            return _made(record)

    def delete(self, subject: Subject, id: str) -> None:
        kind = self.kind(subject.type)
        with self.world.lock:
            record = self.world.get(Key(self.package, subject.type, id))
            if record is None:
                return
            self.before_delete(record)
            for gone in self.world.delete(record.key, code=kind.in_use):
                self.after_delete(gone)

    def invoke(self, config: Props, token: str, args: Props) -> Props:
        if token == INVENTORY:
            held: list[Json] = [
                {"package": h.package, "type": h.type, "id": h.id, "name": h.name, "note": h.note}
                for h in self.world.inventory()
            ]
            return {"held": held}
        with self.world.lock:
            return self.answer(config, token, args)

    # What a cloud says -------------------------------------------------------------------------

    @abstractmethod
    def computed(self, subject: Subject, id: str, inputs: Props, old: Record | None) -> Props:
        """All outputs: the inputs and what the service adds; `old` is what an update changes.

        Called at preview too, where `id` may be empty and inputs `UNKNOWN`: it must not raise then.
        """

    @abstractmethod
    def answer(self, config: Props, token: str, args: Props) -> Props:
        """Answer a lookup, or refuse a token that is not known."""

    def automatic_name(self, subject: Subject, inputs: Props, seed: bytes) -> str:
        """The name of a resource whose program gave none."""
        del inputs
        return autonamed(subject.name, subject.urn, seed, length=7)

    def delete_first(self, subject: Subject, olds: Props, news: Props) -> bool:
        """Whether a replacement deletes before it creates."""
        name = self.kind(subject.type).name
        # A fixed name cannot be held by two: the old one goes first, as the real providers have it.
        fixed = bool(name) and name not in defaulted(news)
        return fixed and get(olds, name) == get(news, name)

    def foreseen(self, subject: Subject, outputs: Props) -> Props:
        """Outputs that a preview knows although no input says them."""
        del subject, outputs
        return {}

    def new_id(self, subject: Subject, inputs: Props) -> str:
        """The id of a resource; empty where it stands in the outputs (`Kind.id_from`)."""
        del inputs
        prefix = self.kind(subject.type).prefix
        return f"{prefix}-{uuid.uuid4().hex[:17]}" if prefix else ""

    def handles(self, type: str, made: Props) -> frozenset[str]:
        """The names, beside its id, that others know a resource with these outputs by."""
        del type, made
        return frozenset()

    def handle(self, subject: Subject, inputs: Props, ref: Ref, given: str) -> str:
        """What `given`, the value of a reference, is known as: a full path for a bare name."""
        del subject, inputs, ref
        return given

    def elsewhere(self, ref: Ref, handle: str) -> bool:
        """Whether `handle` names a thing that is there although no record of ours is."""
        del ref, handle
        return False

    def owner(self, subject: Subject, inputs: Props) -> Key | None:
        """What takes this resource along when it is deleted."""
        del subject, inputs

    def before_create(self, subject: Subject, inputs: Props) -> None:
        """Raise what the service refuses to make. References are known to be there."""
        del subject, inputs

    def after_create(self, subject: Subject, record: Record) -> None:
        """Make what the service makes by itself."""
        del subject, record

    def before_update(self, subject: Subject, old: Record, inputs: Props) -> None:
        """Raise what the service refuses to change."""
        del subject, old, inputs

    def before_delete(self, record: Record) -> None:
        """Raise what the service refuses to delete, beyond what others still refer to."""
        del record

    def after_delete(self, record: Record) -> None:
        """Follow up on what is gone, for all that went along as well."""
        del record

    # The table ---------------------------------------------------------------------------------

    def kind(self, type: str) -> Kind:
        """The row of a type."""
        kind = self.kinds.get(type)
        if kind is None:
            raise Refusal(f"the {self.package} stand-in does not know {type}")
        return kind

    def _refs(self, subject: Subject, inputs: Props) -> frozenset[Key]:
        found: set[Key] = set()
        for ref in self.kind(subject.type).refs:
            for given in select(inputs, ref.path):
                handle = self.handle(subject, inputs, ref, given)
                record = self.world.find(self.package, ref.types, handle)
                if record is not None and ref.holds:
                    found.add(record.key)
                elif record is None and not self.elsewhere(ref, handle):
                    raise Refusal(f"{ref.missing}: {handle} does not exist", ref.path)
        return frozenset(found)

    def _unique(self, type: str, inputs: Props) -> frozenset[str]:
        return frozenset(
            type
            + " "
            + ", ".join(f"{part}={inputs[part]}" for part in parts if inputs.get(part) is not None)
            for parts in self.kind(type).unique
            if any(inputs.get(part) is not None for part in parts)
        )


def defaulted(inputs: Props) -> list[Json]:
    """The properties that a stand-in filled in at check."""
    found = inputs.get("__defaults")
    return found if isinstance(found, list) else []


def _made(record: Record) -> Made:
    return Made(id=record.key.id, inputs=record.inputs, outputs=record.outputs)
