/** Values of the maps at a place: as the method returned them, and as the metric sees them. */

import type { About } from "./data";
import { cell as under } from "./maths";
import type { RawMap } from "./maths";
import type { Place } from "./shown";
import type { Cell } from "./useDrawn";
import { digits } from "./words";

/** Raw value and U of one map. */
function values(map: RawMap | null, mask: Float32Array | null, about: About, { x, y }: Place): string {
  if (!map || !mask) return "none";
  return `raw ${digits(under(map, about.size, x, y))}, U ${mask[y * about.size[1] + x]!.toFixed(4)}`;
}

export function Readout({ cell, about, place, title }: { cell: Cell; about: About; place: Place; title: string }) {
  const { maps, drawn } = cell;
  return (
    <span class="readout" data-x={place.x} data-y={place.y}>
      <b>{title}</b>
      {` at x ${place.x}, y ${place.y}: `}
      <span>{values(maps.first, drawn.first, about, place)}</span>
      {about.methods[place.method]!.masked && <span>{`; second map: ${values(maps.second, drawn.second, about, place)}`}</span>}
    </span>
  );
}
