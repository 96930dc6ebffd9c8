/** Colours and dashes of the methods' lines: Okabe and Ito's palette, whose colours `styles/tokens.css` holds. */

import type { Data } from "./data";

const colours = 7;
const dashes = ["", "6 3", "2 3", "7 3 2 3"];

export interface Look {
  colour: string;
  dash: string;
}

/** The look of each method, by name; it does not depend on which are shown. */
export function looks(data: Data): Map<string, Look> {
  return new Map(
    data.methods.map(({ name }, place) => [
      name,
      { colour: `var(--method-${place % colours})`, dash: dashes[Math.floor(place / colours) % dashes.length]! },
    ]),
  );
}
