/** A section of the page, with its heading and what stands beside it. */

import type { ComponentChildren } from "preact";

interface Props {
  id: string;
  title: string;
  lead?: ComponentChildren;
  children: ComponentChildren;
}

export function Section({ id, title, lead, children }: Props) {
  return (
    <section id={id} aria-labelledby={`${id}-title`}>
      <h2 id={`${id}-title`}>{title}</h2>
      {lead && <p class="lead">{lead}</p>}
      {children}
    </section>
  );
}

/** What is folded until it is asked for. `print` opens it on paper. */
export function Folded({ title, print, children }: { title: string; print?: boolean; children: ComponentChildren }) {
  return (
    <details class="folded" data-print={print ? "" : undefined}>
      <summary>{title}</summary>
      <div>{children}</div>
    </details>
  );
}
