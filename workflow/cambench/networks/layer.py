"""Find the target layer of a network: one whose output is a map of the image, or tokens that make one."""

from typing import NamedTuple

from torch import nn

from ..errors import InputError
from .layout import Layout, alike, written
from .positions import Output, Seen, reached, watched


class Target(NamedTuple):
    """Path of the target layer, and how its output lies."""

    layer: str
    layout: Layout


def find_layer(
    name: str, network: nn.Module, wanted: str | None, shape: tuple[int, int], declared: Layout | None = None
) -> Target:
    """The layer that is named, or the last to finish whose map is larger than 1 x 1 and decides the logits.

    Its layout is the one that is `declared`, or else known: a map (n, K, h, w) has the input's aspect, others are
    known from the network's family or from a norm over the last dimension. Neither the first layer nor one that runs
    twice will do. **Raises:** `InputError` if it is not there or has no such output; if what is declared contradicts
    what is known or the input's aspect; also, where none is named, if the network goes on after its last map with an
    output of which nothing says how it lies.
    """
    seen = watched(name, network, shape)
    known = fitting(seen)
    if wanted is None:
        return _default(name, seen, known)
    if wanted in known and declared in (None, known[wanted]):
        return Target(wanted, known[wanted])
    near = f"; the last that fit are {', '.join(list(known)[-5:])}" if known else "; no other layer fits"
    if wanted not in seen.modules or not wanted:
        raise InputError(f"networks.{name}: no layer {wanted!r}{near}")
    if objection := _objection(wanted, seen, declared):
        raise InputError(f"networks.{name}: layer {wanted!r} {objection}{near}")
    return Target(wanted, declared or Layout())


def fitting(seen: Seen) -> dict[str, Layout]:
    """Layers that can be the target layer, by path, in the order in which they run, with their layouts."""
    return {path: output.layout for path, output in seen.outputs.items() if output.layout and _is_free(path, seen)}


def _is_free(path: str, seen: Seen) -> bool:
    return not seen.is_first(path) and seen.calls[path] == 1 and not seen.attention_around(path)


def _default(name: str, seen: Seen, fitting: dict[str, Layout]) -> Target:
    if any(layout.kind == "tokens" for layout in fitting.values()):
        found = reached(seen, fitting)
        if not found:
            said = "its logits depend on none of its layers, as where weights: null leaves the head at 0; load weights"
            raise InputError(f"networks.{name}: {said}")
        fitting = {path: layout for path, layout in fitting.items() if path in found}
    unknown = [path for path, output in seen.outputs.items() if not output.layout and not seen.attention_around(path)]
    order = list(seen.outputs)
    layer, after = next(reversed(fitting), None), unknown[-1] if unknown else None
    if layer and (after is None or order.index(after) < order.index(layer)):
        if wrapped := seen.wrapped_after(layer):
            said = f"module {wrapped!r}, which finishes after layer {layer!r}, gives a tuple or the like, not a tensor"
            raise InputError(f"networks.{name}: {said}; name the target layer, such as layer: {layer}")
        return Target(layer, fitting[layer])
    if after is None:
        raise InputError(f"networks.{name}: no layer but the first has a spatial output larger than 1 x 1")
    advice = f"or name an earlier map, such as layer: {layer}" if layer else "for it has no other layer"
    output = seen.outputs[after]
    said = _scattered(output, seen) or f"{_unknown(output, seen)}, with layer: {after}, {advice}"
    raise InputError(f"networks.{name}: layer {after!r} {said}")


def _objection(path: str, seen: Seen, declared: Layout | None) -> str | None:
    """Why a layer does not fit, None if it does."""
    if seen.calls.get(path, 0) == 0:
        return "does not run"
    output = seen.outputs.get(path)
    if output is None:
        return "has no spatial output (n, K, h, w) larger than 1 x 1"
    if seen.calls[path] > 1:
        return f"runs {seen.calls[path]} times in one pass, so it is not clear which output is meant"
    if seen.is_first(path):
        return "is the first one, which has seen nothing but small patches"
    if outer := seen.attention_around(path):
        what = "which is attention by its name, where positions are mixed"
        return f"lies inside {outer!r}, {what}; name a norm before it"
    if scattered := _scattered(output, seen):
        return scattered
    if declared:
        return _contradiction(output, seen, declared)
    return None if output.layout else _unknown(output, seen)


def _scattered(output: Output, seen: Seen) -> str | None:
    """Why tokens make no map, whatever is declared."""
    if output.known or len(output.shape) != 3 or not (seen.family and seen.family.scattered):
        return None
    return f"gives tokens {written(output.shape)}, which in {seen.family.name} do not lie row by row"


def _contradiction(output: Output, seen: Seen, declared: Layout) -> str | None:
    """Why an output does not lie as it is declared to, by its shape, by what is known of it, or by its aspect."""
    if objection := declared.objection(output.shape):
        return objection
    if output.known not in (None, declared):
        return f"gives {output.known} for sure, not {declared}; leave layout and tokens out"
    h, w = declared.sides(output.shape)
    if not alike((h, w), seen.shape):
        H, W = seen.shape
        return f"would have a map of {h} x {w} as declared, without the aspect of the input, {H} x {W}"
    return None


def _unknown(output: Output, seen: Seen) -> str:
    """What to do about an output of which nothing says how it lies."""
    shape = written(output.shape)
    if len(output.shape) == 4:
        what = "neither a map (n, K, h, w) with the input's aspect, nor known to be one (n, h, w, K)"
        if not output.channels_last:
            what = "an attention, or a map that may have its channels first or last"
        return f"gives {shape}: {what}; declare layout: {'nhwc' if output.channels_last else 'nchw or nhwc'} if it is"
    known = seen.family
    if known and known.grid:
        h, w = known.grid
        count = f"; {known.prefix} + {h} x {w} or {h} x {w} tokens are what {known.name} has"
    else:
        count = ""
    return f"gives tokens {shape}, and nothing says where they lie{count}; declare tokens: {{prefix: P, grid: [h, w]}}"
