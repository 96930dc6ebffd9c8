/** Takes the texts apart that `report/shown/encode.py` writes. */

import type { Kept } from "./data";
import type { RawMap } from "./maths";

function bytes(text: string): DataView<ArrayBuffer> {
  return new DataView(Uint8Array.from(atob(text), (letter) => letter.charCodeAt(0)).buffer);
}

/** A raw map. Whole numbers count up from 0 at the base to the greatest value, and down from it to the least. */
export function rawMap(text: string, { kind, shape: [height, width] }: Kept, relu: boolean): RawMap {
  const data = bytes(text);
  const values = new Float32Array(height * width);
  if (kind === "f4") return { height, width, values: values.map((_, place) => data.getFloat32(4 * place, true)) };
  const [low, high] = [data.getFloat32(0, true), data.getFloat32(4, true)];
  const base = relu ? Math.max(low, 0) : low;
  const [size, most] = kind === "i2" ? [2, 32767] : [1, 127];
  const read = (place: number) => (kind === "i2" ? data.getInt16(place, true) : data.getInt8(place));
  const value = (share: number) => base + share * (share < 0 ? base - low : Math.max(high, base) - base);
  return { height, width, values: values.map((_, place) => value(read(8 + size * place) / most)) };
}

/** Fractions in steps of 16 bits; NaN for what is not finite. */
export function fractions(text: string): number[] {
  const data = bytes(text);
  const steps = Array.from({ length: data.byteLength / 2 }, (_, place) => data.getUint16(2 * place, true));
  return steps.map((step) => (step === 0xffff ? NaN : step / 0xfffe));
}
