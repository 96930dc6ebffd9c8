/** The published table beside ours. */

import type { Data, PublishedRow } from "../data";
import { metricOf, networkTitle } from "../facts";
import { unknown } from "../numbers";
import { Section } from "../parts/Section";
import { DataTable } from "../table/DataTable";
import type { Column } from "../table/DataTable";

/** Two decimals of a number that is percent already. */
function two(value: number | null): string {
  return value == null ? unknown : value.toFixed(2).replace("-", "−");
}

function columns(data: Data): Column<PublishedRow>[] {
  return [
    { id: "method", title: "Method", value: (row) => row.method },
    { id: "network", title: "Network", value: (row) => networkTitle(data, row.network) },
    { id: "metric", title: "Metric", value: (row) => metricOf(data, row.metric)?.title ?? row.metric },
    { id: "published", title: "Published", numeric: true, value: (row) => row.published, cell: (row) => two(row.published) },
    { id: "ours", title: "Ours", numeric: true, value: (row) => row.ours, cell: (row) => two(row.ours) },
    { id: "difference", title: "Difference", numeric: true, value: (row) => row.difference, cell: (row) => two(row.difference) },
    {
      id: "interval",
      title: "Our interval",
      numeric: true,
      value: (row) => row.low,
      cell: (row) => (row.low == null ? unknown : `${two(row.low)} to ${two(row.high)}`),
    },
    { id: "verdict", title: "Verdict", value: (row) => row.said ?? row.verdict },
    { id: "reason", title: "Why there is none", hidden: true, value: (row) => row.reason },
    { id: "source", title: "Source", hidden: true, value: (row) => row.source },
  ];
}

export function Published({ data }: { data: Data }) {
  if (!data.published.length) return null;
  return (
    <Section id="published" title="Beside the published numbers" lead="Percent and percentage points; tables/published.md explains the verdicts.">
      <DataTable
        label="Published and regenerated numbers"
        columns={columns(data)}
        rows={data.published}
        id={(row) => JSON.stringify([row.network, row.method, row.source, row.metric])}
      />
    </Section>
  );
}
