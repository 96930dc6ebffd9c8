/** A chart of Observable Plot that is as wide as its place. */

import * as Plot from "@observablehq/plot";
import { useEffect, useRef, useState } from "preact/hooks";

interface Props {
  /** The chart of a width in pixels. Keep the function the same for as long as it draws the same. */
  draw: (width: number) => Plot.PlotOptions;
  label: string;
}

export function Chart({ draw, label }: Props) {
  const place = useRef<HTMLDivElement>(null);
  const [width, setWidth] = useState(0);
  useEffect(() => {
    const seen = new ResizeObserver(([entry]) => setWidth(Math.floor(entry!.contentRect.width)));
    seen.observe(place.current!);
    return () => seen.disconnect();
  }, []);
  useEffect(() => {
    if (!width) return;
    const chart = Plot.plot({ ...draw(width), width, ariaLabel: label, className: "plot" });
    chart.setAttribute("role", "img");
    // A picture has one label: those of its marks would be names of groups that have no role.
    for (const group of chart.querySelectorAll<SVGElement>("[aria-label]")) {
      group.dataset.mark = group.getAttribute("aria-label")!;
      group.removeAttribute("aria-label");
    }
    place.current!.replaceChildren(chart);
  }, [draw, label, width]);
  return <div class="chart" ref={place} />;
}
