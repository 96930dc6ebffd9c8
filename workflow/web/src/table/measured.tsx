/** The column of a measured number: in percent, with its interval drawn on a scale of the column's own. */

import type { RowData } from "@tanstack/preact-table";
import type { MetricData, Value } from "../data";
import { between, percent } from "../numbers";
import type { Column } from "./DataTable";
import { Interval, range } from "./Interval";

/** A sign beside a number, and what it means in words. */
export interface Sign {
  sign: string;
  words: string;
}

interface Measured<Row extends RowData> extends Pick<Column<Row>, "id" | "title" | "better" | "about" | "hidden" | "mark"> {
  of: (row: Row) => Value | undefined;
  sign?: (row: Row) => Sign | undefined;
}

const unknown: Value = { mean: null, low: null, high: null };

/** What every table says of a metric's column. */
export function ofMetric<Row extends { values: Record<string, Value> }>(metric: MetricData) {
  return {
    id: metric.name,
    title: metric.title,
    better: metric.higher ? ("higher" as const) : ("lower" as const),
    hidden: metric.name === "adcc_per_image",
    of: (row: Row): Value | undefined => row.values[metric.name],
  };
}

export function measured<Row extends RowData>({ of, sign, ...column }: Measured<Row>, rows: readonly Row[]): Column<Row> {
  const known = (row: Row) => of(row) ?? unknown;
  const scale = range(rows.map(known).flatMap(({ mean, low, high }) => [mean, low, high]));
  return {
    ...column,
    numeric: true,
    value: (row) => known(row).mean,
    cell: (row) => {
      const { mean, low, high } = known(row);
      if (mean == null) return null;
      const beside = sign?.(row);
      const said = [between(low, high), beside?.words].filter(Boolean).join("; ");
      return (
        <span title={said}>
          {sign && (
            <span class="sign" aria-hidden="true">
              {beside?.sign}
            </span>
          )}
          {percent(mean)}
          <span class="hidden">{said && ` (${said})`}</span>
          <Interval mean={mean} low={low} high={high} range={scale} />
        </span>
      );
    },
  };
}
