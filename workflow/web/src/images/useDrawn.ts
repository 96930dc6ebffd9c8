/** Photograph and maps of a cell, once they are there. */

import { useEffect, useState } from "preact/hooks";
import { mask } from "./maths";
import type { Drawn } from "./paint";
import type { Maps, Source } from "./source";

export interface Cell {
  maps: Maps;
  drawn: Drawn;
}

const WAIT = 40; // milliseconds: cells that are scrolled past ask for nothing

/** Undefined until it is known; a text says why it cannot be. */
export function useDrawn(source: Source, network: string, method: string, image: number): Cell | string | undefined {
  const [found, set] = useState<Cell | string>();
  useEffect(() => {
    let wanted = true;
    set(undefined);
    const begin = setTimeout(async () => {
      try {
        const [photograph, maps] = await Promise.all([source.photograph(network, image), source.maps(network, method, image)]);
        const about = source.about(network);
        const { relu } = about.methods[method]!;
        const [first, second] = [maps.first, maps.second].map((map) => map && mask(map, relu, about));
        if (wanted) set({ maps, drawn: { photograph, first: first!, second: second! } });
      } catch (error) {
        if (wanted) set(error instanceof Error ? error.message : String(error));
      }
    }, WAIT);
    return () => {
      wanted = false;
      clearTimeout(begin);
    };
  }, [source, network, method, image]);
  return found;
}
