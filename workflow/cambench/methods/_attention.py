"""What methods on a transformer's attention share: which networks they refuse."""

from collections.abc import Mapping
from typing import Any


def needs_attention(network: Mapping[str, Any]) -> str | None:
    """Why the attention of a network cannot be explained, or None if it can."""
    reason: str | None = network["no_attention"]
    return reason


def needs_blocks(network: Mapping[str, Any], least: int, setting: str) -> str | None:
    """The same where a setting asks for at least so many blocks."""
    few = f"{setting} asks for {least} blocks or more, and the network has {network['blocks']}"
    return needs_attention(network) or (few if network["blocks"] < least else None)
