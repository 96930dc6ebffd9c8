/** One view of an image and a map on a canvas; the pointer or the focus says what lies below it. */

import { useEffect, useLayoutEffect, useRef } from "preact/hooks";
import type { About } from "./data";
import { Boxes } from "./Boxes";
import { paint } from "./paint";
import { opacity, pointed, view } from "./shown";
import type { Row } from "./source";
import type { Cell } from "./useDrawn";

export interface Props {
  cell: Cell | string | undefined;
  about: About;
  image: number;
  method: string;
  boxes: Row["boxes"];
  /** What it shows, in words. */
  label: string;
}

export function Picture({ cell, about, image, method, boxes, label }: Props) {
  const canvas = useRef<HTMLCanvasElement>(null);
  const [height, width] = about.size;
  useLayoutEffect(() => {
    const context = canvas.current!.getContext("2d")!;
    const picture = typeof cell === "object" ? paint(cell.drawn, view.value, opacity.value, about) : null;
    if (picture) context.putImageData(picture, 0, 0);
    else context.clearRect(0, 0, width, height);
    canvas.current!.dataset.ready = String(cell !== undefined);
  }, [cell, view.value, opacity.value, about]);
  useEffect(() => () => void (pointed.peek()?.image === image && (pointed.value = null)), [image]);
  const missing = typeof cell === "object" && !(view.value === "second" ? cell.drawn.second : cell.drawn.first);
  return (
    <span class="picture" style={{ aspectRatio: `${width} / ${height}` }}>
      <canvas
        ref={canvas}
        width={width}
        height={height}
        role="img"
        aria-label={label}
        onPointerMove={(event) => {
          const box = event.currentTarget.getBoundingClientRect();
          const [x, y] = [(event.clientX - box.left) / box.width, (event.clientY - box.top) / box.height];
          pointed.value = { image, method, x: inside(x * width, width), y: inside(y * height, height) };
        }}
        onPointerLeave={() => (pointed.value = null)}
      />
      <Boxes boxes={boxes} about={about} />
      {typeof cell === "string" && <span class="note">{cell}</span>}
      {missing && view.value !== "masked" && <span class="note">no map</span>}
    </span>
  );
}

export function inside(value: number, end: number): number {
  return Math.min(Math.max(Math.floor(value), 0), end - 1);
}

/** The pixel with the greatest value, where the focus points first. */
export function greatest(mask: Float32Array | null, width: number): { x: number; y: number } {
  const place = mask ? mask.indexOf(mask.reduce((most, value) => Math.max(most, value), 0)) : 0;
  return { x: Math.max(0, place) % width, y: Math.floor(Math.max(0, place) / width) };
}
