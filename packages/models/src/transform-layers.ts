import * as tf from '@tensorflow/tfjs';
import { asMethod, watchingInputs } from './gradient-tape.js';
import type { KernelHost, KernelLayer, LayerVariable, ModelKernel } from './kernel-layers.js';
import { asLayerHas } from './kernel-layout.js';
import { layerParts } from './layer-parts.js';
import { lendKernels } from './lend-kernels.js';
import type { MethodAtWork } from './method-at-work.js';
import type { PreparedKernels } from './prepared-kernels.js';
import { isReplaced, reading } from './reading.js';

type Call = KernelLayer['call'];

/** What the layer that the network calls was told; a layer of a user's own may not tell those that it holds. */
interface Running {
  training?: boolean | undefined;
}

/** How often layers of a user's own have run. */
type Runs = Map<KernelLayer, number>;

/**
 * Makes layers compute with the kernels that a method gives them. A wrapper such as TimeDistributed or an RNN gets its
 * kernels once for all the steps that it runs.
 *
 * @param own the layers of a user's own, each of which may read any kernel
 * @returns a function that undoes this
 */
export function transformLayers(
  kernels: readonly ModelKernel[],
  method: MethodAtWork,
  prepared: PreparedKernels,
  own: readonly KernelLayer[] = [],
): () => void {
  const computes = method.transform.forward !== undefined;
  const running: Running = {};
  const runs: Runs = new Map();
  const restores = computes
    ? kernels.map((kernel) => computeLayer(kernel, method, prepared, running))
    : countOwn(kernels, runs);
  for (const [host, held] of byHost(kernels)) {
    restores.push(computes ? countRuns(host, held, method, running) : giveKernels(host, held, method, prepared, runs));
  }
  restores.push(...own.map((layer) => (computes ? refuseReads : lendTo)(layer, kernels, method)));
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
  const own = layer.call;
  // The class's own is looked up when the layer runs: `useFastGradients` may exchange it in the meantime.
  const ofClass: Call = function (this: KernelLayer, inputs, kwargs) {
    return (Object.getPrototypeOf(layer) as KernelLayer).call.call(this, inputs, kwargs);
  };
  layer.call = make(hadOwn ? own : ofClass);
  return () => {
    if (hadOwn) layer.call = own;
    else delete (layer as Partial<KernelLayer>).call;
  };
}

function giveKernels(
  host: KernelHost,
  kernels: readonly ModelKernel[],
  method: MethodAtWork,
  prepared: PreparedKernels,
  runs: Runs,
): () => void {
  // Stock layers read their kernels. The author of one that holds others may use their kernels without calling them.
  const holds = kernels.some(({ heldBy }) => heldBy !== undefined);
  const isWatched = holds || kernels.some(isOwn);
  return replaceCall(
    host.layer,
    (stockCall) =>
      function (this: KernelLayer, inputs, kwargs) {
        // Within a wrapper that is a host as well, it has its kernels already.
        if (kernels.every(({ source }) => isReplaced(source))) return stockCall.call(this, inputs, kwargs);
        const training = kwargs?.['training'] === true;
        if (training) method.step.enter(host.path);
        const ready = kernels.map(({ path }) => (training ? prepared.take(path) : undefined));
        const before = kernels.map(({ layer }) => runs.get(layer));
        try {
          return tf.tidy(() => {
            const given = asMethod(() =>
              kernels.map(({ path, source, layout, variable }, i) => {
                const kernel = method.kernel(path, training, ready[i]);
                return [source, asLayerHas(kernel, layout, variable.shape)] as const;
              }),
            );
            const reads = given.map(([source, kernel]) => [source, () => kernel] as const);
            const run = () => reading(reads, () => stockCall.call(this, inputs, kwargs));
            const watched = isWatched ? watchingInputs(run, holds && !training) : undefined;
            const { result, unread } = watched?.result ?? run();
            const unused = kernels.find(
              (kernel, i) =>
                unread.has(kernel.source) &&
                isOwn(kernel) &&
                (kernel.layer === host.layer || runs.get(kernel.layer) !== before[i]),
            );
            if (unused) throw unreadKernel(unused);
            // A method may give the variable itself.
            const raw = kernels.find(({ variable: { id } }, i) => watched?.used?.has(id) && given[i]?.[1].id !== id);
            if (raw) throw rawKernel(raw);
            return result;
          });
        } finally {
          // tfjs keeps what the backward pass needs.
          tf.dispose(ready.filter((kernel) => kernel !== undefined));
        }
      },
  );
}

function lendTo(layer: KernelLayer, kernels: readonly ModelKernel[], method: MethodAtWork): () => void {
  // Those that it runs itself, it is given.
  const others = kernels.filter(({ hosts }) => hosts.every((host) => host.layer !== layer));
  return replaceCall(
    layer,
    (before) =>
      function (this: KernelLayer, inputs, kwargs) {
        const training = kwargs?.['training'] === true;
        const run = () => before.call(this, inputs, kwargs);
        // A wrapper or layer around it has been given the rest.
        const lendable = others.filter(({ source }) => !isReplaced(source));
        const { result, used } = watchingInputs(
          () => lendKernels(lendable, method, { name: layer.name, training }, run),
          !training,
        );
        const raw = lendable.find(({ path, variable }) => used?.has(variable.id) && method.changes(path, training));
        if (raw) throw rawKernel(raw, layer);
        return result;
      },
  );
}

/** A method that computes layers itself is not there where a layer of a user's own computes with their kernels. */
function refuseReads(layer: KernelLayer, kernels: readonly ModelKernel[], method: MethodAtWork): () => void {
  return replaceCall(
    layer,
    (before) =>
      function (this: KernelLayer, inputs, kwargs) {
        const run = () =>
          reading(refusals(kernels, method, layer.name), () => before.call(this, inputs, kwargs)).result;
        const { result, used } = watchingInputs(run, kwargs?.['training'] !== true);
        const raw = kernels.find(({ variable }) => used?.has(variable.id));
        if (raw) throw readElsewhere(raw, method, layer.name);
        return result;
      },
  );
}

function refusals(kernels: readonly ModelKernel[], method: MethodAtWork, reader: string) {
  return kernels.map((kernel): [LayerVariable, () => never] => [
    kernel.source,
    () => {
      throw readElsewhere(kernel, method, reader);
    },
  ]);
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
            const context = method.context(path, training);
            return asMethod(() => transform.forward?.(input, given, parts, context) as tf.Tensor);
          });
        } finally {
          ready?.dispose();
        }
      },
  );
}

/** Whatever reads a kernel on the way to its layer is refused: a layer that shares it, or that holds that layer. */
function countRuns(
  host: KernelHost,
  kernels: readonly ModelKernel[],
  method: MethodAtWork,
  running: Running,
): () => void {
  return replaceCall(
    host.layer,
    (before) =>
      function (this: KernelLayer, inputs, kwargs) {
        const outer = running.training;
        const training = outer ?? kwargs?.['training'] === true;
        if (training) method.step.enter(host.path);
        running.training = training;
        try {
          return reading(refusals(kernels, method, host.path), () => before.call(this, inputs, kwargs)).result;
        } finally {
          running.training = outer;
        }
      },
  );
}

/** Counts runs of a user's own layers within others: those that hold them may leave them out of a pass. */
function countOwn(kernels: readonly ModelKernel[], runs: Runs): (() => void)[] {
  const held = kernels.filter((kernel) => isOwn(kernel) && kernel.hosts.some(({ layer }) => layer !== kernel.layer));
  return [...new Set(held.map(({ layer }) => layer))].map((layer) =>
    replaceCall(
      layer,
      (before) =>
        function (this: KernelLayer, inputs, kwargs) {
          runs.set(layer, (runs.get(layer) ?? 0) + 1);
          return before.call(this, inputs, kwargs);
        },
    ),
  );
}

/** Only its author knows how such a layer computes. */
const isOwn = ({ isNamed, isSubclassed }: ModelKernel) => isNamed || isSubclassed;

/** It ran, and nothing asked for its kernel. */
function unreadKernel({ path, isNamed, layer }: ModelKernel): Error {
  const which = isNamed ? `custom names '${path}', but its layer` : `'${path}' is a kernel, but its layer`;
  return inert(`${which} did not read() that weight when it ran`, path, layer.getClassName());
}

/** Something asked for the kernel's variable when no method gave another tensor in its place. */
function rawKernel(kernel: ModelKernel, reader?: KernelLayer): Error {
  const { path, layer, heldBy } = kernel;
  if (reader) {
    const what = `'${path}' is a kernel, but '${reader.name}' computed with what it took of that weight before it ran`;
    return inert(what, path, reader.getClassName());
  }
  const who = heldBy === undefined || isOwn(kernel) ? 'its layer' : `the ${heldBy} that holds its layer`;
  const what = `'${path}' is a kernel, but ${who} computed with what it took of that weight before it ran`;
  return inert(what, path, heldBy ?? layer.getClassName());
}

function readElsewhere({ path }: ModelKernel, method: MethodAtWork, reader: string): Error {
  return new Error(
    `applyTransform: method '${method.transform.name}' computes the layer of '${path}' itself, but '${reader}' ` +
      'computes with that kernel outside of it, where the method cannot act; leave it out with ' +
      `${excluding(path)}, or take a method that changes kernels alone, such as targeted-dropout`,
  );
}

function inert(what: string, path: string, className: string): Error {
  return new Error(
    `applyTransform: ${what}, so that a method cannot act on it; read() the variable in every call() of ` +
      `${className}, not once in build(), or leave it out with ${excluding(path)}`,
  );
}

const excluding = (path: string) => `exclude: ['${path.slice(0, path.lastIndexOf('/'))}']`;
