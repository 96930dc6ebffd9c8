/** An element with a map that keys can read. */

import { useEffect, useRef } from "preact/hooks";
import type { About } from "./data";
import { greatest } from "./Picture";
import { pointed } from "./shown";
import type { Cell } from "./useDrawn";

/**
 * Where in the map the pointer or the focus is, if there. The focus points at the map's greatest value, and does so later
 * if the map comes after the focus.
 */
export function useFocus<Focused extends HTMLElement>(cell: Cell | string | undefined, about: About, image: number, method: string) {
  const ref = useRef<Focused>(null);
  const place = pointed.value?.image === image && pointed.value.method === method ? pointed.value : null;
  const point = () => {
    if (typeof cell === "object") pointed.value = { image, method, ...greatest(cell.drawn.first, about.size[1]) };
  };
  useEffect(() => {
    if (ref.current === document.activeElement) point();
  }, [cell]);
  return { ref, place, point };
}
