/** How stable the order of the methods is, and how far the metrics agree on it. */

import * as Plot from "@observablehq/plot";
import { useCallback } from "preact/hooks";
import type { Data, KendallRow, RankRow } from "../data";
import { heading, metricOf, methodTitles } from "../facts";
import { looks } from "../looks";
import { percent, unknown } from "../numbers";
import { Chart } from "../parts/Chart";
import { Choice } from "../parts/Choice";
import { Folded, Section } from "../parts/Section";
import { metric, network } from "../state";
import { Judging } from "./Judging";

/** A title that has room beside a chart. */
function shortened(title: string): string {
  return title.length > 22 ? `${title.slice(0, 21)}…` : title;
}

function ranksOptions(rows: readonly RankRow[], data: Data): Plot.PlotOptions {
  const titles = methodTitles(data);
  const look = looks(data);
  const known = rows.filter((row) => row.rank != null).map((row) => ({ ...row, title: titles.get(row.method)! }));
  known.sort((a, b) => a.rank! - b.rank!);
  return {
    height: 40 + 26 * known.length,
    marginLeft: 140,
    marginBottom: 36,
    x: { label: "rank (1 is best)", domain: [1, Math.max(2, known.length)], ticks: known.length, tickFormat: "d", grid: true, labelAnchor: "center", labelArrow: "none", labelOffset: 31 },
    y: { label: null, domain: known.map((row) => row.method), tickFormat: (name: string) => shortened(titles.get(name)!), tickSize: 0 },
    color: { type: "identity" },
    marks: [
      Plot.ruleY(known, {
        y: "method",
        x1: "low",
        x2: "high",
        stroke: (row) => look.get(row.method)!.colour,
        strokeWidth: 5,
        strokeOpacity: 0.35,
      }),
      Plot.dot(known, { y: "method", x: "rank", r: 5, fill: (row) => look.get(row.method)!.colour }),
    ],
  };
}

function Ranks({ data }: { data: Data }) {
  const rows = data.ranks.filter((row) => row.network === network.value && row.metric === metric.value);
  const titles = methodTitles(data);
  const draw = useCallback(() => ranksOptions(rows, data), [data, network.value, metric.value]);
  const title = metricOf(data, metric.value)?.title ?? "";
  return (
    <figure>
      <figcaption>
        Rank by {title} <span class="quiet">when images are drawn anew; bars: {100 * data.confidence} % intervals</span>
      </figcaption>
      <Chart draw={draw} label={`Rank of each method by ${title}; the table below has the numbers`} />
      <Folded title="The ranks as a table">
        <table>
          <caption class="hidden">Ranks by {title}</caption>
          <thead>
            <tr>
              {["Method", "Rank", "Interval", "First in"].map((text) => (
                <th scope="col" key={text}>
                  {text}
                </th>
              ))}
            </tr>
          </thead>
          <tbody>
            {rows.map((row) => (
              <tr key={row.method}>
                <th scope="row">{titles.get(row.method)}</th>
                <td>{row.rank ?? unknown}</td>
                <td>{row.low == null ? unknown : `${row.low} to ${row.high}`}</td>
                <td>{row.first == null ? unknown : `${percent(row.first, 1)} %`}</td>
              </tr>
            ))}
          </tbody>
        </table>
      </Folded>
    </figure>
  );
}

/** Colour of an agreement: blue for the same order, orange for the opposite one. */
function shade(tau: number): string {
  return `color-mix(in oklab, var(${tau >= 0 ? "--same" : "--opposite"}) ${Math.round(50 * Math.abs(tau))}%, transparent)`;
}

function two(value: number): string {
  return value.toFixed(2).replace("-", "−");
}

function Kendall({ data }: { data: Data }) {
  const found = new Map<string, KendallRow>();
  for (const row of data.kendall) {
    if (row.network !== network.value) continue;
    found.set(`${row.metric} ${row.other}`, row);
    found.set(`${row.other} ${row.metric}`, row);
  }
  const metrics = data.metrics;
  return (
    <figure>
      <figcaption>
        Agreement of metrics{" "}
        <span class="quiet">Kendall’s tau between the orders of the methods: 1 the same, 0 unrelated, −1 the opposite</span>
      </figcaption>
      <div class="wide" role="region" aria-label="Agreement of metrics" tabIndex={0}>
        <table class="matrix agreement">
          <caption class="hidden">Kendall’s tau between metrics</caption>
          <thead>
            <tr>
              <td />
              {metrics.map((one) => (
                <th scope="col" key={one.name}>
                  <span>{one.title}</span>
                </th>
              ))}
            </tr>
          </thead>
          <tbody>
            {metrics.map((a) => (
              <tr key={a.name}>
                <th scope="row">{a.title}</th>
                {metrics.map((b) => {
                  const row = found.get(`${a.name} ${b.name}`);
                  if (!row || row.tau == null) return <td key={b.name} class="self" />;
                  const interval = row.low == null ? "" : `${two(row.low)} to ${two(row.high!)}`;
                  return (
                    <td key={b.name} style={{ background: shade(row.tau) }} title={interval}>
                      {two(row.tau)}
                      {interval && <span class="hidden"> ({interval})</span>}
                    </td>
                  );
                })}
              </tr>
            ))}
          </tbody>
        </table>
      </div>
    </figure>
  );
}

const beside = 10; // metrics whose matrix has room beside another figure

export function Agreement({ data }: { data: Data }) {
  if (data.methods.length < 2) return null;
  return (
    <Section id="agreement" title="Order and agreement" lead="How stable the order of the methods is, and how far the metrics agree on it.">
      <div class="controls">
        <Choice
          label="Metric"
          value={metric.value}
          options={data.metrics.map((one) => ({ name: one.name, title: heading(one) }))}
          choose={(name) => (metric.value = name)}
        />
      </div>
      <div class={data.metrics.length > beside ? "panels stacked" : "panels"}>
        <Ranks data={data} />
        {data.metrics.length > 1 && <Kendall data={data} />}
      </div>
      <Judging data={data} />
    </Section>
  );
}
