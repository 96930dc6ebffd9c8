/** A mean and its interval as a dot on a bar; all bars of a column have one scale. */

const width = 84;
const edge = 4;

export interface Range {
  from: number;
  to: number;
}

/** The scale of a column: from the least to the greatest of its values and ends of intervals. */
export function range(values: readonly (number | null)[]): Range {
  const known = values.filter((value) => value != null);
  return { from: Math.min(...known), to: Math.max(...known) };
}

interface Props {
  mean: number;
  low: number | null;
  high: number | null;
  range: Range;
}

export function Interval({ mean, low, high, range: { from, to } }: Props) {
  const x = (value: number) => edge + ((width - 2 * edge) * (value - from)) / (to - from || 1);
  return (
    <svg class="interval" viewBox={`0 0 ${width} 10`} aria-hidden="true">
      <line class="scale" x1={edge} x2={width - edge} y1="5" y2="5" />
      {low != null && high != null && <line class="bar" x1={x(low)} x2={x(high)} y1="5" y2="5" />}
      <circle cx={x(mean)} cy="5" r="3.2" />
    </svg>
  );
}
