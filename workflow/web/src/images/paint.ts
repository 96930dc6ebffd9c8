/** Draws maps over photographs, as the figure of the gallery does, and masked inputs, as the network sees them. */

import { scale } from "@observablehq/plot";
import type { About } from "./data";

export type View = "overlay" | "map" | "masked" | "second";

export const views: Record<View, string> = {
  overlay: "Map over photograph",
  map: "Map alone",
  masked: "Masked input",
  second: "Second map over masked input",
};

/** Inferno in 256 steps, #rrggbb each: red, green and blue. */
const colours = scale({ color: { scheme: "inferno", domain: [0, 255] } })!;
const inferno = Uint8Array.from(
  Array.from({ length: 256 }, (_, step) => String(colours.apply(step))).flatMap((text) =>
    [1, 3, 5].map((start) => parseInt(text.slice(start, start + 2), 16)),
  ),
);

/** What remains of a photograph that is multiplied by a mask. */
export function masked(photograph: ImageData, mask: Float32Array, about: Pick<About, "mean" | "space">): ImageData {
  const found = new ImageData(photograph.width, photograph.height);
  const black = about.space === "pixels" ? [0, 0, 0] : about.mean.map((value) => 255 * value);
  for (let pixel = 0; pixel < mask.length; pixel++) {
    for (let channel = 0; channel < 3; channel++) {
      const hidden = black[channel]!;
      const place = 4 * pixel + channel;
      found.data[place] = hidden + (photograph.data[place]! - hidden) * mask[pixel]!;
    }
    found.data[4 * pixel + 3] = 255;
  }
  return found;
}

/** A map in colours over a picture in grey. */
export function overlaid(picture: ImageData, mask: Float32Array, opacity: number): ImageData {
  const found = new ImageData(picture.width, picture.height);
  for (let pixel = 0; pixel < mask.length; pixel++) {
    const place = 4 * pixel;
    const grey = (picture.data[place]! + picture.data[place + 1]! + picture.data[place + 2]!) / 3;
    const step = 3 * Math.min(255, Math.floor(256 * mask[pixel]!));
    for (let channel = 0; channel < 3; channel++) {
      found.data[place + channel] = grey + (inferno[step + channel]! - grey) * opacity;
    }
    found.data[place + 3] = 255;
  }
  return found;
}

export interface Drawn {
  photograph: ImageData;
  /** U of the image; null if its map is not finite. */
  first: Float32Array | null;
  /** U of the masked input; null if there is none. */
  second: Float32Array | null;
}

/** One view of an image and its maps; null if the map that it shows does not exist. */
export function paint(drawn: Drawn, view: View, opacity: number, about: About): ImageData | null {
  const { photograph, second } = drawn;
  const first = drawn.first ?? new Float32Array(photograph.width * photograph.height);
  if (view === "masked") return masked(photograph, first, about);
  if (view === "second") return second && overlaid(masked(photograph, first, about), second, opacity);
  return drawn.first && overlaid(photograph, first, view === "map" ? 1 : opacity);
}
