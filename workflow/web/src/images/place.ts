/** Where a long list stands: browsers allow no element of more than some ten million pixels. */

export const MOST = 8_000_000;

/** `top` is the first pixel of the list in view, `scroll` where the scroll bar of an element of at most `MOST` stands. */
export interface Standing {
  top: number;
  scroll: number;
}

/** Height of the element that is scrolled. */
export function track(length: number): number {
  return Math.min(length, MOST);
}

/** Where the list stands once it was scrolled: short ways are as long as they look, long ones go by the scroll bar. */
export function followed({ top, scroll }: Standing, now: number, length: number, view: number): Standing {
  const [most, end] = [Math.max(0, length - view), Math.max(0, track(length) - view)];
  const away = now - scroll;
  const near = length > MOST && Math.abs(away) < 2 * view && now > 0 && now < end;
  const found = near ? top + away : end > 0 ? (now / end) * most : 0;
  return { top: Math.min(Math.max(found, 0), most), scroll: now };
}

/** Where the scroll bar belongs, which short ways leave behind. */
export function settled(top: number, length: number, view: number): number {
  return length > MOST ? (top / (length - view)) * (MOST - view) : top;
}
