/** From raw maps to masks, as `masks.py` does it: ReLU, min-max scaling, bilinear upsampling. */

import type { About } from "./data";

/** A raw map, row by row. */
export interface RawMap {
  height: number;
  width: number;
  values: Float32Array;
}

/** S: zeros where a map is constant or not finite. */
export function scale(values: Float32Array, relu: boolean): Float32Array<ArrayBuffer> {
  let low = Infinity;
  let high = -Infinity;
  for (const value of values) {
    if (!Number.isFinite(value)) return new Float32Array(values.length);
    const kept = relu && value < 0 ? 0 : value;
    if (kept < low) low = kept;
    if (kept > high) high = kept;
  }
  const span = Math.fround(high - low);
  if (!(span > 0)) return new Float32Array(values.length);
  return Float32Array.from(values, (value) => Math.fround((relu && value < 0 ? 0 : value) - low) / span);
}

interface Line {
  below: Int32Array;
  above: Int32Array;
  weight: Float64Array;
}

/** Between which two cells each pixel of a line lies, and how far; pixels and cells have the same ends. */
function line(small: number, large: number): Line {
  const found = { below: new Int32Array(large), above: new Int32Array(large), weight: new Float64Array(large) };
  for (let place = 0; place < large; place++) {
    const centre = Math.min(Math.max(((place + 0.5) * small) / large - 0.5, 0), small - 1);
    found.below[place] = Math.floor(centre);
    found.above[place] = Math.min(Math.floor(centre) + 1, small - 1);
    found.weight[place] = centre - Math.floor(centre);
  }
  return found;
}

/** Bilinear upsampling with `align_corners=False`. */
export function upsample({ height, width, values }: RawMap, tall: number, wide: number): Float32Array<ArrayBuffer> {
  const [rows, columns] = [line(height, tall), line(width, wide)];
  const stretched = new Float64Array(height * wide);
  for (let y = 0; y < height; y++) {
    for (let x = 0; x < wide; x++) {
      const weight = columns.weight[x]!;
      const [a, b] = [values[y * width + columns.below[x]!]!, values[y * width + columns.above[x]!]!];
      stretched[y * wide + x] = a * (1 - weight) + b * weight;
    }
  }
  const found = new Float32Array(tall * wide);
  for (let y = 0; y < tall; y++) {
    const [above, below, weight] = [rows.above[y]! * wide, rows.below[y]! * wide, rows.weight[y]!];
    for (let x = 0; x < wide; x++) {
      found[y * wide + x] = stretched[below + x]! * (1 - weight) + stretched[above + x]! * weight;
    }
  }
  return found;
}

/** U(S), row by row, at the size of the input. */
export function mask(map: RawMap, relu: boolean, { size, order }: Pick<About, "size" | "order">): Float32Array<ArrayBuffer> {
  if (order === "scale_then_upsample") return upsample({ ...map, values: scale(map.values, relu) }, ...size);
  const kept = relu ? map.values.map((value) => (value < 0 ? 0 : value)) : map.values;
  return scale(upsample({ ...map, values: kept }, ...size), false);
}

/** Value of the cell of a map that a pixel of the input lies in. */
export function cell({ height, width, values }: RawMap, [tall, wide]: [number, number], x: number, y: number): number {
  const [row, column] = [Math.floor((y * height) / tall), Math.floor((x * width) / wide)];
  return values[row * width + column]!;
}
