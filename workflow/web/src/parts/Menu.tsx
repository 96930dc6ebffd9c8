/** A button that opens a list of choices; Escape closes it, and so does a click elsewhere. */

import type { ComponentChildren } from "preact";
import { useEffect, useRef } from "preact/hooks";

export function Menu({ title, children }: { title: string; children: ComponentChildren }) {
  const self = useRef<HTMLDetailsElement>(null);
  useEffect(() => {
    const away = (event: Event) => {
      const escape = event instanceof KeyboardEvent && event.key === "Escape";
      const menu = self.current;
      if (!menu?.open || !(escape || (event instanceof PointerEvent && !menu.contains(event.target as Node)))) return;
      menu.open = false;
      if (escape) menu.querySelector("summary")?.focus();
    };
    document.addEventListener("pointerdown", away);
    document.addEventListener("keydown", away);
    return () => {
      document.removeEventListener("pointerdown", away);
      document.removeEventListener("keydown", away);
    };
  }, []);
  return (
    <details class="menu" ref={self}>
      <summary>{title}</summary>
      <div class="choices">{children}</div>
    </details>
  );
}
