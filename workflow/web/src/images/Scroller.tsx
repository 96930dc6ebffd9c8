/** A long list of rows of one height, of which those in view are drawn. */

import type { ComponentChildren } from "preact";
import { useEffect, useLayoutEffect, useRef, useState } from "preact/hooks";
import { followed, settled, track } from "./place";
import type { Standing } from "./place";

export interface Props {
  label: string;
  total: number;
  /** Of a row, in pixels. */
  height: number;
  /** Goes back to the first row when it changes. */
  start: string;
  /** Told which rows are in view: the first, and the one after the last. */
  onView: (first: number, last: number) => void;
  children: (index: number) => ComponentChildren;
}

export function Scroller({ label, total, height, start, onView, children }: Props) {
  const self = useRef<HTMLDivElement>(null);
  const [standing, move] = useState<Standing>({ top: 0, scroll: 0 });
  const [view, resize] = useState(600);
  const length = total * height;
  useLayoutEffect(() => {
    self.current!.scrollTop = 0;
    move({ top: 0, scroll: 0 });
  }, [start]);
  useEffect(() => {
    const watch = new ResizeObserver(() => self.current && resize(self.current.clientHeight));
    watch.observe(self.current!);
    return () => watch.disconnect();
  }, []);
  useSettling(self, standing, length, view);
  const paper = usePrinting();
  const seen = { first: Math.max(0, Math.floor(standing.top / height)), last: Math.min(total, Math.ceil((standing.top + view) / height) + 1) };
  const screen = useRef(seen);
  if (!paper) screen.current = seen; // paper shows what is drawn: there is no time to draw more, whatever room it has
  const { first, last } = screen.current;
  useEffect(() => onView(first, last), [first, last, start, total]);
  const indices = Array.from({ length: Math.max(0, last - first) }, (_, place) => first + place);
  return (
    <div
      class="scroller"
      ref={self}
      role="region"
      aria-label={label}
      tabIndex={0}
      onScroll={(event) => {
        const now = event.currentTarget.scrollTop;
        if (now !== standing.scroll) move(followed(standing, now, length, view));
      }}
    >
      <div class="track" style={{ height: `${track(length)}px` }} role="list">
        {indices.map((index) => (
          <div
            key={index}
            class="place"
            role="listitem"
            aria-posinset={index + 1}
            aria-setsize={total}
            style={{ height: `${height}px`, top: `${index * height - standing.top + standing.scroll}px` }}
          >
            {children(index)}
          </div>
        ))}
      </div>
    </div>
  );
}

/** Takes the scroll bar to where it belongs once the list rests. */
function useSettling(self: { current: HTMLDivElement | null }, standing: Standing, length: number, view: number): void {
  useEffect(() => {
    const rest = setTimeout(() => {
      const wanted = settled(standing.top, length, view);
      if (!self.current || Math.abs(wanted - standing.scroll) < 1) return;
      standing.scroll = Math.round(wanted);
      self.current.scrollTop = standing.scroll;
    }, 200);
    return () => clearTimeout(rest);
  }, [standing, length, view]);
}

function usePrinting(): boolean {
  const [printing, set] = useState(false);
  useEffect(() => {
    const paper = matchMedia("print");
    const look = () => set(paper.matches);
    paper.addEventListener("change", look);
    return () => paper.removeEventListener("change", look);
  }, []);
  return printing;
}
