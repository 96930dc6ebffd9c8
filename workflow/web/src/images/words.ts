/** Numbers and names as people read them. */

import { unknown } from "../numbers";
import type { Row } from "./source";

/** Four digits of a number of any size. */
export function digits(value: number | null | undefined): string {
  if (value == null || !Number.isFinite(value)) return unknown;
  const size = Math.abs(value);
  return size !== 0 && (size < 1e-3 || size >= 1e5) ? value.toExponential(3) : String(Number(value.toPrecision(4)));
}

export function probability(value: number | null | undefined): string {
  return value == null ? unknown : value.toFixed(3);
}

/** A class by its name, or by its number where it has none. */
export function named({ names }: Pick<Row, "names">, number: number): string {
  const name = names[number];
  return name === undefined ? `class ${number}` : `${name} (${number})`;
}

/** The explained class, and what the image's labels say of it. */
export function said(row: Row): string {
  const explained = named(row, row.target);
  if (row.labels.includes(row.target)) return row.labels.length > 1 ? `${explained}, one of its labels` : `${explained}, as labelled`;
  if (!row.labels.length) return explained;
  return `${explained}, labelled ${row.labels.map((label) => named(row, label)).join(", ")}`;
}

const flags: Record<string, string> = {
  degenerate: "constant map",
  nonfinite: "not finite",
  ill_conditioned: "ill-conditioned",
};

export function flagged(names: string[]): string {
  return names.map((name) => flags[name] ?? name).join(", ");
}
