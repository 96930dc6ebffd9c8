/** One image: what is known of it, its photograph, and what each method's map makes of it. */

import { useEffect, useLayoutEffect, useRef, useState } from "preact/hooks";
import type { Data } from "../data";
import { metricOf } from "../facts";
import { percent } from "../numbers";
import { Boxes } from "./Boxes";
import type { Layout } from "./layout";
import { Picture } from "./Picture";
import { Readout } from "./Readout";
import { opened, pointed } from "./shown";
import type { Row, Source } from "./source";
import { useDrawn } from "./useDrawn";
import { useFocus } from "./useFocus";
import { flagged, probability, said } from "./words";

export interface Props {
  data: Data;
  source: Source;
  network: string;
  row: Row;
  index: number;
  methods: { name: string; title: string }[];
  metric: string;
  layout: Layout;
}

export function ImageRow({ data, source, network, row, index, methods, metric, layout }: Props) {
  const about = source.about(network);
  const cells = { gridTemplateColumns: `repeat(${layout.columns}, ${layout.cell}px)` };
  const wrong = row.correct === 0 ? ", not a label" : "";
  return (
    <article class="image" data-image={row.image}>
      <header>
        <b>{row.file}</b>
        <span>{said(row)}</span>
        <span class={row.correct === 0 ? "wrong" : undefined}>{`p ${probability(row.probability)}${wrong}`}</span>
      </header>
      <div class="cells" style={cells}>
        <figure class="cell">
          <Photograph source={source} network={network} row={row} label={`Photograph ${row.file}: ${said(row)}`} />
          <figcaption>
            <b>Photograph</b>
            <span>{`image ${row.image} of ${about.total}`}</span>
          </figcaption>
        </figure>
        {methods.map(({ name, title }) => (
          <MapCell key={name} {...{ data, source, network, row, index, metric, method: name, title }} />
        ))}
      </div>
    </article>
  );
}

interface CellProps extends Omit<Props, "methods" | "layout"> {
  method: string;
  title: string;
}

function MapCell({ data, source, network, row, index, metric, method, title }: CellProps) {
  const about = source.about(network);
  const cell = useDrawn(source, network, method, row.image);
  const score = row.scores[method]!;
  const flags = flagged(score.flags);
  const name = metricOf(data, metric)?.title ?? metric;
  const value = `${name} ${percent(score.values[metric], 1)}`;
  const { ref, place, point } = useFocus<HTMLButtonElement>(cell, about, row.image, method);
  return (
    <div class="cell" data-method={method}>
      <button ref={ref} type="button" onFocus={point} onBlur={() => (pointed.value = null)} onClick={() => (opened.value = { index, row, method })}>
        <Picture cell={cell} about={about} image={row.image} method={method} boxes={row.boxes} label={`${title} on ${row.file}`} />
        <span class="text">
          <b>{title}</b>
          <span>{flags ? `${value}, ${flags}` : value}</span>
          <span>{`p masked ${probability(score.masked)}`}</span>
        </span>
      </button>
      {place && typeof cell === "object" && <Readout cell={cell} about={about} place={place} title={title} />}
    </div>
  );
}

interface PhotographProps {
  source: Source;
  network: string;
  row: Row;
  label: string;
}

function Photograph({ source, network, row: { image, boxes }, label }: PhotographProps) {
  const canvas = useRef<HTMLCanvasElement>(null);
  const [pixels, set] = useState<ImageData>();
  const [height, width] = source.about(network).size;
  useEffect(() => {
    let wanted = true;
    set(undefined);
    source.photograph(network, image).then(
      (found) => wanted && set(found),
      () => undefined, // the cells beside it say why
    );
    return () => void (wanted = false);
  }, [source, network, image]);
  useLayoutEffect(() => {
    const context = canvas.current!.getContext("2d")!;
    if (pixels) context.putImageData(pixels, 0, 0);
    else context.clearRect(0, 0, width, height);
  }, [pixels]);
  return (
    <span class="picture" style={{ aspectRatio: `${width} / ${height}` }}>
      <canvas ref={canvas} width={width} height={height} role="img" aria-label={label} />
      <Boxes boxes={boxes} about={source.about(network)} />
    </span>
  );
}
