/** The leaderboard: records of many people on one page, in groups that may be compared. */

import { render } from "preact";
import { useMemo, useState } from "preact/hooks";
import "./styles/page.css";
import "./styles/leaderboard.css";
import type { MetricData, Value } from "./data";
import { few, percent } from "./numbers";
import { About } from "./parts/About";
import { Choice } from "./parts/Choice";
import { Section } from "./parts/Section";
import { DataTable } from "./table/DataTable";
import type { Column } from "./table/DataTable";
import { measured, ofMetric } from "./table/measured";

/** Rows of a group agree in network, layer, images and definitions. */
interface Group {
  id: string;
  title: string;
  about: string;
  images: number;
  top1: number | null;
  warnings: string[];
}

interface Row {
  file: string;
  group: string;
  method: string;
  cam: string;
  version: number;
  control: boolean;
  settings: Record<string, unknown>;
  /** Those of them that are not the defaults. */
  chosen: Record<string, unknown>;
  values: Record<string, Value>;
  degenerate: number;
  passes: number;
  seconds: number | null;
  machine: string;
  cambench: string;
  made: string;
}

interface Board {
  metrics: MetricData[];
  groups: Group[];
  rows: Row[];
}

const all = "all";

function told(settings: Record<string, unknown>): string {
  return Object.entries(settings)
    .map(([name, value]) => `${name}: ${typeof value === "string" ? value : JSON.stringify(value)}`)
    .join(", ");
}

const method: Column<Row> = {
  id: "method",
  title: "Method",
  value: (row) => row.method,
  cell: (row) => (
    <>
      <span class="name">
        <a href={`records/${encodeURIComponent(row.file)}`}>{row.method}</a>
        {row.control && <span class="quiet">control</span>}
      </span>
      {told(row.chosen) && <span class="quiet settings">{told(row.chosen)}</span>}
    </>
  ),
};

function metricColumn(metric: MetricData, rows: readonly Row[]): Column<Row> {
  return measured(
    {
      ...ofMetric(metric),
      about: (
        <>
          <p>{metric.definition}</p>
          <p class="source">
            {metric.source}; version {metric.version}.
          </p>
        </>
      ),
    },
    rows,
  );
}

const others: Column<Row>[] = [
  { id: "cam", title: "File", hidden: true, value: (row) => `${row.cam}, version ${row.version}`, about: "File of the method in workflow/cambench/methods." },
  { id: "settings", title: "Settings", hidden: true, value: (row) => told(row.settings) || null, about: "All of them; those that are not the defaults stand under the method." },
  { id: "passes", title: "Passes", numeric: true, value: (row) => row.passes, cell: (row) => few(row.passes), about: "Forward passes that one map takes." },
  { id: "seconds", title: "Seconds", numeric: true, hidden: true, value: (row) => row.seconds, cell: (row) => few(row.seconds), about: "Of one map on the machine of the record, the start of the jobs included." },
  { id: "degenerate", title: "Degenerate", numeric: true, hidden: true, value: (row) => row.degenerate, about: "Images whose map, or that of the masked image, is constant." },
  { id: "machine", title: "Machine", value: (row) => row.machine, hidden: true },
  { id: "cambench", title: "cambench", value: (row) => row.cambench, hidden: true },
  { id: "made", title: "Made", value: (row) => row.made, hidden: true },
];

function Groups({ groups }: { groups: readonly Group[] }) {
  return (
    <ul class="groups">
      {groups.map((group) => (
        <li key={group.id}>
          <strong>{group.title}</strong>
          <About title={group.title}>{group.about}</About>
          {group.top1 != null && <span class="quiet"> top-1 {percent(group.top1, 1)} %</span>}
          {group.warnings.map((warning) => (
            <span key={warning} class="warning">
              {" "}
              {warning}
            </span>
          ))}
        </li>
      ))}
    </ul>
  );
}

function Leaderboard({ board }: { board: Board }) {
  const [chosen, choose] = useState(all);
  const groups = board.groups.filter(({ id }) => chosen === all || id === chosen);
  const rows = useMemo(() => board.rows.filter(({ group }) => chosen === all || group === chosen), [board, chosen]);
  const columns = useMemo(() => {
    const metrics = board.metrics.map((metric) => metricColumn(metric, rows));
    const first = metrics.filter(({ id }) => id === "adcc");
    return [method, ...first, ...metrics.filter(({ id }) => id !== "adcc"), ...others];
  }, [board, rows]);
  const titles = new Map(board.groups.map((group) => [group.id, [group.title, ...group.warnings].join(" · ")]));
  const options = [{ name: all, title: "All" }, ...board.groups.map(({ id, title }) => ({ name: id, title }))];
  return (
    <>
      <header class="top">
        <p class="brand">cambench</p>
        <h1>Leaderboard</h1>
        <p class="quiet">
          {board.rows.length} records · {board.groups.length} networks and data sets
        </p>
      </header>
      <main>
        <Section
          id="table"
          title="Records"
          lead="Means over images in percent, with intervals as bars. Rows of one group have the same network, layer, images and definitions; rows of different groups must not be compared. Each method links to its record."
        >
          <DataTable
            key={chosen}
            label="Metrics of every record"
            columns={columns}
            rows={rows}
            id={(row) => row.file}
            group={(row) => titles.get(row.group)!}
            sort={{ id: "adcc", desc: true }}
          >
            <Choice label="Network and data" value={chosen} options={options} choose={choose} />
          </DataTable>
        </Section>
        <Section id="groups" title="Networks and data sets">
          <Groups groups={groups} />
        </Section>
      </main>
    </>
  );
}

const board: Board = JSON.parse(document.getElementById("data")!.textContent!);
render(<Leaderboard board={board} />, document.getElementById("page")!);
