import { normalNumbers } from '../harness/random.js';
import type { Input } from '../harness/suite.js';
import type { NamedShape } from './resnet-spec.js';

/** An encoder-decoder Transformer (post-norm, ReLU, one matrix for all embeddings) and its batch. Becomes JSON. */
export interface TransformerSpec {
  readonly vocabularySize: number;
  readonly width: number;
  readonly innerWidth: number;
  readonly heads: number;
  readonly layers: number;
  /** Dropout rate of activations in the timed steps. */
  readonly dropout: number;
  readonly batch: number;
  readonly length: number;
}

/** All variables in the order of their values in the input `weights`. Kernels are [in, out]. */
export function transformerVariables({ vocabularySize, width, innerWidth, layers }: TransformerSpec): NamedShape[] {
  const projection = (path: string, from: number, to: number): NamedShape[] => [
    { name: `${path}/kernel`, shape: [from, to] },
    { name: `${path}/bias`, shape: [to] },
  ];
  const norm = (path: string): NamedShape[] =>
    ['scale', 'offset'].map((part) => ({ name: `${path}_norm/${part}`, shape: [width] }));
  const attention = (path: string) => [
    ...['query', 'key', 'value', 'output'].flatMap((map) => projection(`${path}/${map}`, width, width)),
    ...norm(path),
  ];
  const layer = (path: string, kinds: string[]) => [
    ...kinds.flatMap((kind) => attention(`${path}/${kind}`)),
    ...projection(`${path}/feed_forward/inner`, width, innerWidth),
    ...projection(`${path}/feed_forward/outer`, innerWidth, width),
    ...norm(`${path}/feed_forward`),
  ];
  const numbers = Array.from({ length: layers }, (_, i) => i + 1);
  return [
    { name: 'embedding', shape: [vocabularySize, width] },
    ...numbers.flatMap((number) => layer(`encoder/layer${number}`, ['attention'])),
    ...numbers.flatMap((number) => layer(`decoder/layer${number}`, ['attention', 'cross_attention'])),
  ];
}

/**
 * Initial values of all variables, in one array: normal with standard deviation 1/√in for matrices, ones for scales,
 * zeros for the rest.
 */
export function transformerWeights(spec: TransformerSpec): Input {
  const variables = transformerVariables(spec);
  const sizes = variables.map(({ shape }) => shape.reduce((product, size) => product * size, 1));
  const total = sizes.reduce((sum, size) => sum + size, 0);
  const data = normalNumbers(total, 1);
  let at = 0;
  variables.forEach(({ name, shape }, i) => {
    const end = at + (sizes[i] as number);
    const fanIn = name === 'embedding' ? spec.width : (shape[0] as number);
    if (shape.length === 1) data.fill(name.endsWith('scale') ? 1 : 0, at, end);
    else for (let j = at; j < end; j++) data[j] = (data[j] as number) / Math.sqrt(fanIn);
    at = end;
  });
  return { data, shape: [total] };
}

/**
 * Token ids of sentences of different lengths, padded with 0; three quarters of the positions are tokens. `labels` is
 * `target` shifted by one position.
 */
export function sentences({ batch, length, vocabularySize }: TransformerSpec): Record<string, Input> {
  const token = (sentence: number, place: number, language: number): number => {
    const end = length - ((sentence * 5) % Math.ceil(length / 2));
    return place < end ? 1 + ((sentence * 7919 + place * 104_729 + language * 31_337) % (vocabularySize - 1)) : 0;
  };
  const tokens = (language: number, shift: number): Input => ({
    data: Int32Array.from({ length: batch * length }, (_, i) =>
      token(Math.floor(i / length), (i % length) + shift, language),
    ),
    shape: [batch, length],
  });
  return { source: tokens(1, 0), target: tokens(2, 0), labels: tokens(2, 1) };
}
