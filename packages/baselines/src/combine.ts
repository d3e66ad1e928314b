import * as tf from '@tensorflow/tfjs';
import {
  createTransform,
  type OwnTensors,
  type OwnVariable,
  registerTransform,
  type WeightTransform,
} from '@winnow/ops';

const NAME = 'combined';

/** Keeps the variables of several methods apart: `1.mask`. */
const prefixed = (index: number, name: string) => `${index}.${name}`;

function ownOf<T extends tf.Tensor>(
  index: number,
  variables: Readonly<Record<string, T>> | undefined,
): Record<string, T> {
  const prefix = prefixed(index, '');
  return Object.fromEntries(
    Object.entries(variables ?? {}).flatMap(([name, variable]) =>
      name.startsWith(prefix) ? [[name.slice(prefix.length), variable] as const] : [],
    ),
  );
}

function ownOfAll(index: number, variables: ReadonlyMap<string, OwnTensors> | undefined) {
  return new Map([...(variables ?? [])].map(([path, own]) => [path, ownOf(index, own)]));
}

/**
 * Two or more methods at once: each transforms what the one before made of the kernel, penalties add up, and what
 * pruning ranks is the last one's that ranks anything but |w|.
 *
 * @throws RangeError if fewer than two are given, or more than one must compute the layer itself
 */
export function combineTransforms(transforms: readonly WeightTransform[]): WeightTransform {
  if (!Array.isArray(transforms as unknown)) {
    throw new TypeError(`combineTransforms: transforms must be an array of transforms, got ${transforms}`);
  }
  if (transforms.length < 2)
    throw new RangeError(`combineTransforms: transforms must have at least 2 entries, got ${transforms.length}`);
  const computing = transforms.filter(({ forward }) => forward);
  if (computing.length > 1) {
    const names = computing.map(({ name }) => `'${name}'`).join(' and ');
    throw new RangeError(`combineTransforms: only one method can compute the layer itself, got ${names}`);
  }
  const having = <K extends keyof WeightTransform>(key: K) =>
    transforms.some((transform) => transform[key] !== undefined);
  const lastWith = (key: 'scores' | 'targetMask') => transforms.findLastIndex((transform) => transform[key]);
  const [ranking, target] = [lastWith('scores'), lastWith('targetMask')];
  const forwardIndex = transforms.findIndex(({ forward }) => forward);
  const scope = transforms.findLast(({ pruningScope }) => pruningScope)?.pruningScope;

  const combined: WeightTransform = {
    name: NAME,
    decaysKernels: transforms.every(({ decaysKernels }) => decaysKernels ?? true),
    forgets: transforms.some(({ forgets }) => forgets),
    ...(scope && { pruningScope: scope }),
    apply: (kernel, context) =>
      transforms.reduce(
        (made, transform, i) => transform.apply(made, { ...context, variables: ownOf(i, context.variables) }),
        kernel,
      ),
    getConfig: () => ({ parts: transforms.map((part) => ({ name: part.name, config: part.getConfig() })) }),
  };
  if (having('variables')) {
    combined.variables = (request) => {
      const all: Record<string, OwnVariable> = {};
      transforms.forEach((transform, i) => {
        const own = Object.entries(transform.variables?.(request) ?? {});
        for (const [name, variable] of own) all[prefixed(i, name)] = variable;
      });
      return all;
    };
  }
  if (having('prepare')) {
    combined.prepare = (kernels, context) => {
      let made: ReadonlyMap<string, tf.Tensor> = kernels;
      transforms.forEach((transform, i) => {
        const variables = ownOfAll(i, context.variables);
        const before = made;
        const prepared = transform.prepare?.(before, { ...context, variables });
        made = new Map(
          [...before].map(([path, kernel]) => [
            path,
            prepared?.get(path) ?? transform.apply(kernel, { ...context, path, variables: variables.get(path) ?? {} }),
          ]),
        );
        // What only stood between two methods; the backward pass keeps what it needs for itself.
        for (const [path, kernel] of before)
          if (kernel !== kernels.get(path) && kernel !== made.get(path)) kernel.dispose();
      });
      return new Map(
        [...made].map(([path, kernel]) => [path, kernel === kernels.get(path) ? tf.clone(kernel) : kernel]),
      );
    };
  }
  if (having('penalty')) {
    combined.penalty = (kernels, context) =>
      tf.tidy(() => {
        const terms = transforms.flatMap(
          (transform, i) =>
            transform.penalty?.(kernels, { ...context, variables: ownOfAll(i, context.variables) }) ?? [],
        );
        return tf.addN(terms) as tf.Scalar;
      });
  }
  if (forwardIndex >= 0) {
    const { forward } = transforms[forwardIndex] as WeightTransform;
    combined.forward = (inputs, kernel, layer, context) =>
      forward!(inputs, kernel, layer, { ...context, variables: ownOf(forwardIndex, context.variables) });
  }
  if (having('needsGradient')) combined.needsGradient = (step) => transforms.some((part) => part.needsGradient?.(step));
  if (having('afterStep')) {
    combined.afterStep = (step, kernels) =>
      transforms.forEach((transform, i) => {
        const own = [...kernels].map(
          ([path, kernel]) => [path, { ...kernel, variables: ownOf(i, kernel.variables) }] as const,
        );
        transform.afterStep?.(step, new Map(own));
      });
  }
  if (ranking >= 0) {
    combined.scores = (kernel, context) =>
      transforms[ranking]!.scores!(kernel, { ...context, variables: ownOf(ranking, context.variables) });
  }
  if (target >= 0) {
    combined.targetMask = (kernel, context) =>
      transforms[target]!.targetMask!(kernel, { ...context, variables: ownOf(target, context.variables) });
  }
  return combined;
}

registerTransform(NAME, ({ parts }) =>
  combineTransforms(
    (parts as { name: string; config: Record<string, unknown> }[]).map(({ name, config }) =>
      createTransform(name, config),
    ),
  ),
);
