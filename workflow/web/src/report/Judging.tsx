/** What speaks for each metric, and what all of them make of the methods: ranks in groups by criterion, gains. */

import type { CriterionRow, Data, GainRow, JudgedRow } from "../data";
import { heading, metricOf, methodTitles } from "../facts";
import { percent, unknown } from "../numbers";
import { Folded } from "../parts/Section";
import { metric, network } from "../state";
import { DataTable } from "../table/DataTable";
import type { Column } from "../table/DataTable";

const overall = "overall";

interface Group {
  criterion: string;
  /** Names of metrics; none for the overall rank. */
  metrics: string[];
}

/** Metrics by criterion, in the order of the tables. */
function groups(data: Data, means: readonly CriterionRow[]): Group[] {
  const judged = data.judged_metrics.filter((row) => row.network === network.value);
  return [...new Set(means.map((row) => row.criterion))].map((criterion) => ({
    criterion,
    metrics: judged.filter((row) => row.criterion === criterion).map((row) => row.metric),
  }));
}

/** A rank as people read it, and the place between the first and the last that its cell's colour shows. */
function Rank({ rank, most, about, first }: { rank: number | null | undefined; most: number; about: string; first: boolean }) {
  const mark = first ? "first" : undefined;
  if (rank == null) return <td class={mark}>{unknown}</td>;
  const share = most > 1 ? (most - rank) / (most - 1) : 0;
  const background = `color-mix(in oklab, var(--same) ${Math.round(60 * share)}%, transparent)`;
  return (
    <td class={mark} style={{ background }} title={about}>
      {Number(rank.toFixed(1))}
    </td>
  );
}

function Ranks({ data }: { data: Data }) {
  const means = data.ranks_by_criterion.filter((row) => row.network === network.value);
  const shown = groups(data, means);
  const titles = methodTitles(data);
  const ranks = new Map(
    data.ranks.filter((row) => row.network === network.value).map((row) => [JSON.stringify([row.metric, row.method]), row.rank]),
  );
  const best = new Map(means.filter((row) => row.criterion === overall).map((row) => [row.method, row.mean]));
  const names = data.methods.map(({ name }) => name);
  names.sort((a, b) => (best.get(a) ?? Infinity) - (best.get(b) ?? Infinity) || 0);
  return (
    <figure>
      <figcaption>
        Ranks by criterion{" "}
        <span class="quiet">
          1 is the best. ADCC stands alone, because its parts are counted where they belong; overall: the mean of the criteria’s means,
          without it
        </span>
      </figcaption>
      <div class="wide" role="region" aria-label="Ranks by criterion" tabIndex={0}>
        <table class="matrix agreement grouped">
          <caption class="hidden">Ranks of the methods by each metric, in groups by criterion</caption>
          <thead>
            <tr>
              <td />
              {shown.map(({ criterion, metrics }) => (
                <th scope="colgroup" class="first" colSpan={metrics.length || 1} key={criterion}>
                  <span>{criterion}</span>
                </th>
              ))}
            </tr>
            <tr>
              <td />
              {shown.flatMap(({ criterion, metrics }) =>
                metrics.length
                  ? metrics.map((name, place) => (
                      <th scope="col" class={place ? undefined : "first"} key={name}>
                        <span>{heading(metricOf(data, name)!)}</span>
                      </th>
                    ))
                  : [
                      <th scope="col" class="first" key={criterion}>
                        <span>Mean of criteria</span>
                      </th>,
                    ],
              )}
            </tr>
          </thead>
          <tbody>
            {names.map((method) => (
              <tr key={method}>
                <th scope="row">{titles.get(method)}</th>
                {shown.flatMap(({ criterion, metrics }) => {
                  const mean = means.find((row) => row.criterion === criterion && row.method === method);
                  const spread = mean?.sd == null ? "" : ` ± ${mean.sd.toFixed(1)}`;
                  const about = mean?.mean == null ? "" : `${criterion}: mean rank ${mean.mean.toFixed(1)}${spread}`;
                  return metrics.length
                    ? metrics.map((name, place) => (
                        <Rank
                          key={name}
                          rank={ranks.get(JSON.stringify([name, method]))}
                          most={names.length}
                          about={about}
                          first={place === 0}
                        />
                      ))
                    : [<Rank key={criterion} rank={mean?.mean} most={names.length} about={about} first />];
                })}
              </tr>
            ))}
          </tbody>
        </table>
      </div>
    </figure>
  );
}

function two(value: number | null): string {
  return value == null ? unknown : value.toFixed(2).replace("-", "−");
}

function judgedColumns(data: Data): Column<JudgedRow>[] {
  return [
    { id: "metric", title: "Metric", value: (row) => metricOf(data, row.metric)?.title ?? row.metric },
    { id: "criterion", title: "Criterion", value: (row) => row.criterion },
    {
      id: "alpha",
      title: "Agreement of images",
      about: "Krippendorff’s alpha of the methods’ ranks on each image: 1 all images agree, 0 as by chance. Without controls.",
      numeric: true,
      value: (row) => row.alpha,
      cell: (row) => two(row.alpha),
    },
    {
      id: "spearman",
      title: "Sees degraded maps",
      about: "Spearman’s correlation of the share of a map’s cells that were shuffled with how bad the metric finds it: 1 the more, the worse.",
      numeric: true,
      value: (row) => row.spearman,
      cell: (row) => two(row.spearman),
    },
  ];
}

function Gains({ data, rows }: { data: Data; rows: readonly GainRow[] }) {
  const titles = methodTitles(data);
  const controls = (["over_random", "over_edges"] as const).filter((key) => rows.some((row) => row[key] != null));
  if (!controls.length) return null;
  const words = { over_random: "Over random (%)", over_edges: "Over edges (%)" };
  return (
    <Folded title={`Gain over controls by ${metricOf(data, metric.value)?.title}`}>
      <p class="quiet">
        (score − control) / (best − control): 0 as good as the control, 100 as good as the best method that is no control. A dash where no
        method is better than the control.
      </p>
      <div class="wide" role="region" aria-label="Gain over controls" tabIndex={0}>
        <table>
          <caption class="hidden">Gain over controls</caption>
          <thead>
            <tr>
              <th scope="col">Method</th>
              {controls.map((key) => (
                <th scope="col" class="number" key={key}>
                  {words[key]}
                </th>
              ))}
            </tr>
          </thead>
          <tbody>
            {rows.map((row) => (
              <tr key={row.method}>
                <th scope="row">{titles.get(row.method)}</th>
                {controls.map((key) => (
                  <td class="number" key={key}>
                    {percent(row[key], 0)}
                  </td>
                ))}
              </tr>
            ))}
          </tbody>
        </table>
      </div>
    </Folded>
  );
}

export function Judging({ data }: { data: Data }) {
  const judged = data.judged_metrics.filter((row) => row.network === network.value);
  return (
    <div class="judging">
      <Gains data={data} rows={data.gains.filter((row) => row.network === network.value && row.metric === metric.value)} />
      <Ranks data={data} />
      {judged.some((row) => row.alpha != null || row.spearman != null) && (
        <Folded title="What speaks for each metric">
          <DataTable label="What speaks for each metric" columns={judgedColumns(data)} rows={judged} id={(row) => row.metric} />
        </Folded>
      )}
    </div>
  );
}
