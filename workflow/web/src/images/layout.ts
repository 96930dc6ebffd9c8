/** How the pictures of an image fill the width: as many in a line as fit, in lines of one height. */

export interface Layout {
  columns: number;
  /** Width of a picture. */
  cell: number;
  /** Height of an image's part of the list. */
  height: number;
}

const LEAST = 100; // pixels of a picture's width
const PAIR = 300; // the most, where two methods stand side by side
const GAP = 8;
const HEAD = 34; // above the pictures
const TEXT = 42; // below each

/** Of so many `pictures`, `aspect` times as high as wide. */
export function layout(width: number, pictures: number, aspect: number, large: boolean): Layout {
  const fit = Math.max(1, Math.floor((width + GAP) / (LEAST + GAP)));
  const lines = Math.ceil(pictures / (large ? Math.min(3, fit) : fit));
  const columns = Math.ceil(pictures / lines); // so that no line is much shorter than another
  const share = (width - GAP * (columns - 1)) / columns;
  const cell = Math.floor(Math.min(share, large ? PAIR : 2 * LEAST));
  return { columns, cell, height: Math.ceil(HEAD + lines * (cell * aspect + TEXT + GAP) + GAP) };
}
