/** Where a page's images come from: the page itself, or the server of `cambench explore`. */

import type { Data, MethodData } from "../data";
import type { Order } from "../state";
import type { About, Columns, Held, Images } from "./data";
import { fractions, rawMap } from "./decode";
import type { RawMap } from "./maths";
import { ordered } from "./order";
import { Recent } from "./recent";

export interface Query {
  network: string;
  order: Order;
  /** Part of a file's path, or of the name of a class. */
  text: string;
  only: "all" | "wrong" | "flagged";
}

export interface Score {
  masked: number | null;
  values: Record<string, number | null>;
  flags: string[];
}

export interface Row {
  image: number;
  file: string;
  labels: number[];
  target: number;
  predicted: number;
  correct: number;
  probability: number | null;
  names: Record<string, string>;
  boxes: [number, number, number, number][];
  scores: Record<string, Score>;
}

export interface Window {
  /** Number of images that the query finds. */
  total: number;
  rows: Row[];
}

/** Maps of an image and of its masked input. Null: there is none, or it is not finite. */
export interface Maps {
  first: RawMap | null;
  second: RawMap | null;
}

export interface Curves {
  shares: number[];
  deletion: (number | null)[];
  insertion: (number | null)[];
}

export interface Source {
  about(network: string): About;
  rows(query: Query, start: number, stop: number): Promise<Window>;
  /** Pixels at the size of the input. */
  photograph(network: string, image: number): Promise<ImageData>;
  maps(network: string, method: string, image: number): Promise<Maps>;
  curves(network: string, method: string, image: number): Promise<Curves | null>;
}

/** Methods that images are ordered by: all but the controls, or all of them where fewer than two are left. */
export function compared(methods: MethodData[]): string[] {
  const found = methods.filter((method) => !method.control);
  return (found.length > 1 ? found : methods).map((method) => method.name);
}

/** One image's part of the columns. */
export function row(columns: Columns, place: number): Row {
  const scores = Object.entries(columns.scores).map(([name, { masked, values, flags }]) => {
    const own = Object.fromEntries(Object.entries(values).map(([metric, of]) => [metric, of[place] ?? null]));
    const flagged = Object.keys(flags).filter((flag) => flags[flag]!.includes(place));
    return [name, { masked: masked[place] ?? null, values: own, flags: flagged }];
  });
  return {
    image: columns.images[place]!,
    file: columns.files[place]!,
    labels: columns.labels[place]!,
    target: columns.target[place]!,
    predicted: columns.predicted[place]!,
    correct: columns.correct[place]!,
    probability: columns.probability[place] ?? null,
    names: columns.names,
    boxes: columns.boxes?.[place] ?? [],
    scores: Object.fromEntries(scores),
  };
}

/** Pixels of a picture at an address, which may be a data URL. */
async function pixels(address: string, [height, width]: [number, number]): Promise<ImageData> {
  const picture = new Image();
  picture.src = address;
  await picture.decode();
  const canvas = new OffscreenCanvas(width, height);
  const context = canvas.getContext("2d")!;
  context.drawImage(picture, 0, 0, width, height);
  return context.getImageData(0, 0, width, height);
}

/** Images that the page holds. */
export class EmbeddedSource implements Source {
  private readonly photographs = new Recent<Promise<ImageData>>(100);

  constructor(
    private readonly images: Images,
    private readonly data: Pick<Data, "methods" | "metrics">,
  ) {}

  about(network: string): About {
    return this.held(network).about;
  }

  async rows({ network, order, text, only }: Query, start: number, stop: number): Promise<Window> {
    const { columns } = this.held(network);
    const metric = this.data.metrics.find(({ name }) => name === (order.metric ?? "adcc"));
    const places = ordered(columns, order, compared(this.data.methods), metric?.higher ?? true);
    const found = places.map((place) => row(columns, place)).filter((one) => matches(one, text, only));
    return { total: found.length, rows: found.slice(start, stop) };
  }

  photograph(network: string, image: number): Promise<ImageData> {
    const { about, photographs } = this.held(network);
    const address = this.images.photographs[photographs[this.place(network, image)]!]!;
    return this.photographs.get(`${network} ${image}`, () => pixels(address, about.size));
  }

  async maps(network: string, method: string, image: number): Promise<Maps> {
    const { about, maps } = this.held(network);
    const kept = maps[method]!;
    const read = (places: number[] | null) => {
      const text = this.images.maps[places?.[this.place(network, image)] ?? -1];
      return text === undefined ? null : rawMap(text, kept, about.methods[method]!.relu);
    };
    return { first: read(kept.first), second: read(kept.second) };
  }

  async curves(network: string, method: string, image: number): Promise<Curves | null> {
    const { maps, shares } = this.held(network);
    const text = maps[method]?.curves?.[this.place(network, image)];
    if (!text || !shares) return null;
    const values = fractions(text);
    const points = values.length / 2;
    return {
      shares: shares.length === 1 ? shares[0]! : shares[this.place(network, image)]!,
      deletion: values.slice(0, points),
      insertion: values.slice(points),
    };
  }

  private held(network: string): Required<Held> {
    return this.images.networks[network] as Required<Held>;
  }

  private place(network: string, image: number): number {
    return this.held(network).columns.images.indexOf(image);
  }
}

function matches(one: Row, text: string, only: Query["only"]): boolean {
  const wanted = text.toLowerCase();
  const names = [one.target, ...one.labels].map((number) => one.names[number] ?? "");
  const found = [one.file, ...names].some((name) => name.toLowerCase().includes(wanted));
  if (only === "wrong") return found && one.correct === 0;
  return found && (only === "all" || Object.values(one.scores).some((score) => score.flags.length > 0));
}

/** Images that a server reads from the run's files. */
export class ServerSource implements Source {
  private readonly windows = new Recent<Promise<Window>>(60);
  private readonly photographs = new Recent<Promise<ImageData>>(60);
  private readonly kept = new Recent<Promise<Maps>>(300);

  constructor(
    private readonly url: string,
    private readonly images: Images,
  ) {}

  about(network: string): About {
    return this.images.networks[network]!.about;
  }

  rows({ network, order, text, only }: Query, start: number, stop: number): Promise<Window> {
    const { by, metric, method, a, b } = order;
    const asked = { network, by, metric, method, a, b, text, only, start, stop };
    const given = Object.entries(asked).filter(([, value]) => value !== undefined && value !== "");
    const address = `rows?${new URLSearchParams(given.map(([name, value]) => [name, String(value)]))}`;
    return this.windows.get(address, async () => {
      const found: { total: number; columns: Columns } = await (await this.ask(address)).json();
      return { total: found.total, rows: found.columns.images.map((_, place) => row(found.columns, place)) };
    });
  }

  photograph(network: string, image: number): Promise<ImageData> {
    const address = `${this.url}/photographs/${encodeURIComponent(network)}/${image}`;
    return this.photographs.get(address, () => pixels(address, this.about(network).size));
  }

  maps(network: string, method: string, image: number): Promise<Maps> {
    const address = `maps/${encodeURIComponent(network)}/${encodeURIComponent(method)}/${image}`;
    const [height, width] = this.about(network).methods[method]!.stored;
    return this.kept.get(address, async () => {
      const values = new Float32Array(await (await this.ask(address)).arrayBuffer());
      const read = (start: number) => finite({ height, width, values: values.slice(start, start + height * width) });
      return { first: read(0), second: values.length > height * width ? read(height * width) : null };
    });
  }

  async curves(network: string, method: string, image: number): Promise<Curves | null> {
    const answer = await this.ask(`curves/${encodeURIComponent(network)}/${encodeURIComponent(method)}/${image}`);
    const found = await answer.json();
    return "shares" in found ? found : null;
  }

  private async ask(address: string): Promise<Response> {
    const answer = await fetch(`${this.url}/${address}`);
    if (!answer.ok) throw new Error(await answer.text());
    return answer;
  }
}

function finite(map: RawMap): RawMap | null {
  return map.values.every(Number.isFinite) ? map : null;
}
