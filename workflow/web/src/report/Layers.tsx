/** Each metric by target layer, of networks that were explained at several. */

import { useMemo } from "preact/hooks";
import type { Data, LayerRow, SummaryRow } from "../data";
import { methodTitles } from "../facts";
import { Section } from "../parts/Section";
import { DataTable } from "../table/DataTable";
import type { Column } from "../table/DataTable";
import { measured, ofMetric } from "../table/measured";

interface Row extends SummaryRow {
  layer: LayerRow;
}

export function Layers({ data }: { data: Data }) {
  const rows = useMemo(() => rowsOf(data), [data]);
  const columns = useMemo(() => columnsOf(data, rows), [data, rows]);
  if (!rows.length) return null;
  return (
    <Section id="layers" title="Target layers" lead="Each metric by target layer, in the order of the configuration.">
      <DataTable
        label="Metrics by target layer"
        columns={columns}
        rows={rows}
        id={(row) => JSON.stringify([row.method, row.layer.network])}
        group={(row) => row.layer.title}
      />
    </Section>
  );
}

function rowsOf(data: Data): Row[] {
  const layers = new Map(data.layers.map((layer) => [layer.network, layer]));
  const place = new Map(data.methods.map(({ name }, number) => [name, number]));
  const rows = data.summary.flatMap((row) => (layers.has(row.network) ? [{ ...row, layer: layers.get(row.network)! }] : []));
  return rows.sort((a, b) => place.get(a.method)! - place.get(b.method)!);
}

function columnsOf(data: Data, rows: readonly Row[]): Column<Row>[] {
  const titles = methodTitles(data);
  const metrics = data.metrics.map((metric) =>
    measured<Row>(
      {
        ...ofMetric(metric),
        about: metric.definition,
      },
      rows,
    ),
  );
  return [
    { id: "method", title: "Method", value: (row) => titles.get(row.method)! },
    { id: "layer", title: "Layer", value: (row) => row.layer.layer },
    ...metrics,
  ];
}
