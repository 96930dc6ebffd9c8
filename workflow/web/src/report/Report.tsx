/** The page: its sections, in order, as far as the run has what they show. */

import { useEffect } from "preact/hooks";
import type { Data } from "../data";
import { Images } from "../images/Images";
import { Agreement } from "./Agreement";
import { Background, Citing } from "./Background";
import { Curves } from "./Curves";
import { Differences } from "./Differences";
import { Header } from "./Header";
import { Layers } from "./Layers";
import { Localisation } from "./Localisation";
import { Published } from "./Published";
import { SummaryTable } from "./SummaryTable";
import { VerdictSection } from "./Verdict";

function sections(data: Data): [string, string][] {
  const several = data.methods.length > 1;
  const all: [boolean, string, string][] = [
    [true, "verdict", "Verdict"],
    [true, "table", "Numbers"],
    [true, "images", "Images"],
    [data.curves.length > 0, "curves", "Curves"],
    [several, "differences", "Differences"],
    [several, "agreement", "Order"],
    [data.localisation.length > 0, "localisation", "Objects"],
    [data.layers.length > 0, "layers", "Layers"],
    [data.published.length > 0, "published", "Published"],
    [true, "citing", "Cite"],
    [true, "behind", "Behind"],
  ];
  return all.filter(([shown]) => shown).map(([, id, title]) => [id, title]);
}

/** On paper, what explains the numbers is open. */
function openForPrint(): void {
  for (const details of document.querySelectorAll<HTMLDetailsElement>("details[data-print]")) details.open = true;
}

export function Report({ data }: { data: Data }) {
  useEffect(() => {
    addEventListener("beforeprint", openForPrint);
    return () => removeEventListener("beforeprint", openForPrint);
  }, []);
  return (
    <>
      <a class="skip" href="#verdict">
        Skip to the verdict
      </a>
      <Header data={data} sections={sections(data)} />
      <main>
        <VerdictSection data={data} />
        <SummaryTable data={data} />
        <Images data={data} />
        <Curves data={data} />
        <Differences data={data} />
        <Agreement data={data} />
        <Localisation data={data} />
        <Layers data={data} />
        <Published data={data} />
        <Citing data={data} />
        <Background data={data} />
      </main>
    </>
  );
}
