import type { ModelKernel } from './kernel-layers.js';

/**
 * Refuses a training step of kernels that it does not train. Their method would go on: drop them, renew their masks,
 * train its own variables of them. To leave them out of a method at work would change what it does to the others.
 *
 * @param trained the layers' variables that the step trains
 * @throws Error naming the kernels
 */
export function checkNotFrozen(
  op: string,
  method: string,
  kernels: readonly Pick<ModelKernel, 'path' | 'source'>[],
  trained: readonly unknown[],
): void {
  const all = new Set(trained);
  const frozen = kernels.filter(({ source }) => !all.has(source)).map(({ path }) => `'${path}'`);
  if (frozen.length === 0) return;
  throw new Error(
    `${op}: method '${method}' acts on ${frozen.join(', ')}, which this step does not train: frozen after the method ` +
      'was applied, or not compiled since. bake() first (which writes masks into the weights) or remove(), then ' +
      'freeze, compile and apply the method again: it leaves frozen layers out',
  );
}
