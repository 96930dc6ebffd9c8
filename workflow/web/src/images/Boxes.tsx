/** Where the objects of an image lie, as far as they lie in its crop. */

import type { About } from "./data";
import type { Row } from "./source";

export function Boxes({ boxes, about: { size } }: { boxes: Row["boxes"]; about: Pick<About, "size"> }) {
  const [height, width] = size;
  return (
    <>
      {boxes.map(([left, top, wide, tall], number) => (
        <span
          key={number}
          class="box-of-object"
          style={{
            left: `${(100 * left) / width}%`,
            top: `${(100 * top) / height}%`,
            width: `${(100 * wide) / width}%`,
            height: `${(100 * tall) / height}%`,
          }}
        />
      ))}
    </>
  );
}
