/** Mean deletion and insertion curves, with the values at a share of changed pixels that the reader chooses. */

import * as Plot from "@observablehq/plot";
import { useCallback, useState } from "preact/hooks";
import type { CurveRow, Data } from "../data";
import { methodTitles } from "../facts";
import { looks } from "../looks";
import type { Look } from "../looks";
import { percent, unknown } from "../numbers";
import { Chart } from "../parts/Chart";
import { Chips } from "../parts/Chips";
import { Folded, Section } from "../parts/Section";
import { network, shownMethods } from "../state";

const kinds = ["deletion", "insertion"] as const;
const titles = { deletion: "Deletion ↓", insertion: "Insertion ↑" };
const verbs = { deletion: "deleted", insertion: "put back" };

/** Place of the point that is nearest to a share. */
function nearest(curve: CurveRow, share: number): number {
  const far = curve.share.map((at) => Math.abs(at - share));
  return far.indexOf(Math.min(...far));
}

function options(curves: CurveRow[], look: Map<string, Look>, at: number): Plot.PlotOptions {
  const flat = curves.flatMap((curve) =>
    curve.share.map((share, place) => ({
      method: curve.method,
      share: 100 * share,
      mean: curve.mean[place]!,
      low: Math.max(0, curve.mean[place]! - curve.band[place]!),
      high: Math.min(1, curve.mean[place]! + curve.band[place]!),
    })),
  );
  const lines = curves.map((curve) => flat.filter((point) => point.method === curve.method));
  return {
    height: 300,
    marginLeft: 44,
    marginBottom: 44,
    x: { label: "pixels changed (%)", domain: [0, 100], labelAnchor: "center", labelArrow: "none", labelOffset: 38 },
    y: { label: "mean probability of the class", domain: [0, 1], grid: true, labelArrow: "none" },
    marks: [
      ...lines.map((line) =>
        Plot.areaY(line, { x: "share", y1: "low", y2: "high", fill: look.get(line[0]!.method)!.colour, fillOpacity: 0.06 }),
      ),
      ...lines.map((line) => {
        const { colour, dash } = look.get(line[0]!.method)!;
        return Plot.lineY(line, { x: "share", y: "mean", stroke: colour, strokeDasharray: dash, strokeWidth: 1.8 });
      }),
      Plot.ruleX([100 * at], { className: "cursor", stroke: "currentColor", strokeOpacity: 0.5 }),
    ],
  };
}

interface PanelProps {
  kind: (typeof kinds)[number];
  curves: CurveRow[];
  look: Map<string, Look>;
  at: number;
  move: (share: number) => void;
}

function Panel({ kind, curves, look, at, move }: PanelProps) {
  const draw = useCallback(() => options(curves, look, at), [curves, look, at]);
  const follow = (event: PointerEvent) => {
    const svg = (event.currentTarget as Element).querySelector("svg");
    if (!svg) return;
    const { left, width } = svg.getBoundingClientRect();
    move(Math.max(0, Math.min(1, (event.clientX - left - 44) / (width - 64))));
  };
  return (
    <figure onPointerMove={follow} onPointerDown={follow} class="panel" data-kind={kind}>
      <figcaption>
        {titles[kind]} <span class="quiet">pixels are {verbs[kind]}, the most salient first</span>
      </figcaption>
      <Chart draw={draw} label={`Mean ${kind} curves of the methods that are shown; the table below has their values`} />
    </figure>
  );
}

export function Curves({ data }: { data: Data }) {
  const [at, move] = useState(0.5);
  const look = looks(data);
  const all = data.curves.filter((curve) => curve.network === network.value);
  const shown = all.filter((curve) => shownMethods.value.has(curve.method));
  const first = all[0];
  if (!first) return null;
  const share = first.share[nearest(first, at)]!;
  const value = (method: string, kind: string) => {
    const curve = all.find((one) => one.method === method && one.kind === kind);
    if (!curve) return unknown;
    const place = nearest(curve, at);
    return `${percent(curve.mean[place], 1)} ± ${percent(curve.band[place], 1)}`;
  };
  return (
    <Section
      id="curves"
      title="Curves"
      lead="Probability of the class while pixels are deleted, or put back into the blurred image. A good map's deletion falls early, and its insertion rises early. Bands: 95 % intervals."
    >
      <div class="panels">
        {kinds.map((kind) => (
          <Panel key={kind} kind={kind} curves={shown.filter((curve) => curve.kind === kind)} look={look} at={share} move={move} />
        ))}
      </div>
      <label class="slider">
        <span>Values at {percent(share, 0)} % of the pixels</span>
        <input type="range" min="0" max="100" value={100 * at} onInput={(event) => move(+event.currentTarget.value / 100)} />
      </label>
      <div class="values">
        <Chips data={data} beside={(method) => `${value(method, "deletion")} | ${value(method, "insertion")}`} />
      </div>
      <p class="legend">
        <span>Beside each method: deletion | insertion, in percent.</span>
      </p>
      <Folded title="The curves as a table">
        <CurveTable data={data} curves={all} />
      </Folded>
    </Section>
  );
}

function CurveTable({ data, curves }: { data: Data; curves: CurveRow[] }) {
  const names = methodTitles(data);
  const shares = [0, 0.1, 0.25, 0.5, 0.75, 1];
  return (
    <div class="wide" role="region" aria-label="Curves as a table" tabIndex={0}>
      <table>
        <caption class="hidden">Mean probability in percent at some shares of changed pixels</caption>
        <thead>
          <tr>
            <th scope="col">Method</th>
            <th scope="col">Curve</th>
            {shares.map((share) => (
              <th scope="col" class="number" key={share}>
                {percent(share, 0)} %
              </th>
            ))}
          </tr>
        </thead>
        <tbody>
          {curves.map((curve) => (
            <tr key={`${curve.method} ${curve.kind}`}>
              <th scope="row">{names.get(curve.method)}</th>
              <td>{curve.kind}</td>
              {shares.map((share) => (
                <td class="number" key={share}>
                  {percent(curve.mean[nearest(curve, share)], 1)}
                </td>
              ))}
            </tr>
          ))}
        </tbody>
      </table>
    </div>
  );
}
