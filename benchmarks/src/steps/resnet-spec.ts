import { normalNumbers } from '../harness/random.js';
import type { Input } from '../harness/suite.js';

/** A residual network for small images, as every side builds it. The Python peers get it as JSON. */
export interface ResNetSpec {
  /** `'post'`: He's blocks with shortcuts without parameters (option A). `'pre'`: pre-activation, 1×1 shortcuts. */
  readonly form: 'pre' | 'post';
  /** Padding of convolutions with a stride: both sides equally, or as in TensorFlow. */
  readonly padding: 'symmetric' | 'same';
  /** BatchNorm's epsilon. */
  readonly epsilon: number;
  /** Blocks per stage. */
  readonly blocks: number;
  /** Channels of each stage. */
  readonly widths: readonly number[];
  readonly firstKernelSize: number;
  readonly firstWidth: number;
  readonly classes: number;
  readonly batch: number;
}

/** A kernel, named after its layer; HWIO or [in, out]. */
export interface NamedShape {
  readonly name: string;
  readonly shape: readonly number[];
}

/** The network's kernels in the order of their values in the input `kernels`. */
export function resnetKernels({
  form,
  blocks,
  widths,
  firstKernelSize,
  firstWidth,
  classes,
}: ResNetSpec): NamedShape[] {
  const kernels: NamedShape[] = [{ name: 'first_conv', shape: [firstKernelSize, firstKernelSize, 3, firstWidth] }];
  let from = firstWidth;
  widths.forEach((width, stage) => {
    for (let block = 0; block < blocks; block++) {
      const name = `stage${stage + 1}_block${block + 1}`;
      const changesShape = from !== width || (block === 0 && stage > 0);
      if (changesShape && form === 'pre') kernels.push({ name: `${name}_shortcut`, shape: [1, 1, from, width] });
      kernels.push({ name: `${name}_conv1`, shape: [3, 3, from, width] });
      kernels.push({ name: `${name}_conv2`, shape: [3, 3, width, width] });
      from = width;
    }
  });
  return [...kernels, { name: 'logits', shape: [from, classes] }];
}

/** He-normal values of all kernels, in one array. */
export function heNormal(kernels: readonly NamedShape[], seed: number): Input {
  const sizes = kernels.map(({ shape }) => shape.reduce((product, size) => product * size, 1));
  const total = sizes.reduce((sum, size) => sum + size, 0);
  const data = normalNumbers(total, seed);
  let at = 0;
  kernels.forEach(({ shape }, i) => {
    const size = sizes[i] as number;
    const deviation = Math.sqrt((2 * (shape.at(-1) as number)) / size);
    for (const end = at + size; at < end; at++) data[at] = (data[at] as number) * deviation;
  });
  return { data, shape: [total] };
}
