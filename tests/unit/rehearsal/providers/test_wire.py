"""Messages survive the trip, with their secrets and unknowns."""

from __future__ import annotations

from google.protobuf.json_format import MessageToDict
from google.protobuf.struct_pb2 import Struct
from hypothesis import given
from hypothesis import strategies as st

from rehearsal.providers.values import UNKNOWN, blurred, changes, dotted, is_unknown, matches
from rehearsal.providers.wire import decode, encode

_LEAVES = st.none() | st.booleans() | st.integers(-(2**40), 2**40) | st.text(max_size=8)
_JSON = st.recursive(
    _LEAVES,
    lambda inner: (
        st.lists(inner, max_size=3) | st.dictionaries(st.text(max_size=4), inner, max_size=3)
    ),
    max_leaves=12,
)


@given(st.dictionaries(st.text(max_size=4), _JSON, max_size=4))
def test_values_come_back_as_they_went(props: dict[str, object]) -> None:
    assert decode(encode(props)).props == props  # type: ignore[arg-type]


def test_secrets_are_unwrapped_and_marked_again() -> None:
    struct = Struct()
    struct.update(
        {
            "data": {
                "plain": "seen",
                "key": {
                    "4dabf18193072939515e22adb298388d": "1b47061264138c4ac30d75fd1eb44270",
                    "value": "hush",
                },
            }
        }
    )
    message = decode(struct)
    assert message.props == {"data": {"plain": "seen", "key": "hush"}}
    assert MessageToDict(encode(message.props, message.secrets)) == MessageToDict(struct)


def test_an_output_value_without_a_value_is_unknown() -> None:
    struct = Struct()
    struct.update(
        {
            "a": {
                "4dabf18193072939515e22adb298388d": "d0e6a833031e9bbcd3f4e8bde6ca49a4",
                "secret": True,
            }
        }
    )
    message = decode(struct)
    assert message.props == {"a": UNKNOWN}
    assert message.secrets == {("a",)}
    assert is_unknown(message.props)


def test_a_preview_knows_only_what_the_program_gave() -> None:
    shown = blurred({"a": {"b": 1, "c": 2}, "arn": "x"}, {"a": {"b": 1}})
    assert shown == {"a": {"b": 1, "c": UNKNOWN}, "arn": UNKNOWN}


def test_changes_are_found_where_they_are() -> None:
    old = {"vpcConfig": {"subnetIds": ["a", "b"]}, "tags": {"x.y/z": "1"}, "__defaults": ["n"]}
    new = {"vpcConfig": {"subnetIds": ["a", "c"]}, "tags": {}}
    assert [dotted(path) for path, _, _ in changes(old, new)] == [  # type: ignore[arg-type]
        'tags["x.y/z"]',
        "vpcConfig.subnetIds[1]",
    ]
    assert matches(("vpcConfig", "subnetIds", 1), frozenset({"vpcConfig.subnetIds"}))
    assert not matches(("scalingConfig", "desiredSize"), frozenset({"scalingConfig.minSize"}))
