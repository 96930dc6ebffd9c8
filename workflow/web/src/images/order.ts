/** In which order images are shown, by the rules of `report/shown/order.py`. */

import type { Order } from "../state";
import type { Columns } from "./data";

/** A number of 32 bits, which tells nothing of the image's own: the last steps of MurmurHash3. */
export function mixed(image: number): number {
  let found = image;
  found = Math.imul(found ^ (found >>> 16), 0x85ebca6b);
  found = Math.imul(found ^ (found >>> 13), 0xc2b2ae35);
  return (found ^ (found >>> 16)) >>> 0;
}

/** What images are sorted by, the least first; null for images that come last. */
function key(columns: Columns, order: Order, compared: string[], higher: boolean): (place: number) => number | null {
  if (order.by === "image") return () => 0;
  if (order.by === "random") return (place) => mixed(columns.images[place]!);
  const spread = order.by === "disputed" || order.by === "pair";
  const single = order.method && !spread ? [order.method] : compared;
  const methods = order.by === "pair" ? [order.a ?? "", order.b ?? ""] : single;
  const chosen = methods.map((name) => columns.scores[name]?.values[order.metric ?? "adcc"]);
  return (place) => {
    const values = chosen.map((of) => of?.[place] ?? null).filter((value) => value !== null);
    if (!values.length) return null;
    if (spread) return Math.min(...values) - Math.max(...values);
    const mean = values.reduce((sum, value) => sum + value, 0) / values.length;
    return (order.by === "worst") === higher ? mean : -mean;
  };
}

/** Places of the images in an order. `higher` says whether higher values of the metric are better. */
export function ordered(columns: Columns, order: Order, compared: string[], higher: boolean): number[] {
  const of = key(columns, order, compared, higher);
  const keys = columns.images.map((_, place) => of(place) ?? Infinity);
  const places = columns.images.map((_, place) => place);
  return places.sort((a, b) => (keys[a] === keys[b] ? columns.images[a]! - columns.images[b]! : keys[a]! - keys[b]!));
}
