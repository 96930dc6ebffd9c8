/** What a page shows: one JSON object, which `report/contents` writes. Values are fractions; null is unknown. */

import type { Images } from "./images/data";

export interface NetworkData {
  name: string;
  title: string;
  images: number;
  top1: number | null;
  random: boolean;
  facts: Record<string, unknown>;
}

export interface MethodData {
  name: string;
  title: string;
  cam: string;
  control: boolean;
  trivial: boolean;
  about: string;
  settings: Record<string, unknown>;
}

export interface MetricData {
  name: string;
  title: string;
  higher: boolean;
  definition: string;
  source: string;
  version: number;
}

export interface Verdict {
  /** Null for what is said of all networks. */
  network: string | null;
  said: string[];
  doubts: string[];
}

export interface Value {
  mean: number | null;
  low: number | null;
  high: number | null;
}

export interface SummaryRow {
  network: string;
  method: string;
  images: number;
  degenerate: number;
  nonfinite: number;
  ill_conditioned: number;
  passes: number;
  values: Record<string, Value>;
}

/** Difference a - b; `p_holm` is corrected for all pairs of the network's methods. */
export interface PairRow {
  network: string;
  metric: string;
  a: string;
  b: string;
  difference: number | null;
  low: number | null;
  high: number | null;
  p: number | null;
  p_holm: number | null;
}

/** `first`: share of the resamples in which the method is first. */
export interface RankRow {
  network: string;
  metric: string;
  method: string;
  rank: number | null;
  low: number | null;
  high: number | null;
  first: number | null;
}

export interface KendallRow {
  network: string;
  metric: string;
  other: string;
  tau: number | null;
  low: number | null;
  high: number | null;
}

/** Mean and spread of a method's ranks by the metrics of a criterion; network is null for all of them together. */
export interface CriterionRow {
  network: string | null;
  criterion: string;
  method: string;
  mean: number | null;
  sd: number | null;
  ranks: number;
}

/** (score - control) / (best - control). */
export interface GainRow {
  network: string;
  metric: string;
  method: string;
  over_random: number | null;
  over_edges: number | null;
}

/** `alpha`: agreement of images on the order of so many methods; `spearman`: with the known order of degraded maps. */
export interface JudgedRow {
  network: string;
  metric: string;
  criterion: string;
  methods: number;
  alpha: number | null;
  ladders: number;
  spearman: number | null;
}

/** Mean curve over images: share of changed pixels, probability, and half the width of its band. */
export interface CurveRow {
  network: string;
  method: string;
  kind: "deletion" | "insertion";
  share: number[];
  mean: number[];
  band: number[];
}

/** `method` is null for stages that serve all methods. */
export interface CostRow {
  network: string;
  method: string | null;
  stage: string;
  images: number | null;
  jobs: number | null;
  passes: number | null;
  seconds: number | null;
  operations: number | null;
  share: number | null;
  peak_memory: number | null;
}

/** A network that is one of several target layers of a network of the configuration. */
export interface LayerRow {
  network: string;
  of: string;
  title: string;
  layer: string;
}

/** Percent and percentage points. */
export interface PublishedRow {
  network: string;
  method: string;
  metric: string;
  published: number | null;
  ours: number | null;
  difference: number | null;
  low: number | null;
  high: number | null;
  source: string;
  verdict: string;
  said: string | null;
  reason: string | null;
}

/** A number of the whole set about where objects are. */
export interface SetNumber {
  name: string;
  title: string;
  definition: string;
  source: string;
}

/** Such numbers of a network and method: each by its name, and with `_low` and `_high`; best thresholds. */
export interface LocalisationRow {
  network: string;
  method: string;
  images: number;
  object_lost: number;
  threshold: number | null;
  [number: string]: number | string | null;
}

export interface FileRow {
  path: string;
  about: string;
}

export interface Data {
  version: 1;
  run: string;
  networks: NetworkData[];
  methods: MethodData[];
  metrics: MetricData[];
  summary: SummaryRow[];
  pairwise: PairRow[];
  ranks: RankRow[];
  kendall: KendallRow[];
  ranks_by_criterion: CriterionRow[];
  gains: GainRow[];
  judged_metrics: JudgedRow[];
  curves: CurveRow[];
  cost: CostRow[];
  layers: LayerRow[];
  published: PublishedRow[];
  localisation: LocalisationRow[];
  of_the_set: SetNumber[];
  rejected: [path: string, reason: string][];
  verdict: Verdict[];
  /** Of intervals, in (0, 1); a difference is real if its corrected p is below 1 - confidence. */
  confidence: number;
  captions: { short: string; long: string };
  methods_text: string;
  bibtex: string;
  config: string;
  files: FileRow[];
  /** Address of the server that the page comes from, if it is `cambench explore`. */
  server?: string;
  images: Images | null;
}

interface Packed {
  columns: string[];
  rows: unknown[][];
}

const judging = ["ranks_by_criterion", "gains", "judged_metrics"] as const;
const packed = ["pairwise", "ranks", "kendall", ...judging, "cost", "published", "localisation"] as const;

/** Rows as objects: in the page each column is named once. */
function unpack({ columns, rows }: Packed): Record<string, unknown>[] {
  return rows.map((row) => Object.fromEntries(columns.map((name, place) => [name, row[place]])));
}

/** The data of this page. */
export function read(): Data {
  const raw = JSON.parse(document.getElementById("data")!.textContent!);
  for (const name of packed) raw[name] = unpack(raw[name]);
  return raw;
}
