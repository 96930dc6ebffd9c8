/** Name of the run, the network that is shown, and links to the sections. */

import type { Data } from "../data";
import { networkTitle } from "../facts";
import { percent } from "../numbers";
import { Choice } from "../parts/Choice";
import { network } from "../state";

interface Props {
  data: Data;
  sections: readonly [id: string, title: string][];
}

export function Header({ data, sections }: Props) {
  const shown = data.networks.find(({ name }) => name === network.value);
  const facts = shown && [
    `${shown.images.toLocaleString("en")} image${shown.images === 1 ? "" : "s"}`,
    shown.top1 != null && `top-1 ${percent(shown.top1, 1)} %`,
    shown.random && "random weights",
  ];
  return (
    <>
      <header class="top">
        <p class="brand">cambench</p>
        <h1>{data.run}</h1>
        <p class="quiet">
          {data.networks.length === 1 && `${networkTitle(data, network.value)} · `}
          {facts && facts.filter(Boolean).join(" · ")}
        </p>
      </header>
      <nav class="bar" aria-label="Sections">
        <ul>
          {sections.map(([id, title]) => (
            <li key={id}>
              <a href={`#${id}`}>{title}</a>
            </li>
          ))}
        </ul>
        {data.networks.length > 1 && (
          <Choice label="Network" value={network.value} options={data.networks} choose={(name) => (network.value = name)} />
        )}
      </nav>
    </>
  );
}
