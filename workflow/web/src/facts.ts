/** What the page's data say, found by name. */

import type { Data, MetricData, PairRow } from "./data";

/** Titles of methods, by name. */
export function methodTitles(data: Data): Map<string, string> {
  return new Map(data.methods.map(({ name, title }) => [name, title]));
}

/** Title of a network. */
export function networkTitle(data: Data, name: string): string {
  return data.networks.find((one) => one.name === name)?.title ?? name;
}

export function metricOf(data: Data, name: string): MetricData | undefined {
  return data.metrics.find((one) => one.name === name);
}

/** Title of a metric with the arrow of its better direction. */
export function heading(metric: MetricData): string {
  return `${metric.title} ${metric.higher ? "↑" : "↓"}`;
}

/** Whether a difference is more than chance, corrected for all pairs. */
export function isReal(data: Data, pair: PairRow | undefined): boolean {
  return pair?.p_holm != null && pair.p_holm < 1 - data.confidence;
}

/** Differences of a network by a metric, in both directions. */
export function differences(data: Data, network: string, metric: string): Map<string, PairRow> {
  const found = new Map<string, PairRow>();
  for (const row of data.pairwise) {
    if (row.network !== network || row.metric !== metric) continue;
    found.set(key(row.a, row.b), row);
    found.set(key(row.b, row.a), turned(row));
  }
  return found;
}

/** Of a pair of methods, in this order. */
export function key(a: string, b: string): string {
  return JSON.stringify([a, b]);
}

function turned(row: PairRow): PairRow {
  const minus = (value: number | null) => (value == null ? null : 0 - value);
  return {
    ...row,
    a: row.b,
    b: row.a,
    difference: minus(row.difference),
    low: minus(row.high),
    high: minus(row.low),
  };
}
