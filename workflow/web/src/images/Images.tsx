/** The section of images: every method's map over every image that the page has at hand. */

import { useEffect, useMemo, useRef, useState } from "preact/hooks";
import type { Data } from "../data";
import { Section } from "../parts/Section";
import { network, order, shownMethods } from "../state";
import { Detail } from "./Detail";
import { ImageRow } from "./ImageRow";
import "./images.css";
import { layout } from "./layout";
import { Scroller } from "./Scroller";
import { only, opened, text } from "./shown";
import { EmbeddedSource, ServerSource } from "./source";
import type { Query, Row, Source } from "./source";
import { Toolbar } from "./Toolbar";

const BLOCK = 24; // rows that are asked for together

export function Images({ data }: { data: Data }) {
  const source = useMemo(() => {
    if (!data.images) return null;
    return data.server ? new ServerSource(data.server, data.images) : new EmbeddedSource(data.images, data);
  }, [data]);
  if (!source) {
    return (
      <Section id="images" title="Images">
        <p>
          This page holds no images: the configuration says <code>{"report: {images: 0}"}</code>. <code>cambench explore</code> shows those
          of the run.
        </p>
      </Section>
    );
  }
  return (
    <Section
      id="images"
      title="Images"
      lead="Maps as the metrics see them: scaled to [0, 1] and enlarged bilinearly. Choose a picture to see it large, with the map’s values, curves and all scores."
    >
      <Browser data={data} source={source} />
    </Section>
  );
}

interface Rows {
  total: number;
  rows: Map<number, Row>;
  error: string;
  /** Whether these are still those of an earlier query. */
  busy: boolean;
  /** Asks for rows that are in view. */
  look: (first: number, last: number) => void;
}

/** Rows of the blocks that are in view, as they come, and how many there are. */
function useRows(source: Source, query: Query): Rows {
  const key = JSON.stringify(query);
  const [state, set] = useState({ key, total: 0, rows: new Map<number, Row>(), error: "" });
  const current = useRef(key);
  current.current = key;
  const load = async (block: number) => {
    try {
      const found = await source.rows(query, block * BLOCK, (block + 1) * BLOCK);
      if (current.current !== key) return;
      set((before) => {
        const rows = new Map(before.key === key ? near(before.rows, block) : []);
        found.rows.forEach((row, place) => rows.set(block * BLOCK + place, row));
        return { key, total: found.total, rows, error: "" };
      });
    } catch (error) {
      if (current.current === key) set((before) => ({ ...before, key, error: error instanceof Error ? error.message : String(error) }));
    }
  };
  useEffect(() => void load(0), [key, source]);
  const look = (first: number, last: number) => {
    for (let block = Math.floor(first / BLOCK); block * BLOCK < last; block++) {
      if (state.key !== key || !state.rows.has(block * BLOCK)) void load(block);
    }
  };
  return { ...state, busy: state.key !== key, look };
}

/** Rows that are not far from a block, so that no more than some hundred are kept. */
function near(rows: Map<number, Row>, block: number): [number, Row][] {
  return [...rows].filter(([index]) => Math.abs(index / BLOCK - block) < 4);
}

function Browser({ data, source }: { data: Data; source: Source }) {
  const self = useRef<HTMLDivElement>(null);
  const [width, resize] = useState(0);
  const metrics = data.metrics.filter((one) => one.name !== "adcc_per_image");
  const chosen = order.value.metric === "adcc_per_image" ? { ...order.value, metric: "adcc" } : order.value;
  const query: Query = { network: network.value, order: chosen, text: useRested(text.value), only: only.value };
  const { total, rows, error, busy, look } = useRows(source, query);
  const wanted = useRef([0, 0]);
  useEffect(() => {
    const watch = new ResizeObserver(([entry]) => resize(Math.floor(entry!.contentRect.width)));
    watch.observe(self.current!);
    return () => watch.disconnect();
  }, []);
  const about = source.about(network.value);
  const pair = chosen.by === "pair" ? [chosen.a, chosen.b] : null;
  const methods = data.methods.filter(({ name }) => (pair ? pair.includes(name) : shownMethods.value.has(name)));
  if (pair) methods.sort((one, other) => pair.indexOf(one.name) - pair.indexOf(other.name));
  const shape = layout(Math.max(120, width - 24), methods.length + 1, about.size[0] / about.size[1], !!pair);
  const step = (away: number) => {
    const index = (opened.value?.index ?? 0) + away;
    const show = (row: Row | undefined) => row && opened.value && (opened.value = { ...opened.value, index, row });
    if (rows.has(index)) show(rows.get(index));
    else void source.rows(query, index, index + 1).then((found) => show(found.rows[0]));
  };
  return (
    <div class="images" ref={self} aria-busy={busy}>
      <Toolbar data={data} metrics={metrics} />
      <p class="count" role="status">
        {error || counted(source, query, total, about.total, data)}
      </p>
      {width > 0 && (
        <Scroller
          label="Images and their maps"
          total={total}
          height={shape.height}
          start={JSON.stringify(query)}
          onView={(first, last) => {
            wanted.current = [first, last];
            setTimeout(() => wanted.current[0] === first && look(first, last), 60);
          }}
        >
          {(index) => {
            const row = rows.get(index);
            return row ? (
              <ImageRow
                key={`${network.value} ${row.image}`}
                {...{ data, source, network: network.value, row, index, methods, metric: chosen.metric ?? "adcc", layout: shape }}
              />
            ) : (
              <p class="waiting">Reading…</p>
            );
          }}
        </Scroller>
      )}
      <Detail {...{ data, source, network: network.value, metrics, step, total }} />
    </div>
  );
}

/** How many images there are, and how large a page is that holds some of them. */
function counted(source: Source, query: Query, found: number, total: number, data: Data): string {
  const some = query.text || query.only !== "all" ? `${found.toLocaleString("en")} found among ` : "";
  if (source instanceof ServerSource) return `${some}${total.toLocaleString("en")} images of the run.`;
  const held = data.images!.networks[query.network]!.columns!.images.length;
  const reduced = Object.values(source.about(query.network).methods).some(({ stored }) => Math.max(...stored) > 64);
  const size = (document.documentElement.textContent!.length / 1e6).toFixed(1);
  const small = reduced ? " Maps of more than 64 cells a side are reduced." : "";
  const whole = `${total.toLocaleString("en")} images`;
  if (held === total) return `${some}all ${whole} of the run; the page has ${size} MB.${small}`;
  return `${some}${held} of ${whole}, some of each kind; the page has ${size} MB.${small} cambench explore shows all of them.`;
}

/** A value once it stays the same for a moment. */
function useRested(value: string): string {
  const [rested, set] = useState(value);
  useEffect(() => {
    const wait = setTimeout(() => set(value), 200);
    return () => clearTimeout(wait);
  }, [value]);
  return rested;
}
