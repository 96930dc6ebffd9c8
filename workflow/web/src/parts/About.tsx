/** A button that shows what something means, in a box above the page. */

import type { ComponentChildren } from "preact";
import { useId } from "preact/hooks";

/** Put the box below its button, within the window. */
function place(event: Event): void {
  const box = event.currentTarget as HTMLElement;
  const button = document.querySelector(`[popovertarget="${box.id}"]`);
  if ((event as ToggleEvent).newState !== "open" || !button) return;
  const at = button.getBoundingClientRect();
  const left = Math.max(8, Math.min(at.left, document.documentElement.clientWidth - box.offsetWidth - 8));
  const below = at.bottom + 6;
  const top = below + box.offsetHeight > innerHeight ? Math.max(8, at.top - box.offsetHeight - 6) : below;
  Object.assign(box.style, { left: `${left}px`, top: `${top}px` });
}

export function About({ title, children }: { title: string; children: ComponentChildren }) {
  const id = useId();
  return (
    <>
      <button type="button" class="about" popovertarget={id} aria-label={`What is ${title}?`}>
        ?
      </button>
      <div id={id} popover="auto" class="box" onToggle={place} role="note" aria-label={title}>
        <strong>{title}</strong>
        <div>{children}</div>
      </div>
    </>
  );
}
