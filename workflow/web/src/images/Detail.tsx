/** One image and one method large, with values under the pointer, curves, and what every method scores. */

import * as Plot from "@observablehq/plot";
import { useCallback, useEffect, useRef, useState } from "preact/hooks";
import type { Data } from "../data";
import { heading, methodTitles } from "../facts";
import { percent } from "../numbers";
import { Chart } from "../parts/Chart";
import { Choice } from "../parts/Choice";
import type { About } from "./data";
import { views } from "./paint";
import type { View } from "./paint";
import { Picture } from "./Picture";
import { Readout } from "./Readout";
import { opened, pointed, view } from "./shown";
import type { Curves, Row, Source } from "./source";
import { useDrawn } from "./useDrawn";
import type { Cell } from "./useDrawn";
import { useFocus } from "./useFocus";
import { flagged, probability, said } from "./words";

interface Props {
  data: Data;
  source: Source;
  network: string;
  metrics: Data["metrics"];
  /** Goes to the image before or after, if there is one. */
  step: (away: number) => void;
  total: number;
}

export function Detail({ data, source, network, metrics, step, total }: Props) {
  const self = useRef<HTMLDialogElement>(null);
  const shown = opened.value;
  useEffect(() => {
    if (shown && !self.current!.open) self.current!.showModal();
    if (!shown && self.current!.open) self.current!.close();
  }, [shown]);
  return (
    <dialog ref={self} class="detail" aria-label="Image and map" onClose={() => (opened.value = null)}>
      {shown && (
        <>
          <div class="controls">
            <button type="button" disabled={shown.index === 0} onClick={() => step(-1)}>
              Previous
            </button>
            <button type="button" disabled={shown.index + 1 >= total} onClick={() => step(1)}>
              Next
            </button>
            <Choice
              label="Method"
              value={shown.method}
              options={data.methods.map(({ name, title }) => ({ name, title }))}
              choose={(method) => (opened.value = { ...shown, method })}
            />
            <Choice
              label="View"
              value={view.value}
              options={Object.entries(views).map(([name, title]) => ({ name, title }))}
              choose={(name) => (view.value = name as View)}
            />
            <button type="button" class="close" onClick={() => (opened.value = null)}>
              Close
            </button>
          </div>
          <Contents {...{ data, source, network, metrics, row: shown.row, method: shown.method }} />
        </>
      )}
    </dialog>
  );
}

type ContentsProps = Pick<Props, "data" | "source" | "network" | "metrics"> & { row: Row; method: string };

function Contents({ data, source, network, metrics, row, method }: ContentsProps) {
  const about = source.about(network);
  const cell = useDrawn(source, network, method, row.image);
  const title = methodTitles(data).get(method)!;
  return (
    <>
      <h3>{`${title} on ${row.file}`}</h3>
      <p>{`${said(row)}; p(x) ${probability(row.probability)}, p(masked) ${probability(row.scores[method]!.masked)}`}</p>
      <div class="panels">
        <Large cell={cell} about={about} row={row} method={method} title={title} />
        <CurvesOf {...{ source, network, row, method }} />
      </div>
      <Scores data={data} metrics={metrics} row={row} method={method} />
    </>
  );
}

const steps: Record<string, [number, number]> = {
  ArrowLeft: [-1, 0],
  ArrowRight: [1, 0],
  ArrowUp: [0, -1],
  ArrowDown: [0, 1],
};

interface LargeProps {
  cell: Cell | string | undefined;
  about: About;
  row: Row;
  method: string;
  title: string;
}

/** The picture with a pointer that the arrow keys move: by a cell of the map, or with Shift by a pixel. */
function Large({ cell, about, row: { image, boxes }, method, title }: LargeProps) {
  const [height, width] = about.size;
  const [tall, wide] = about.methods[method]!.stored;
  const { ref, place, point } = useFocus<HTMLDivElement>(cell, about, image, method);
  const move = (event: KeyboardEvent) => {
    const step = steps[event.key];
    if (!step) return;
    event.preventDefault();
    if (!place) return point(); // the pointer had left it
    const [across, down] = event.shiftKey ? [1, 1] : [Math.max(1, width / wide), Math.max(1, height / tall)];
    const [x, y] = [Math.round(place.x + step[0] * across), Math.round(place.y + step[1] * down)];
    pointed.value = { ...place, x: Math.min(Math.max(x, 0), width - 1), y: Math.min(Math.max(y, 0), height - 1) };
  };
  return (
    <div class="large">
      <div ref={ref} class="pointed" tabIndex={0} role="application" aria-label="Values of the map: move with the arrow keys" onFocus={point} onKeyDown={move}>
        <Picture cell={cell} about={about} image={image} method={method} boxes={boxes} label={title} />
        {place && <span class="cross" style={{ left: `${(100 * (place.x + 0.5)) / width}%`, top: `${(100 * (place.y + 0.5)) / height}%` }} />}
      </div>
      <p class="values" role="status">
        {place && typeof cell === "object" ? (
          <Readout cell={cell} about={about} place={place} title={title} />
        ) : (
          "Point at the picture, or focus it and use the arrow keys, to read the map’s values."
        )}
      </p>
    </div>
  );
}

function CurvesOf({ source, network, row, method }: Pick<ContentsProps, "source" | "network" | "row" | "method">) {
  const [curves, set] = useState<Curves | null>(null);
  useEffect(() => {
    let wanted = true;
    set(null);
    source.curves(network, method, row.image).then(
      (found) => wanted && set(found),
      () => undefined,
    );
    return () => void (wanted = false);
  }, [source, network, method, row.image]);
  const draw = useCallback(() => options(curves!, row.probability), [curves, row.probability]);
  if (!curves) return null;
  return (
    <figure class="panel">
      <figcaption>
        Curves of this image <span class="quiet">deletion is dashed; the thin line is p(x)</span>
      </figcaption>
      <Chart draw={draw} label="Deletion and insertion curves of this image" />
    </figure>
  );
}

function options({ shares, deletion, insertion }: Curves, clean: number | null): Plot.PlotOptions {
  const points = (values: (number | null)[]) => shares.map((share, place) => ({ x: 100 * share, y: values[place] ?? NaN }));
  return {
    height: 260,
    marginLeft: 44,
    marginBottom: 40,
    x: { label: "pixels changed (%)", domain: [0, 100], labelAnchor: "center", labelArrow: "none" },
    y: { label: "probability of the class", domain: [0, 1], grid: true, labelArrow: "none" },
    marks: [
      Plot.ruleY([clean ?? NaN], { stroke: "currentColor", strokeOpacity: 0.4 }),
      Plot.line(points(insertion), { x: "x", y: "y", stroke: "var(--method-0)", strokeWidth: 2, tip: true }),
      Plot.line(points(deletion), { x: "x", y: "y", stroke: "var(--method-1)", strokeDasharray: "6 3", strokeWidth: 2, tip: true }),
    ],
  };
}

function Scores({ data, metrics, row, method }: { data: Data; metrics: Data["metrics"]; row: Row; method: string }) {
  return (
    <div class="wide" role="region" aria-label="Metrics of this image" tabIndex={0}>
      <table>
        <caption class="hidden">Metrics of this image in percent, by method</caption>
        <thead>
          <tr>
            <th scope="col">Method</th>
            <th scope="col" class="number">
              p(masked)
            </th>
            {metrics.map((one) => (
              <th scope="col" class="number" key={one.name}>
                {heading(one)}
              </th>
            ))}
            <th scope="col">Note</th>
          </tr>
        </thead>
        <tbody>
          {data.methods.map(({ name, title }) => (
            <tr key={name} aria-current={name === method ? "true" : undefined}>
              <th scope="row">
                <button type="button" class="plain" onClick={() => (opened.value = { ...opened.value!, method: name })}>
                  {title}
                </button>
              </th>
              <td class="number">{probability(row.scores[name]!.masked)}</td>
              {metrics.map((one) => (
                <td class="number" key={one.name}>
                  {percent(row.scores[name]!.values[one.name], 1)}
                </td>
              ))}
              <td>{flagged(row.scores[name]!.flags)}</td>
            </tr>
          ))}
        </tbody>
      </table>
    </div>
  );
}
