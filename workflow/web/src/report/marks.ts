/** Which values of a network stand out: the best, and those that are not really different from it. */

import type { Data, MetricData, SummaryRow } from "../data";
import { differences, isReal, key } from "../facts";

export type Mark = "best" | "level" | "above" | "";

/** In words, for who cannot see the mark. */
export const spoken: Record<Mark, string> = {
  best: "best",
  level: "not really different from the best",
  above: "a control that is better than every method",
  "": "",
};
export const signs: Record<Mark, string> = { best: "★", level: "≈", above: "▲", "": "" };

function best(rows: readonly SummaryRow[], metric: MetricData): SummaryRow | undefined {
  const known = rows.filter((row) => row.values[metric.name]?.mean != null);
  const value = (row: SummaryRow) => (metric.higher ? 1 : -1) * row.values[metric.name]!.mean!;
  return known.reduce<SummaryRow | undefined>((one, row) => (one && value(one) >= value(row) ? one : row), undefined);
}

/**
 * The mark of each method of a network by a metric. Controls compete with nobody: the best is the best of the others,
 * and a control that is better than all of these says so.
 */
export function marks(data: Data, network: string, metric: MetricData): Map<string, Mark> {
  const control = new Map(data.methods.map((method) => [method.name, method.control]));
  const rows = data.summary.filter((row) => row.network === network);
  const methods = rows.filter((row) => !control.get(row.method));
  const first = best(methods, metric);
  const found = new Map<string, Mark>();
  if (!first || rows.length < 2) return found;
  const pairs = differences(data, network, metric.name);
  for (const { method, values } of rows) {
    const pair = pairs.get(key(first.method, method));
    const better = (pair?.difference ?? 0) * (metric.higher ? 1 : -1);
    if (method === first.method) found.set(method, "best");
    else if (control.get(method)) found.set(method, better < 0 ? "above" : "");
    else if (values[metric.name]?.mean != null && pair?.p_holm != null && !isReal(data, pair)) found.set(method, "level");
  }
  return found;
}
