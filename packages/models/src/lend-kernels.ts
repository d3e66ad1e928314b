import * as tf from '@tensorflow/tfjs';
import type { KernelLayer, ModelKernel } from './kernel-layers.js';
import { asLayerHas } from './kernel-layout.js';
import type { MethodAtWork } from './method-at-work.js';
import { reading } from './reading.js';

/**
 * Runs a layer of a user's own that may read the kernel of any other layer, which it knows from somewhere: tied
 * weights. What it reads is the method's kernel, made when it is asked for.
 *
 * @param kernels that nothing gives it yet
 * @param name of the layer, under which its runs are counted
 */
export function lendKernels<T>(
  kernels: readonly ModelKernel[],
  method: MethodAtWork,
  { name, training }: { readonly name: string; readonly training: boolean },
  run: () => T,
): T {
  const lent: tf.Tensor[] = [];
  const lendable = kernels.map(({ path, source, layout, variable }) => {
    let kernel: tf.Tensor | undefined;
    const lend = () => {
      if (kernel !== undefined && !kernel.isDisposed) return kernel;
      if (lent.length === 0 && training) method.step.enter(name);
      kernel = tf.tidy(() => asLayerHas(method.kernel(path, training), layout, variable.shape));
      lent.push(kernel);
      return kernel;
    };
    return [source, lend] as const;
  });
  const { result } = reading(lendable, run);
  // tfjs keeps what the backward pass needs. A method may give the variable itself, a layer what it was lent.
  const kept = new Set<unknown>([...kernels.map(({ variable }) => variable), ...[result].flat()]);
  tf.dispose(lent.filter((kernel) => !kept.has(kernel)));
  return result;
}

/** The layers of a user's own, wherever in a model they are. */
export function ownLayers(
  layers: readonly { readonly kind: string; readonly source: unknown }[],
): readonly KernelLayer[] {
  return layers.filter(({ kind }) => kind === 'custom').map(({ source }) => source as KernelLayer);
}
