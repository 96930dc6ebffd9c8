/** What the sections of a page share: what is chosen in one is shown in the others. */

import { signal } from "@preact/signals";

/** Which images come first; `pair` compares methods `a` and `b` by `metric`. */
export interface Order {
  by: "worst" | "best" | "disputed" | "random" | "image" | "pair";
  metric?: string;
  method?: string;
  a?: string;
  b?: string;
}

/** Name of the network that is shown. */
export const network = signal("");

/** Name of the metric that charts and differences show. */
export const metric = signal("adcc");

/** Names of the methods that are switched on. */
export const shownMethods = signal<ReadonlySet<string>>(new Set());

export const order = signal<Order>({ by: "worst" });

/** Switch a method on or off. */
export function toggleMethod(name: string): void {
  const next = new Set(shownMethods.value);
  if (!next.delete(name)) next.add(name);
  shownMethods.value = next;
}
