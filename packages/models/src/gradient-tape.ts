/** What runs under tfjs's gradient tape, which names the inputs of every operation. */

import * as tf from '@tensorflow/tfjs';

/** An operation on the tape, as tfjs's engine records it. */
interface TapeNode {
  readonly inputs: Readonly<Record<string, tf.Tensor>>;
  readonly saved?: readonly tf.Tensor[];
}

/** What is used of tfjs's engine beyond its public types. */
interface Engine {
  readonly state: { activeTape: TapeNode[] | null | undefined; readonly gradientDepth: number };
  startTape(): void;
  endTape(): void;
}

const engine = () => tf.engine() as unknown as Engine;

/** The tape that is being recorded. After an error within a computation of gradients, tfjs's own is left behind. */
export function currentTape(): TapeNode[] | undefined {
  const { activeTape, gradientDepth } = engine().state;
  return gradientDepth > 0 && activeTape ? activeTape : undefined;
}

/** Operations of methods on variables, which layers around them are not to blame for. */
const ofMethods = new WeakSet<TapeNode>();

/** Runs what a method does with variables. */
export function asMethod<T>(run: () => T): T {
  const tape = currentTape();
  const start = tape?.length ?? 0;
  const result = run();
  for (const node of tape?.slice(start) ?? []) ofMethods.add(node);
  return result;
}

/**
 * Runs layers, under a tape of their own if there is none and `always`. Finds those that compute with a variable itself
 * where a method gave them another tensor: one that took the variable when it was built, say.
 *
 * @returns also the ids of the operations' inputs; undefined where there is no tape
 */
export function watchingInputs<T>(run: () => T, always: boolean): { result: T; used: ReadonlySet<number> | undefined } {
  const tape = currentTape();
  if (tape) {
    const start = tape.length;
    const result = run();
    return { result, used: inputsOf(tape.slice(start)) };
  }
  if (!always) return { result: run(), used: undefined };
  const { state } = engine();
  engine().startTape();
  try {
    const result = run();
    return { result, used: inputsOf(state.activeTape ?? []) };
  } finally {
    engine().endTape();
    for (const { saved = [] } of state.activeTape ?? []) tf.dispose([...saved]);
    state.activeTape = null;
  }
}

function inputsOf(nodes: readonly TapeNode[]): Set<number> {
  const own = nodes.filter((node) => !ofMethods.has(node));
  return new Set(own.flatMap(({ inputs }) => Object.values(inputs).map(({ id }) => id)));
}
