import type * as tf from '@tensorflow/tfjs';
import { type CpuBackend, floatValues } from '../backends.js';
import { ATTENTION, type AttentionAttributes } from './attention.js';
import { ATTENTION_GRAD } from './gradient.js';

/** The arrays and sizes of one call. */
class Call {
  readonly query: Float32Array;
  readonly key: Float32Array;
  readonly value: Float32Array;
  readonly batch: number;
  readonly queries: number;
  readonly keys: number;
  readonly heads: number;
  readonly keyDim: number;
  readonly valueDim: number;
  private readonly mask: Uint8Array | undefined;

  constructor(
    readonly backend: CpuBackend,
    inputs: Record<string, tf.TensorInfo>,
    readonly attributes: AttentionAttributes,
  ) {
    const { query, key, value, keyMask } = inputs as Record<'query' | 'key' | 'value' | 'keyMask', tf.TensorInfo>;
    this.query = floatValues(backend, query);
    this.key = floatValues(backend, key);
    this.value = floatValues(backend, value);
    this.mask = attributes.masked ? (backend.data.get(keyMask.dataId).values as Uint8Array) : undefined;
    this.heads = attributes.heads;
    this.batch = query.shape[0] as number;
    this.queries = query.shape[1] as number;
    this.keys = key.shape[1] as number;
    this.keyDim = (query.shape[2] as number) / this.heads;
    this.valueDim = (value.shape[2] as number) / this.heads;
  }

  sees(batch: number, query: number, key: number): boolean {
    if (this.mask?.[batch * this.keys + key] === 0) return false;
    const { causal } = this.attributes;
    return causal === 'none' || key <= query + (causal === 'lower-right' ? this.keys - this.queries : 0);
  }

  /** Every query of every head, with its offsets in query, output and logSumExp. */
  *rows(): Generator<{ batch: number; head: number; row: number; q: number; y: number; lse: number }> {
    for (let batch = 0; batch < this.batch; batch++) {
      for (let head = 0; head < this.heads; head++) {
        for (let row = 0; row < this.queries; row++) {
          const at = (batch * this.queries + row) * this.heads + head;
          const lse = (batch * this.heads + head) * this.queries + row;
          yield { batch, head, row, q: at * this.keyDim, y: at * this.valueDim, lse };
        }
      }
    }
  }

  keyAt(batch: number, head: number, key: number): number {
    return ((batch * this.keys + key) * this.heads + head) * this.keyDim;
  }

  valueAt(batch: number, head: number, key: number): number {
    return ((batch * this.keys + key) * this.heads + head) * this.valueDim;
  }

  /** scale · (query · key) */
  product(q: number, k: number): number {
    return this.attributes.scale * dot(this.query, q, this.key, k, this.keyDim);
  }
}

function dot(a: Float32Array, i: number, b: Float32Array, j: number, count: number): number {
  let sum = 0;
  for (let c = 0; c < count; c++) sum += (a[i + c] as number) * (b[j + c] as number);
  return sum;
}

/** to[j…] += factor · from[i…] */
function add(to: Float32Array, j: number, factor: number, from: Float32Array, i: number, count: number): void {
  for (let c = 0; c < count; c++) to[j + c] = (to[j + c] as number) + factor * (from[i + c] as number);
}

/** Plain JavaScript kernel of `attention`. */
export const attentionCpu: tf.KernelConfig = {
  kernelName: ATTENTION,
  backendName: 'cpu',
  kernelFunc({ inputs, backend, attrs }) {
    const call = new Call(backend as CpuBackend, inputs as Record<string, tf.TensorInfo>, attrs as never);
    const output = new Float32Array(call.batch * call.queries * call.heads * call.valueDim);
    const logSumExp = new Float32Array(call.batch * call.heads * call.queries);
    const weights = new Float64Array(call.keys);
    for (const { batch, head, row, q, y, lse } of call.rows()) {
      let most = Number.NEGATIVE_INFINITY;
      for (let j = 0; j < call.keys; j++) {
        if (!call.sees(batch, row, j)) continue;
        weights[j] = call.product(q, call.keyAt(batch, head, j));
        most = Math.max(most, weights[j] as number);
      }
      let total = 0;
      for (let j = 0; j < call.keys; j++) {
        if (!call.sees(batch, row, j)) continue;
        weights[j] = Math.exp((weights[j] as number) - most);
        total += weights[j] as number;
      }
      for (let j = 0; j < call.keys; j++) {
        if (!call.sees(batch, row, j)) continue;
        add(output, y, (weights[j] as number) / total, call.value, call.valueAt(batch, head, j), call.valueDim);
      }
      logSumExp[lse] = most + Math.log(total);
    }
    return [
      call.backend.makeTensorInfo([call.batch, call.queries, call.heads * call.valueDim], 'float32', output),
      call.backend.makeTensorInfo([call.batch, call.heads, call.queries], 'float32', logSumExp),
    ];
  },
};

/** Plain JavaScript kernel of the gradients. */
export const attentionGradCpu: tf.KernelConfig = {
  kernelName: ATTENTION_GRAD,
  backendName: 'cpu',
  kernelFunc({ inputs, backend, attrs }) {
    const cpu = backend as CpuBackend;
    const tensors = inputs as Record<'query' | 'key' | 'value' | 'output' | 'logSumExp' | 'dy', tf.TensorInfo>;
    const call = new Call(cpu, tensors, attrs as never);
    const { keyDim, valueDim } = call;
    const output = floatValues(cpu, tensors.output);
    const logSumExp = floatValues(cpu, tensors.logSumExp);
    const dy = floatValues(cpu, tensors.dy);
    const dQuery = new Float32Array(call.query.length);
    const dKey = new Float32Array(call.key.length);
    const dValue = new Float32Array(call.value.length);
    for (const { batch, head, row, q, y, lse } of call.rows()) {
      const mean = dot(dy, y, output, y, valueDim);
      for (let j = 0; j < call.keys; j++) {
        if (!call.sees(batch, row, j)) continue;
        const [k, v] = [call.keyAt(batch, head, j), call.valueAt(batch, head, j)];
        const weight = Math.exp(call.product(q, k) - (logSumExp[lse] as number));
        add(dValue, v, weight, dy, y, valueDim);
        const dProduct = call.attributes.scale * weight * (dot(dy, y, call.value, v, valueDim) - mean);
        add(dQuery, q, dProduct, call.key, k, keyDim);
        add(dKey, k, dProduct, call.query, q, keyDim);
      }
    }
    return [
      cpu.makeTensorInfo(tensors.query.shape, 'float32', dQuery),
      cpu.makeTensorInfo(tensors.key.shape, 'float32', dKey),
      cpu.makeTensorInfo(tensors.value.shape, 'float32', dValue),
    ];
  },
};
