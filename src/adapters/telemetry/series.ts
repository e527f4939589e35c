/**
 * Counters and histograms, shown by prom-client but counted here: it makes a text of the labels for every observation, and
 * the eight of a request took 6 us. Here whoever observes finds a series once and keeps it.
 */
import type { Metric, Registry } from "prom-client";

export interface Series {
  /** Adds to a counter, or puts a value into a histogram. */
  add(value: number): void;
}

/** The series of these label values, in the order of the labels; made at the first call. */
export type SeriesOf = (...values: readonly string[]) => Series;

interface Described {
  readonly name: string;
  readonly help: string;
  readonly labels: readonly string[];
}

type Labels = Readonly<Record<string, string>>;

interface Sample {
  readonly metricName: string;
  readonly labels: Labels;
  readonly value: number;
}

interface Counted extends Series {
  samples(): readonly Sample[];
}

export function counter(registry: Registry, described: Described): SeriesOf {
  return register(registry, "counter", described, (labels) => {
    let sum = 0;
    return {
      add: (value) => {
        sum += value;
      },
      samples: () => [{ metricName: described.name, labels, value: sum }],
    };
  });
}

/** `bounds` rise; a value that equals one is in its bucket. */
export function histogram(registry: Registry, described: Described, bounds: readonly number[]): SeriesOf {
  return register(registry, "histogram", described, (labels) => spread(described.name, labels, bounds));
}

function spread(name: string, labels: Labels, bounds: readonly number[]): Counted {
  const counts = new Float64Array(bounds.length + 1);
  let sum = 0;
  return {
    add(value) {
      let bucket = 0;
      while (bucket < bounds.length && value > (bounds[bucket] ?? 0)) bucket += 1;
      counts[bucket] = (counts[bucket] ?? 0) + 1;
      sum += value;
    },
    samples() {
      let count = 0;
      const buckets = Array.from(counts, (more, index) => {
        count += more;
        const le = index < bounds.length ? String(bounds[index]) : "+Inf";
        return { metricName: `${name}_bucket`, labels: { le, ...labels }, value: count };
      });
      return [
        ...buckets,
        { metricName: `${name}_sum`, labels, value: sum },
        { metricName: `${name}_count`, labels, value: count },
      ];
    },
  };
}

function register(
  registry: Registry,
  type: "counter" | "histogram",
  { name, help, labels }: Described,
  make: (labels: Labels) => Counted,
): SeriesOf {
  const all: Counted[] = [];
  const get = async () => ({ name, help, type, aggregator: "sum", values: all.flatMap((one) => one.samples()) });
  // oxlint-disable-next-line typescript/no-unsafe-type-assertion -- all that a registry asks of a metric
  registry.registerMetric({ name, help, type, get } as unknown as Metric);
  return kept((values) => {
    const one = make(Object.fromEntries(labels.map((label, index) => [label, values[index] ?? ""])));
    all.push(one);
    return one;
  });
}

/** Makes a thing once for each combination of values. Maps in maps: a joined key would be a new text at every call. */
export function kept<T>(make: (values: readonly string[]) => T): (...values: readonly string[]) => T {
  interface Node {
    readonly next: Map<string, Node>;
    made: { readonly it: T } | undefined;
  }
  const root: Node = { next: new Map(), made: undefined };
  return (...values) => {
    let node = root;
    for (const value of values) {
      let next = node.next.get(value);
      if (next === undefined) {
        next = { next: new Map(), made: undefined };
        node.next.set(value, next);
      }
      node = next;
    }
    node.made ??= { it: make(values) };
    return node.made.it;
  };
}
