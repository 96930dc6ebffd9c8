/** How numbers look: percent with a true minus sign, and a dash for what is not known. */

export const unknown = "–";

/** A fraction as percent, without the sign. */
export function percent(value: number | null | undefined, digits = 2): string {
  return value == null ? unknown : (100 * value).toFixed(digits).replace("-", "−");
}

/** A difference of fractions in percentage points, with its sign. */
export function points(value: number | null, digits = 2): string {
  if (value == null) return unknown;
  const text = percent(value, digits);
  return value > 0 && Number(text) !== 0 ? `+${text}` : text;
}

/** An interval of fractions in percent; nothing if there is none. */
export function between(low: number | null, high: number | null, digits = 1): string {
  return low == null || high == null ? "" : `${percent(low, digits)} to ${percent(high, digits)}`;
}

/** A p-value as papers print it. */
export function pValue(p: number | null): string {
  if (p == null) return unknown;
  return p < 0.001 ? "p < 0.001" : `p = ${p.toFixed(3)}`;
}

/** A number with a few digits, for costs. */
export function few(value: number | null, digits = 3): string {
  return value == null ? unknown : Number(value.toPrecision(digits)).toLocaleString("en");
}
