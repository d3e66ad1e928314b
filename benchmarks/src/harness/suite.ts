/**
 * The contract of a benchmark. A suite has one file in src/kernels/ for our side, and one of the same name in peers/
 * for the Python peers. Training steps are in src/steps/ and peers/steps/, networks at inference in src/inference/ and
 * peers/inference/.
 */

/** An array given to every side of a case. */
export interface Input {
  readonly data: Float32Array | Int32Array;
  readonly shape: readonly number[];
}

/** Numbers and words of a case, the same for all sides, sent as JSON. */
export type Parameters = Readonly<Record<string, unknown>>;

/** One side's work for one case, in its own process. */
export interface Workload {
  /** Computes the result to compare with the other sides', before anything is timed. */
  check(): Float32Array;
  /** Runs untimed before each timed call, for example to move the weights as a training step does. */
  between?(): void;
  /** The timed call. */
  run(): void;
  /** Number of live tensors, if the side counts them. */
  tensors?(): number;
  dispose?(): void;
}

/** A case. The table gets one line for each of its peers. */
export interface BenchmarkCase {
  /** Such as `targeted-dropout/4608x512/steady`. */
  readonly name: string;
  readonly params: Parameters;
  /** Names of the peers to compare with. */
  readonly peers: readonly string[];
  /** Allowed difference between a peer's result and ours, relative to the largest value. 0 requires equal bits. */
  readonly tolerance: number;
  /** Peers whose result differs by design, such as that of a plain copy. They check themselves. */
  readonly unchecked?: readonly string[];
}

/** A file in src/kernels/ or src/steps/. */
export interface Suite {
  /** The suite's name, which is also that of its files. */
  readonly name: string;
  /** Folder of the files. Default: src/kernels/ and peers/. */
  readonly folder?: 'steps' | 'inference';
  readonly cases: readonly BenchmarkCase[];
  /** The arrays of a case. Every call returns the same values. */
  inputs(params: Parameters): Record<string, Input>;
  /** Prepares our side. */
  prepare(params: Parameters, inputs: Record<string, Input>): Workload | Promise<Workload>;
  /** Node.js peers by name. All others are in peers/NAME.py or peers/FOLDER/NAME.py. */
  readonly nodePeers?: Readonly<
    Record<string, (params: Parameters, inputs: Record<string, Input>) => Workload | Promise<Workload>>
  >;
}
