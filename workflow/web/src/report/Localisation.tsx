/** How well maps find the objects: numbers of the whole set, at thresholds that suit all of it. */

import { useMemo } from "preact/hooks";
import type { Data, LocalisationRow, SetNumber } from "../data";
import { methodTitles } from "../facts";
import { percent } from "../numbers";
import { Section } from "../parts/Section";
import { network } from "../state";
import { DataTable } from "../table/DataTable";
import type { Column } from "../table/DataTable";
import { measured } from "../table/measured";

export function Localisation({ data }: { data: Data }) {
  const shown = network.value;
  const rows = useMemo(() => data.localisation.filter((row) => row.network === shown), [data, shown]);
  const columns = useMemo(() => columnsOf(data, rows), [data, rows]);
  const [first] = rows;
  if (!first) return null;
  return (
    <Section
      id="localisation"
      title="Where the objects are"
      lead={`Percent, over ${first.images.toLocaleString("en")} images; the crop leaves out ${percent(first.object_lost, 1)} % of the objects. The best threshold is chosen on these images, and anew in each resample of the intervals.`}
    >
      <DataTable label="Localisation of the objects" columns={columns} rows={rows} id={(row) => row.method} />
    </Section>
  );
}

function of(row: LocalisationRow, name: string): number | null {
  return (row[name] as number | null) ?? null;
}

function columnsOf(data: Data, rows: readonly LocalisationRow[]): Column<LocalisationRow>[] {
  const titles = methodTitles(data);
  const thresholds: Column<LocalisationRow>[] = [
    {
      id: "threshold",
      title: "Threshold",
      about: "In percent of each mask’s maximum: where MaxBoxAcc is highest.",
      numeric: true,
      hidden: rows.every((row) => row.threshold == null),
      value: (row) => row.threshold,
      cell: (row) => percent(row.threshold, 1),
    },
  ];
  const numbers = data.of_the_set.map((number) => columnOf(number, rows));
  return [{ id: "method", title: "Method", value: (row) => titles.get(row.method)! }, ...numbers, ...thresholds];
}

function columnOf({ name, title, definition, source }: SetNumber, rows: readonly LocalisationRow[]): Column<LocalisationRow> {
  return measured(
    {
      id: name,
      title,
      better: "higher",
      about: `${definition} (${source})`,
      of: (row) => ({ mean: of(row, name), low: of(row, `${name}_low`), high: of(row, `${name}_high`) }),
    },
    rows,
  );
}
