import * as tf from '@tensorflow/tfjs';
import type { KernelHost, KernelLayer, ModelKernel } from './kernel-layers.js';
import { asLayerHas } from './kernel-layout.js';
import { layerParts, reading } from './layer-parts.js';
import type { MethodAtWork } from './method-at-work.js';
import type { PreparedKernels } from './prepared-kernels.js';

type Call = KernelLayer['call'];

/** What the layer that the network calls was told; a layer of a user's own may not tell those that it holds. */
interface Running {
  training?: boolean | undefined;
}

/**
 * Makes layers compute with the kernels that a method gives them. A wrapper such as TimeDistributed or an RNN gets its
 * kernels once for all the steps that it runs.
 *
 * @returns a function that undoes this
 */
export function transformLayers(
  kernels: readonly ModelKernel[],
  method: MethodAtWork,
  prepared: PreparedKernels,
): () => void {
  const computes = method.transform.forward !== undefined;
  const running: Running = {};
  const restores = computes ? kernels.map((kernel) => computeLayer(kernel, method, prepared, running)) : [];
  for (const [host, held] of byHost(kernels)) {
    restores.push(computes ? countRuns(host, method, running) : giveKernels(host, held, method, prepared));
  }
  return () => {
    // The last one first: a layer that computes itself may be called by a host that is the same layer.
    for (const restore of restores.reverse()) restore();
  };
}

function byHost(kernels: readonly ModelKernel[]): [KernelHost, ModelKernel[]][] {
  const hosts = new Map<KernelLayer, [KernelHost, ModelKernel[]]>();
  for (const kernel of kernels) {
    for (const host of kernel.hosts) {
      const known = hosts.get(host.layer);
      if (known) known[1].push(kernel);
      else hosts.set(host.layer, [host, [kernel]]);
    }
  }
  return [...hosts.values()];
}

/** Replaces a layer's `call`, given the one before; gives back what restores it. */
function replaceCall(layer: KernelLayer, make: (before: Call) => Call): () => void {
  const hadOwn = Object.hasOwn(layer, 'call');
  const before = layer.call;
  layer.call = make(before);
  return () => {
    if (hadOwn) layer.call = before;
    else delete (layer as Partial<KernelLayer>).call;
  };
}

function giveKernels(
  host: KernelHost,
  kernels: readonly ModelKernel[],
  method: MethodAtWork,
  prepared: PreparedKernels,
): () => void {
  return replaceCall(
    host.layer,
    (stockCall) =>
      function (this: KernelLayer, inputs, kwargs) {
        // Within a wrapper that is a host as well, it has its kernels already.
        if (kernels.every(({ source }) => Object.hasOwn(source, 'read'))) return stockCall.call(this, inputs, kwargs);
        const training = kwargs?.['training'] === true;
        if (training) method.step.enter(host.path);
        const ready = kernels.map(({ path }) => (training ? prepared.take(path) : undefined));
        try {
          return tf.tidy(() => {
            const given = kernels.map(({ path, source, layout, variable }, i) => {
              const kernel = method.kernel(path, training, ready[i]);
              return [source, asLayerHas(kernel, layout, variable.shape)] as const;
            });
            const { result, unread } = reading(given, () => stockCall.call(this, inputs, kwargs));
            const inert = kernels.find(({ isNamed, source }) => isNamed && unread.has(source));
            if (inert) throw unreadKernel(inert.path);
            return result;
          });
        } finally {
          // tfjs keeps what the backward pass needs.
          tf.dispose(ready.filter((kernel) => kernel !== undefined));
        }
      },
  );
}

/** For methods that compute the layer: wherever it runs. */
function computeLayer(
  kernel: ModelKernel,
  method: MethodAtWork,
  prepared: PreparedKernels,
  running: Running,
): () => void {
  const { path, layer } = kernel;
  const { transform } = method;
  return replaceCall(
    layer,
    (stockCall) =>
      function (this: KernelLayer, inputs, kwargs) {
        const training = running.training ?? kwargs?.['training'] === true;
        const ready = training ? prepared.take(path) : undefined;
        try {
          return tf.tidy(() => {
            const given = method.kernel(path, training, ready);
            const input = Array.isArray(inputs) ? (inputs[0] as tf.Tensor) : inputs;
            const parts = layerParts(kernel, stockCall, kwargs);
            return transform.forward?.(input, given, parts, method.context(path, training)) as tf.Tensor;
          });
        } finally {
          ready?.dispose();
        }
      },
  );
}

function countRuns(host: KernelHost, method: MethodAtWork, running: Running): () => void {
  return replaceCall(
    host.layer,
    (before) =>
      function (this: KernelLayer, inputs, kwargs) {
        const outer = running.training;
        const training = outer ?? kwargs?.['training'] === true;
        if (training) method.step.enter(host.path);
        running.training = training;
        try {
          return before.call(this, inputs, kwargs);
        } finally {
          running.training = outer;
        }
      },
  );
}

function unreadKernel(path: string): Error {
  return new Error(
    `applyTransform: custom names '${path}', but its layer did not read() that weight when it ran, ` +
      'so that a method cannot act on it',
  );
}
