/** The images that a page holds, as `report/shown/pack.py` writes them. */

/** What a page has to know of a network to make masks, and masked inputs, of its maps. */
export interface About {
  /** Number of images of the run. */
  total: number;
  /** Height and width of the input. */
  size: [number, number];
  /** Mean of each channel, a fraction: the colour that a mask of 0 leaves in normalised space. */
  mean: [number, number, number];
  order: "scale_then_upsample" | "upsample_then_scale";
  space: "normalised" | "pixels";
  methods: Record<string, { relu: boolean; stored: [number, number]; masked: boolean }>;
}

export type Values = (number | null)[];

/** Columns of some images, each in the same order. */
export interface Columns {
  images: number[];
  files: string[];
  labels: number[][];
  target: number[];
  predicted: number[];
  /** 1: the predicted class is a label of the image, 0: it is not, -1: the image has none. */
  correct: number[];
  probability: Values;
  /** Objects: left, top, width and height of each, in pixels of the input; if the run has asked where they lie. */
  boxes?: [number, number, number, number][][];
  /** Names of the classes that occur, by number. */
  names: Record<string, string>;
  scores: Record<string, { masked: Values; values: Record<string, Values>; flags: Record<string, number[]> }>;
}

/** Maps of one method; -1 stands for a map that is not finite. */
export interface Kept {
  kind: "f4" | "i2" | "i1";
  shape: [number, number];
  first: number[];
  second: number[] | null;
  curves: string[] | null;
}

/** Of one network. A page that asks a server holds `about` alone. */
export interface Held {
  about: About;
  columns?: Columns;
  photographs?: number[];
  /** Share of changed pixels at each point of a curve: one list for all images, or one for each. */
  shares?: number[][] | null;
  maps?: Record<string, Kept>;
}

/** Photographs are data URLs. Maps are texts, see `decode.ts`. Networks name both by their places. */
export interface Images {
  photographs: string[];
  maps: string[];
  networks: Record<string, Held>;
}
