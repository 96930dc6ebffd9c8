/** What each stage of each method cost. */

import type { CostRow, Data } from "../data";
import { methodTitles, networkTitle } from "../facts";
import { few, percent } from "../numbers";
import { DataTable } from "../table/DataTable";
import type { Column } from "../table/DataTable";

const shared = "all methods";

function columns(data: Data): Column<CostRow>[] {
  const titles = methodTitles(data);
  const number = (id: keyof CostRow, title: string, about: string, factor = 1): Column<CostRow> => ({
    id,
    title,
    about,
    numeric: true,
    value: (row) => row[id] as number | null,
    cell: (row) => (row[id] == null ? null : few(factor * (row[id] as number))),
  });
  return [
    { id: "method", title: "Method", value: (row) => (row.method ? titles.get(row.method)! : shared) },
    { id: "stage", title: "Stage", value: (row) => row.stage },
    { id: "network", title: "Network", hidden: data.networks.length < 2, value: (row) => networkTitle(data, row.network) },
    number("jobs", "Jobs", "Jobs of the stage."),
    number("passes", "Passes", "Forward passes per image that a result of the stage rests on."),
    number("seconds", "Seconds", "Seconds per image, the start of the jobs included."),
    number("operations", "GFLOP", "Operations per image, without those that another stage made.", 1e-9),
    {
      ...number("share", "Share (%)", "Of the operations that the machine could have done in that time."),
      cell: (row) => percent(row.share, 1),
    },
    number("peak_memory", "Memory (MB)", "Peak memory of a job."),
  ];
}

export function Cost({ data }: { data: Data }) {
  return (
    <>
      <p class="quiet">
        What the stages that run the network cost. Of the operations that the machine could have done in the time, what is not in the share
        went into start-up, reading and memory.
      </p>
      <DataTable
        label="Cost of each stage"
        columns={columns(data)}
        rows={data.cost}
        id={(row) => JSON.stringify([row.network, row.method, row.stage])}
      />
    </>
  );
}
