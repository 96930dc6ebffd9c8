/** One switch per method: what is switched off here is in no chart. */

import type { ComponentChildren } from "preact";
import type { Data } from "../data";
import { looks } from "../looks";
import { shownMethods, toggleMethod } from "../state";
import { Swatch } from "./Swatch";

interface Props {
  data: Data;
  /** What stands behind a method's title, such as its value. */
  beside?: (method: string) => ComponentChildren;
}

export function Chips({ data, beside }: Props) {
  const look = looks(data);
  const all = data.methods.map(({ name }) => name);
  const every = all.every((name) => shownMethods.value.has(name));
  return (
    <fieldset class="chips">
      <legend class="hidden">Methods that are shown</legend>
      {data.methods.map(({ name, title }) => (
        <label class="chip" key={name}>
          <input type="checkbox" checked={shownMethods.value.has(name)} onChange={() => toggleMethod(name)} />
          <Swatch look={look.get(name)!} />
          <span>{title}</span>
          {beside && shownMethods.value.has(name) && <span class="value">{beside(name)}</span>}
        </label>
      ))}
      <button type="button" class="plain" onClick={() => (shownMethods.value = new Set(every ? [] : all))}>
        {every ? "None" : "All"}
      </button>
    </fieldset>
  );
}
