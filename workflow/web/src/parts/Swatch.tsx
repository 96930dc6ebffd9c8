/** A short piece of a method's line, as charts draw it. */

import type { Look } from "../looks";

export function Swatch({ look }: { look: Look }) {
  return (
    <svg class="swatch" width="22" height="8" aria-hidden="true">
      <line x1="1" y1="4" x2="21" y2="4" stroke={look.colour} stroke-width="3" stroke-dasharray={look.dash} />
    </svg>
  );
}
