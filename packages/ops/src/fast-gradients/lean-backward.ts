import * as tf from '@tensorflow/tfjs';

/** An operation on the tape, as tfjs's engine records it. */
interface TapeNode {
  readonly kernelName: string;
  readonly inputs: Readonly<Record<string, tf.Tensor>>;
  readonly outputs: readonly tf.Tensor[];
  /** Kept for the gradient. */
  readonly saved?: readonly tf.Tensor[];
  gradient?(dys: readonly (tf.Tensor | null)[]): Record<string, () => tf.Tensor>;
}

type Gradients = (
  f: () => tf.Tensor,
  xs: readonly tf.Tensor[],
  dy: tf.Tensor | null | undefined,
  allowNoGradients?: boolean,
) => { value: tf.Tensor; grads: (tf.Tensor | null)[] };

/** What is used of tfjs's engine beyond its public types. */
interface Engine {
  readonly state: {
    activeTape: TapeNode[] | null;
    readonly gradientDepth: number;
    readonly activeScope: { readonly id: number };
  };
  startTape(): void;
  endTape(): void;
  gradients: Gradients;
}

/**
 * Replaces the backward pass of `tf.grads`, `tf.variableGrads` and the optimizers by one that frees the activations
 * that an operation kept, and the gradients of its outputs, as soon as its own gradient is computed. tfjs holds all of
 * both until the end. Gradients of gradients stay tfjs's own.
 *
 * @returns a function that puts tfjs's back
 */
export function freeWhileGoingBackward(): () => void {
  const engine = tf.engine() as unknown as Engine;
  const stock = engine.gradients;
  engine.gradients = (f, xs, dy, allowNoGradients = false) => {
    if (engine.state.gradientDepth > 0) return stock.call(engine, f, xs, dy, allowNoGradients);
    if (xs.length === 0) throw new Error('gradients: xs must hold at least one tensor');
    if (dy != null && dy.dtype !== 'float32') throw new Error(`gradients: dy must be float32, got ${dy.dtype}`);
    let tape: readonly TapeNode[] = [];
    try {
      const value = record(engine, f);
      tape = engine.state.activeTape ?? [];
      return tf.tidy(() => {
        const gradients = goBackward(engine, tape, xs, value, dy);
        if (!allowNoGradients && xs.every(({ id }) => !gradients.has(id))) {
          throw new Error('gradients: the result of f does not depend on any of xs');
        }
        const grads = xs.map(({ id }) => gradients.get(id) ?? null);
        return { value, grads } as tf.TensorContainerObject;
      }) as unknown as ReturnType<Gradients>;
    } finally {
      free(engine.state.activeTape ?? []);
      engine.state.activeTape = null;
    }
  };
  return () => {
    engine.gradients = stock;
  };
}

function record(engine: Engine, f: () => tf.Tensor): tf.Tensor {
  engine.startTape();
  try {
    const value = tf.tidy(f);
    if (!(value instanceof tf.Tensor)) throw new Error('gradients: f must return a tensor');
    return value;
  } finally {
    engine.endTape();
  }
}

/** The gradients of all tensors of `xs` that `value` depends on, by their ids. */
function goBackward(
  engine: Engine,
  tape: readonly TapeNode[],
  xs: readonly tf.Tensor[],
  value: tf.Tensor,
  dy: tf.Tensor | null | undefined,
): Map<number, tf.Tensor> {
  const wanted = new Set(xs.map(({ id }) => id));
  const dependent = new Set(wanted);
  for (const { inputs, outputs } of tape) {
    if (!Object.values(inputs).some(({ id }) => dependent.has(id))) continue;
    for (const { id } of outputs) dependent.add(id);
  }
  const gradients = new Map<number, tf.Tensor>();
  if (dependent.has(value.id)) gradients.set(value.id, dy == null ? tf.ones(value.shape) : tf.clone(dy));
  for (const node of [...tape].reverse()) {
    const { inputs, outputs } = node;
    const dys = outputs.map(({ id }) => gradients.get(id) ?? null);
    const names = Object.keys(inputs).filter((name) => dependent.has((inputs[name] as tf.Tensor).id));
    if (names.length > 0 && dys.some((gradient) => gradient !== null)) {
      const dxs = inputGradients(engine, node, names, dys);
      names.forEach((name, i) => {
        accumulate(gradients, (inputs[name] as tf.Tensor).id, dxs[i] as tf.Tensor);
      });
      for (const { id } of outputs) {
        if (wanted.has(id)) continue;
        gradients.get(id)?.dispose();
        gradients.delete(id);
      }
    }
    free([node]);
  }
  return gradients;
}

/** The node's gradients with respect to the named inputs, each a tensor of its own. */
function inputGradients(
  engine: Engine,
  { kernelName, inputs, gradient }: TapeNode,
  names: readonly string[],
  dys: readonly (tf.Tensor | null)[],
): tf.Tensor[] {
  if (gradient == null) throw new Error(`gradients: ${kernelName} has no gradient`);
  return tf.tidy(() => {
    const functions = gradient(dys);
    const taken = new Set<tf.Tensor>();
    return names.map((name) => {
      const make = functions[name];
      if (make === undefined) throw new Error(`gradients: ${kernelName} has no gradient for its input ${name}`);
      const dx = tf.tidy(make);
      const { shape } = inputs[name] as tf.Tensor;
      if (dx.dtype !== 'float32' || dx.shape.join() !== shape.join()) {
        throw new Error(
          `gradients: ${kernelName}'s for its input ${name} must be float32 [${shape}], got ${dx.dtype} [${dx.shape}]`,
        );
      }
      // A gradient function may hand on dy itself, or one tensor for two inputs.
      const isOwn = !dx.kept && dx.scopeId === engine.state.activeScope.id && !taken.has(dx);
      taken.add(dx);
      return isOwn ? dx : tf.clone(dx);
    });
  });
}

function accumulate(gradients: Map<number, tf.Tensor>, id: number, dx: tf.Tensor): void {
  const present = gradients.get(id);
  if (present === undefined) {
    gradients.set(id, dx);
    return;
  }
  gradients.set(id, tf.add(present, dx));
  present.dispose();
  dx.dispose();
}

function free(nodes: readonly TapeNode[]): void {
  for (const { saved = [] } of nodes) tf.dispose([...saved]);
}
