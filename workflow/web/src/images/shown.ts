/** What is chosen in the section of images, beside the order, which the whole page shares. */

import { signal } from "@preact/signals";
import type { View } from "./paint";
import type { Query, Row } from "./source";

export const view = signal<View>("overlay");
export const opacity = signal(0.55);
export const text = signal("");
export const only = signal<Query["only"]>("all");

/** A place in an image under the pointer or the focus, in pixels of the input. */
export interface Place {
  image: number;
  method: string;
  x: number;
  y: number;
}
export const pointed = signal<Place | null>(null);

/** The image and the method that are shown large. */
export const opened = signal<{ index: number; row: Row; method: string } | null>(null);
