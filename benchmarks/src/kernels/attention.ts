import { alignedFloats, attention, attentionGrad } from '@winnow/native';
import { normalNumbers } from '../harness/random.js';
import type { BenchmarkCase, Input, Parameters, Suite, Workload } from '../harness/suite.js';
import { tfjsAttention } from './tfjs-attention.js';

/** The sizes of a case. */
export interface AttentionParameters {
  batch: number;
  heads: number;
  queries: number;
  keys: number;
  dim: number;
  causal: boolean;
  pass: 'forward' | 'training';
}

/** Layers of the small and the base Transformer, a long sequence, and a decoding step with cached keys. */
const SHAPES = [
  { name: 'small', batch: 64, heads: 8, queries: 32, keys: 32, dim: 32, causal: false },
  { name: 'base', batch: 8, heads: 8, queries: 256, keys: 256, dim: 64, causal: false },
  { name: 'base-causal', batch: 8, heads: 8, queries: 256, keys: 256, dim: 64, causal: true },
  { name: 'long', batch: 1, heads: 8, queries: 1024, keys: 1024, dim: 64, causal: false },
  { name: 'decode', batch: 64, heads: 8, queries: 1, keys: 256, dim: 64, causal: false },
];

const cases = SHAPES.flatMap(({ name, ...shape }) =>
  (['forward', 'training'] as const)
    .filter((pass) => pass === 'forward' || name !== 'decode')
    .map(
      (pass): BenchmarkCase => ({
        name: `attention/${name}/${pass}`,
        params: { ...shape, pass },
        peers: ['pytorch', 'tfjs'],
        tolerance: 1e-5,
      }),
    ),
);

function inputs(params: Parameters): Record<string, Input> {
  const { batch, heads, queries, keys, dim } = params as unknown as AttentionParameters;
  const tensor = (tokens: number, seed: number) => ({
    data: normalNumbers(batch * tokens * heads * dim, seed),
    shape: [batch, tokens, heads * dim],
  });
  return { query: tensor(queries, 1), key: tensor(keys, 2), value: tensor(keys, 3), dy: tensor(queries, 4) };
}

function prepare(params: Parameters, given: Record<string, Input>): Workload {
  const { dim, pass, ...rest } = params as unknown as AttentionParameters;
  const options = { ...rest, keyDim: dim };
  const aligned = (name: string) => {
    const { data } = given[name] as Input;
    const copy = alignedFloats(data.length);
    copy.set(data);
    return copy;
  };
  const [query, key, value, dy] = [aligned('query'), aligned('key'), aligned('value'), aligned('dy')];
  const forward = attention(query, key, value, options);
  const gradients = attentionGrad(query, key, value, options, forward, dy);
  const run = () => {
    attention(query, key, value, options, forward);
    if (pass === 'training') attentionGrad(query, key, value, options, forward, dy, gradients);
  };
  return {
    check() {
      run();
      const { dQuery, dKey, dValue } = gradients;
      const parts = pass === 'training' ? [forward.output, dQuery, dKey, dValue] : [forward.output];
      return Float32Array.from(parts.flatMap((part) => [...part]));
    },
    run,
  };
}

export const suite: Suite = { name: 'attention', cases, inputs, prepare, nodePeers: { tfjs: tfjsAttention } };
