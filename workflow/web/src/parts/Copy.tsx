/** Text to take away, with a button that copies it. */

import { useRef, useState } from "preact/hooks";

export function Copy({ label, text, wrap }: { label: string; text: string; wrap?: boolean }) {
  const [said, say] = useState("");
  const block = useRef<HTMLPreElement>(null);
  const copy = async () => {
    try {
      await navigator.clipboard.writeText(text);
      say("Copied.");
    } catch {
      getSelection()?.selectAllChildren(block.current!);
      say("Selected: copy it with your keyboard.");
    }
  };
  return (
    <div class="copy">
      <div class="controls">
        <h3>{label}</h3>
        <button type="button" onClick={copy}>
          Copy
        </button>
        <span role="status">{said}</span>
      </div>
      <pre ref={block} class={wrap ? "wrap" : undefined} tabIndex={0} aria-label={label}>
        {text}
      </pre>
    </div>
  );
}
