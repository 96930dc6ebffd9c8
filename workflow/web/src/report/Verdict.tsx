/** The verdict in words, and what to doubt. */

import type { Data } from "../data";
import { network } from "../state";

export function VerdictSection({ data }: { data: Data }) {
  const shown = data.verdict.filter((one) => one.network === null || one.network === network.value);
  const [first, ...rest] = shown.flatMap((one) => one.said);
  const doubts = shown.flatMap((one) => one.doubts);
  return (
    <section id="verdict" aria-labelledby="verdict-title" class="verdict">
      <h2 id="verdict-title" class="hidden">
        Verdict
      </h2>
      <div aria-live="polite">
        <p class="first">{first}</p>
        {rest.length > 0 && (
          <ul class="said">
            {rest.map((text) => (
              <li key={text}>{text}</li>
            ))}
          </ul>
        )}
        {doubts.length > 0 && (
          <div class="doubts">
            <h3>What to doubt</h3>
            <ul>
              {doubts.map((text) => (
                <li key={text}>{text}</li>
              ))}
            </ul>
          </div>
        )}
      </div>
    </section>
  );
}
