/**
 * The contract of a benchmark: one file in src/kernels/ for our side, one of the same name in peers/ for the Python peers; for
 * training steps in src/steps/ and peers/steps/.
 */

/** An array that every side of a case gets. */
export interface Input {
  readonly data: Float32Array | Int32Array;
  readonly shape: readonly number[];
}

/** Numbers and words of a case, for all sides alike; becomes JSON. */
export type Parameters = Readonly<Record<string, unknown>>;

/** What one side does for one case, in its own process. */
export interface Workload {
  /** The result that must agree with the other sides', made before anything is timed. */
  check(): Float32Array;
  /** Untimed, before each timed call: a training step moves the weights, for example. */
  between?(): void;
  /** What is timed. */
  run(): void;
  /** How many tensors are alive, where the side counts them. */
  tensors?(): number;
  dispose?(): void;
}

/** One line of the table for each of its peers. */
export interface BenchmarkCase {
  /** Such as `targeted-dropout/4608x512/steady`. */
  readonly name: string;
  readonly params: Parameters;
  /** Which sides run it besides ours. */
  readonly peers: readonly string[];
  /** How far a peer's result may lie from ours, relative to the largest value: 0 is bit for bit. */
  readonly tolerance: number;
  /** Names of peers whose result is another one by nature, such as a plain copy's; they check themselves. */
  readonly unchecked?: readonly string[];
}

/** A file in src/kernels/ or src/steps/. */
export interface Suite {
  /** Its name is that of its files. */
  readonly name: string;
  /** Where the files lie, if not in src/kernels/ and peers/. */
  readonly folder?: 'steps';
  readonly cases: readonly BenchmarkCase[];
  /** The arrays of a case, the same on every call. */
  inputs(params: Parameters): Record<string, Input>;
  /** Our side. */
  prepare(params: Parameters, inputs: Record<string, Input>): Workload | Promise<Workload>;
  /** Peers that run in Node.js, by name; all others are looked for in peers/NAME.py or peers/steps/NAME.py. */
  readonly nodePeers?: Readonly<
    Record<string, (params: Parameters, inputs: Record<string, Input>) => Workload | Promise<Workload>>
  >;
}
