/** Every metric of every method of the network that is shown, with intervals. */

import { useMemo } from "preact/hooks";
import type { Data, MetricData, SummaryRow } from "../data";
import { metricOf } from "../facts";
import { looks } from "../looks";
import { few } from "../numbers";
import { About } from "../parts/About";
import { Folded, Section } from "../parts/Section";
import { Swatch } from "../parts/Swatch";
import { network } from "../state";
import { DataTable } from "../table/DataTable";
import type { Column } from "../table/DataTable";
import { measured, ofMetric } from "../table/measured";
import { marks, signs, spoken } from "./marks";

const counts = [
  ["images", "Images", "How many images the means are over."],
  ["passes", "Passes", "Forward passes that one map takes."],
  ["degenerate", "Degenerate", "Images whose map, or that of the masked image, is constant: their Coherency and ADCC are 0."],
  ["nonfinite", "Not finite", "Images with a map or a probability that is not finite: metrics that need it are the worst."],
  ["ill_conditioned", "Ill-conditioned", "Images whose map divides by a sum that nearly cancels, so that rounding decides it."],
] as const;

function methodColumn(data: Data): Column<SummaryRow> {
  const look = looks(data);
  const methods = new Map(data.methods.map((method) => [method.name, method]));
  return {
    id: "method",
    title: "Method",
    value: (row) => methods.get(row.method)!.title,
    cell: (row) => {
      const { title, about } = methods.get(row.method)!;
      return (
        <span class="name">
          <Swatch look={look.get(row.method)!} />
          <span>{title}</span>
          {about && <About title={title}>{about}</About>}
        </span>
      );
    },
  };
}

function definition(metric: MetricData) {
  return (
    <>
      <p>{metric.definition}</p>
      <p class="source">
        {metric.source}; {metric.higher ? "higher" : "lower"} is better; version {metric.version}.
      </p>
    </>
  );
}

function metricColumn(data: Data, name: string, metric: MetricData, rows: readonly SummaryRow[]): Column<SummaryRow> {
  const found = marks(data, name, metric);
  const mark = (row: SummaryRow) => found.get(row.method) || undefined;
  return measured(
    {
      ...ofMetric(metric),
      about: definition(metric),
      mark,
      sign: (row) => {
        const of = mark(row);
        return of && { sign: signs[of], words: spoken[of] };
      },
    },
    rows,
  );
}

function countColumns(rows: readonly SummaryRow[]): Column<SummaryRow>[] {
  return counts.map(([id, title, about]) => ({
    id,
    title,
    about,
    numeric: true,
    hidden: ["images", "passes"].includes(id) || rows.every((row) => row[id] === 0),
    value: (row) => row[id],
    cell: (row) => few(row[id]),
  }));
}

export function SummaryTable({ data }: { data: Data }) {
  const name = network.value;
  const rows = useMemo(() => data.summary.filter((row) => row.network === name), [data, name]);
  const columns = useMemo(() => {
    const metrics = data.metrics.map((metric) => metricColumn(data, name, metric, rows));
    const first = metrics.filter(({ id }) => id === "adcc");
    return [methodColumn(data), ...first, ...metrics.filter(({ id }) => id !== "adcc"), ...countColumns(rows)];
  }, [data, name, rows]);
  const control = new Map(data.methods.map((method) => [method.name, method.control]));
  const some = rows.some((row) => control.get(row.method));
  const sorted = metricOf(data, "adcc") ? { id: "adcc", desc: true } : undefined;
  return (
    <Section id="table" title="All numbers" lead={data.captions.short}>
      <DataTable
        key={name}
        label="Metrics of every method"
        columns={columns}
        rows={rows}
        id={(row) => row.method}
        group={(row) => (!some ? "" : control.get(row.method) ? "Controls: they explain nothing, and are to be beaten" : "Methods")}
        sort={sorted}
      />
      <p class="legend">
        <span>★ best of the methods</span>
        <span>≈ not really different from the best: its difference may be chance (Holm, all pairs)</span>
        {some && <span>▲ a control that is better than every method</span>}
        <span>
          Bars: {100 * data.confidence} % intervals; each column has a scale of its own.
        </span>
      </p>
      <Folded title="How these numbers were made" print>
        <p>{data.captions.long}</p>
      </Folded>
    </Section>
  );
}
