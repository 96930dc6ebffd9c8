/** Which images are shown, in which order, and what of them. */

import type { Data } from "../data";
import { heading } from "../facts";
import { Choice } from "../parts/Choice";
import { Menu } from "../parts/Menu";
import { order, shownMethods, toggleMethod } from "../state";
import type { Order } from "../state";
import { views } from "./paint";
import type { View } from "./paint";
import { only, opacity, text, view } from "./shown";
import type { Query } from "./source";

const orders: Record<Order["by"], string> = {
  worst: "Worst first",
  best: "Best first",
  disputed: "Most disputed",
  pair: "Two methods differ most",
  random: "Random",
  image: "As in the data set",
};
const kinds: Record<Query["only"], string> = {
  all: "All images",
  wrong: "Wrongly classified",
  flagged: "With a doubtful map",
};

function options(titles: Record<string, string>): { name: string; title: string }[] {
  return Object.entries(titles).map(([name, title]) => ({ name, title }));
}

export function Toolbar({ data, metrics }: { data: Data; metrics: Data["metrics"] }) {
  const { by, metric = "adcc", method = "", a = "", b = "" } = order.value;
  const change = (part: Partial<Order>) => (order.value = { ...order.value, ...part });
  const methods = data.methods.map(({ name, title }) => ({ name, title }));
  const begin = (name: string) => {
    const [first, second] = methods;
    const pair = name === "pair" && !a ? { a: first?.name, b: (second ?? first)?.name } : {};
    change({ by: name as Order["by"], ...pair });
  };
  return (
    <div class="toolbar">
      <div class="controls">
        <Choice label="Order" value={by} options={options(orders)} choose={begin} />
        {["worst", "best", "disputed", "pair"].includes(by) && (
          <Choice
            label="by"
            value={metric}
            options={metrics.map((one) => ({ name: one.name, title: heading(one) }))}
            choose={(name) => change({ metric: name })}
          />
        )}
        {["worst", "best"].includes(by) && (
          <Choice
            label="of"
            value={method}
            options={[{ name: "", title: "the methods’ mean" }, ...methods]}
            choose={(name) => change({ method: name || undefined })}
          />
        )}
        {by === "pair" && <Choice label="of" value={a} options={methods} choose={(name) => change({ a: name })} />}
        {by === "pair" && <Choice label="and" value={b} options={methods} choose={(name) => change({ b: name })} />}
        <Choice label="Show" value={only.value} options={options(kinds)} choose={(name) => (only.value = name as Query["only"])} />
        <label class="filter">
          <span>Find file or class</span>
          <input type="search" value={text.value} onInput={(event) => (text.value = event.currentTarget.value)} />
        </label>
      </div>
      <div class="controls">
        <Choice label="View" value={view.value} options={options(views)} choose={(name) => (view.value = name as View)} />
        <label class="opacity">
          <span>{`Opacity ${Math.round(100 * opacity.value)} %`}</span>
          <input
            type="range"
            min="0"
            max="100"
            value={100 * opacity.value}
            disabled={["map", "masked"].includes(view.value)}
            onInput={(event) => (opacity.value = Number(event.currentTarget.value) / 100)}
          />
        </label>
        <Menu title="Methods">
          {methods.map(({ name, title }) => (
            <label key={name}>
              <input type="checkbox" checked={shownMethods.value.has(name)} onChange={() => toggleMethod(name)} />
              {title}
            </label>
          ))}
        </Menu>
      </div>
    </div>
  );
}
