/** Differences between all pairs of methods as a matrix; a cell leads to the images in which the pair differs most. */

import { useState } from "preact/hooks";
import type { Data, PairRow } from "../data";
import { differences, heading, isReal, key, metricOf, methodTitles } from "../facts";
import { between, points, pValue } from "../numbers";
import { Choice } from "../parts/Choice";
import { Section } from "../parts/Section";
import { metric, network, order } from "../state";

function said(data: Data, pair: PairRow, titles: Map<string, string>): string {
  const { higher, title } = metricOf(data, pair.metric)!;
  const [a, b] = [titles.get(pair.a), titles.get(pair.b)];
  if (pair.difference == null) return `${a} and ${b}: ${title} is not known of both.`;
  const better = pair.difference === 0 ? "equal" : pair.difference > 0 === higher ? "better" : "worse";
  const interval = between(pair.low, pair.high);
  const test = pair.p_holm == null ? "not tested" : `${isReal(data, pair) ? "real" : "may be chance"}, ${pValue(pair.p_holm)} (Holm)`;
  return `${a} minus ${b}: ${points(pair.difference)} points${interval && ` (${interval})`}; ${better}; ${test}.`;
}

function look(data: Data, pair: PairRow): string {
  if (pair.difference == null || pair.p_holm == null) return "untested";
  if (!isReal(data, pair)) return "chance";
  return pair.difference > 0 === metricOf(data, pair.metric)!.higher ? "better" : "worse";
}

export function Differences({ data }: { data: Data }) {
  const [told, tell] = useState("");
  const titles = methodTitles(data);
  const names = data.methods.map(({ name }) => name);
  const pairs = differences(data, network.value, metric.value);
  if (names.length < 2) return null;
  const open = ({ a, b }: PairRow) => {
    order.value = { by: "pair", metric: metric.value, a, b };
    document.getElementById("images")?.scrollIntoView();
  };
  return (
    <Section
      id="differences"
      title="Differences"
      lead={
        <>
          Row minus column, in percentage points, on the same images. Filled cells are real differences: more than chance after Holm’s
          correction for all pairs.{data.images && " Choose a cell to see the images in which the two differ most."}
        </>
      }
    >
      <div class="controls">
        <Choice
          label="Metric"
          value={metric.value}
          options={data.metrics.map((one) => ({ name: one.name, title: heading(one) }))}
          choose={(name) => (metric.value = name)}
        />
        <ul class="key">
          <li class="better">better, real</li>
          <li class="worse">worse, real</li>
          <li class="chance">may be chance</li>
        </ul>
      </div>
      <div class="wide" role="region" aria-label="Differences between methods" tabIndex={0}>
        <table class="matrix">
          <caption class="hidden">Row minus column, in percentage points</caption>
          <thead>
            <tr>
              <td />
              {names.map((name) => (
                <th scope="col" key={name}>
                  <span>{titles.get(name)}</span>
                </th>
              ))}
            </tr>
          </thead>
          <tbody>
            {names.map((a) => (
              <tr key={a}>
                <th scope="row">{titles.get(a)}</th>
                {names.map((b) => {
                  const pair = pairs.get(key(a, b));
                  if (!pair) return <td key={b} class="self" />;
                  const text = said(data, pair, titles);
                  const kind = look(data, pair);
                  const digits = points(pair.difference, 1);
                  return (
                    <td key={b}>
                      <button
                        type="button"
                        class={kind}
                        aria-label={`${digits}: ${text}`}
                        title={text}
                        onMouseEnter={() => tell(text)}
                        onFocus={() => tell(text)}
                        onClick={() => open(pair)}
                      >
                        {digits}
                      </button>
                    </td>
                  );
                })}
              </tr>
            ))}
          </tbody>
        </table>
      </div>
      <p class="told" aria-hidden="true">
        {told || "Point at a cell to read what it says."}
      </p>
    </Section>
  );
}
