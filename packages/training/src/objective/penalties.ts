import { tf } from '@winnow/tensorflow';

/** What a layer holds of regularisers and of other layers. */
interface RegularisedLayer {
  _losses?: (() => tf.Scalar)[];
  layers?: unknown[];
  layer?: unknown;
  forwardLayer?: unknown;
  backwardLayer?: unknown;
  cell?: unknown;
  cells?: unknown[];
}

/**
 * The terms that a model's regularisers (`kernelRegularizer`, …) add to the loss, in layer order. Those within nested
 * models, wrappers and recurrent cells are found; a layer that is called several times counts once.
 */
export function regularisers(model: tf.LayersModel): readonly (() => tf.Scalar)[] {
  const seen = new Set<unknown>();
  const found = new Set<() => tf.Scalar>();
  const visit = (value: unknown): void => {
    if (typeof value !== 'object' || value === null || seen.has(value)) return;
    seen.add(value);
    const { _losses, layers, layer, forwardLayer, backwardLayer, cell, cells } = value as RegularisedLayer;
    for (const term of _losses ?? []) found.add(term);
    for (const inner of [...(layers ?? []), layer, forwardLayer, backwardLayer, cell, ...(cells ?? [])]) visit(inner);
  };
  visit(model);
  return [...found];
}

/** The loss with the terms of the regularisers, if there are any. */
export function withPenalties(loss: tf.Scalar, terms: readonly (() => tf.Scalar)[]): tf.Scalar {
  return terms.reduce((sum, term) => tf.add(sum, term()) as tf.Scalar, loss);
}

interface ConstrainedVariable {
  read(): tf.Variable;
  readonly constraint?: { apply(value: tf.Tensor): tf.Tensor } | null;
}

/**
 * A function that applies the constraints of a model's trained weights (`kernelConstraint`, …), undefined if there are
 * none. Call it after the optimizer's step.
 */
export function constraintsOf(model: tf.LayersModel): (() => void) | undefined {
  const weights = model.trainableWeights as unknown as ConstrainedVariable[];
  const constrained = weights.filter(({ constraint }) => constraint != null);
  if (constrained.length === 0) return undefined;
  return () => {
    for (const weight of constrained) {
      tf.tidy(() => {
        const variable = weight.read();
        variable.assign((weight.constraint as NonNullable<ConstrainedVariable['constraint']>).apply(variable));
      });
    }
  };
}
