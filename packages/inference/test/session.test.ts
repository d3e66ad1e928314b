import * as tf from '@tensorflow/tfjs';
import { describe, expect, it } from 'vitest';
import { compile } from '../src/index.js';
import { fill, inputsOf } from './models.js';

const { layers } = tf;

/** Enough work that a run takes some milliseconds. */
function network(sparsity = 0.9): tf.LayersModel {
  const stack = [0, 1, 2, 3].map((at) =>
    layers.conv2d({
      filters: 32,
      kernelSize: 3,
      padding: 'same',
      activation: 'relu',
      name: `conv${at}`,
      ...(at === 0 && { inputShape: [32, 32, 8] }),
    }),
  );
  return fill(tf.sequential({ layers: [...stack, layers.flatten(), layers.dense({ units: 10 })] }), sparsity);
}

describe('compile', () => {
  it('names every layer that is not supported, before any work', async () => {
    const model = tf.sequential({
      layers: [
        layers.embedding({ inputDim: 5, outputDim: 4, inputLength: 3, name: 'words' }),
        layers.lstm({ units: 2, name: 'memory' }),
      ],
    });
    await expect(compile(model)).rejects.toThrow('2 layers are not supported: words (Embedding), memory (LSTM)');
  });

  it('refuses by name what a layer cannot do', async () => {
    const shaped = (layer: tf.layers.Layer) => compile(tf.sequential({ layers: [layer] }));
    const channelsFirst = { dataFormat: 'channelsFirst' as const, inputShape: [3, 8, 8], name: 'c' };
    await expect(shaped(layers.conv2d({ filters: 2, kernelSize: 3, ...channelsFirst }))).rejects.toThrow(
      'compile: c (Conv2D): dataFormat must be "channelsLast", got "channelsFirst"',
    );
    const bilinear = layers.upSampling2d({ interpolation: 'bilinear', inputShape: [4, 4, 1], name: 'u' });
    await expect(shaped(bilinear)).rejects.toThrow('u (UpSampling2D): interpolation must be "nearest", got "bilinear"');
    await expect(shaped(layers.softmax({ axis: 1, inputShape: [4, 4], name: 's' }))).rejects.toThrow(
      's (Softmax): axis must be the last, got 1',
    );
  });

  it('asks for open sizes by name', async () => {
    const model = tf.sequential({
      layers: [
        layers.conv2d({ filters: 2, kernelSize: 3, inputShape: [null, null, 3], name: 'c' }),
        layers.globalMaxPooling2d({}),
      ],
    });
    const name = 'c_input';
    await expect(compile(model)).rejects.toThrow(`${name}: its shape [any,any,3] is open`);
    const session = await compile(model, { inputShapes: { [name]: [9, 7, 3] } });
    expect(session.inputs).toEqual([{ name, dims: [9, 7, 3] }]);
    await expect(compile(model, { inputShapes: { [name]: [9, 7, 4] } })).rejects.toThrow(RangeError);
    await expect(compile(network(), { inputShapes: { other: [9] } })).rejects.toThrow('no such input');
  });

  it('refuses options and models that are none', async () => {
    await expect(compile({} as never)).rejects.toThrow(TypeError);
    await expect(compile(network(), { thread: 1 } as never)).rejects.toThrow("did you mean 'threads'?");
    await expect(compile(network(), { threads: 0 })).rejects.toThrow('threads must be an integer in [1, 1024], got 0');
    await expect(compile(network(), { execution: 'fast' as never })).rejects.toThrow('execution must be one of');
  });
});

describe('session', () => {
  it('gives what it gave, whatever happens to the model', async () => {
    const model = network();
    const session = await compile(model);
    const inputs = inputsOf(session, 2);
    const before = session.runSync(inputs);
    model.dispose();
    expect(session.runSync(inputs)).toEqual(before);
  });

  it('takes inputs alone, in a list and by name', async () => {
    const session = await compile(network());
    const [x] = inputsOf(session, 3) as [Float32Array];
    const expected = session.runSync(x);
    expect(expected[0]?.shape).toEqual([3, 10]);
    expect(session.runSync([x])).toEqual(expected);
    expect(session.runSync({ [session.inputs[0]?.name as string]: x })).toEqual(expected);
    expect(session.runSync(new Float32Array(0))[0]).toMatchObject({ shape: [0, 10], data: new Float32Array(0) });
  });

  it('refuses inputs that do not fit', async () => {
    const session = await compile(network());
    const { name = '' } = session.inputs[0] ?? {};
    expect(() => session.runSync(new Float32Array(100))).toThrow(`${name} must have a multiple of 32 × 32 × 8 = 8192`);
    expect(() => session.runSync([])).toThrow(`inputs must be 1 (${name}), got 0`);
    expect(() => session.runSync({ x: new Float32Array(8192) })).toThrow("there is no input 'x'");
    expect(() => session.runSync([[1, 2]] as never)).toThrow(TypeError);
    await expect(session.run(null as never)).rejects.toThrow(TypeError);
  });

  it('gives the same bits for every number of threads, and asynchronously', async () => {
    for (const sparsity of [0, 0.9]) {
      const model = network(sparsity);
      const results: Float32Array[] = [];
      for (const threads of [1, 2, 3, undefined]) {
        const session = await compile(model, threads === undefined ? {} : { threads });
        for (const batch of [1, 5, 40]) {
          const inputs = inputsOf(session, batch);
          const [sync] = session.runSync(inputs);
          const [async] = await session.run(inputs);
          expect(async).toEqual(sync);
          results.push(sync?.data as Float32Array);
        }
      }
      for (const [at, data] of results.entries()) expect(data).toEqual(results[at % 3]);
    }
  });

  it('runs beside the event loop', async () => {
    const session = await compile(network(0), { threads: 1 });
    const inputs = inputsOf(session, 64);
    const start = performance.now();
    session.runSync(inputs);
    const took = performance.now() - start;
    let ticks = 0;
    const timer = setInterval(() => ticks++, 1);
    await Promise.all([session.run(inputs), session.run(inputs), session.run(inputs)]);
    clearInterval(timer);
    expect(took).toBeGreaterThan(5);
    expect(ticks).toBeGreaterThan(3);
  });

  it('copies what it is given before run returns', async () => {
    const session = await compile(network());
    const [x] = inputsOf(session, 4) as [Float32Array];
    const expected = session.runSync(x);
    const running = session.run(x);
    x.fill(0);
    structuredClone(x.buffer, { transfer: [x.buffer as ArrayBuffer] });
    expect(await running).toEqual(expected);
  });

  it('ends runs that are under way when it is disposed of, and refuses later ones', async () => {
    const session = await compile(network());
    const inputs = inputsOf(session, 32);
    const expected = session.runSync(inputs);
    const running = [session.run(inputs), session.run(inputs)];
    session.dispose();
    for (const outputs of await Promise.all(running)) expect(outputs).toEqual(expected);
    expect(() => session.runSync(inputs)).toThrow('disposed of');
    await expect(session.run(inputs)).rejects.toThrow('disposed of');
    session.dispose();
  });

  it('keeps no memory from run to run, nor from session to session', async () => {
    const model = network();
    const once = async () => {
      const session = await compile(model, { threads: 2 });
      const inputs = inputsOf(session, 2);
      for (let run = 0; run < 20; run++) session.runSync(inputs);
      await session.run(inputs);
      session.dispose();
    };
    for (let i = 0; i < 10; i++) await once();
    globalThis.gc?.();
    const before = process.memoryUsage().rss;
    for (let i = 0; i < 60; i++) await once();
    globalThis.gc?.();
    expect(process.memoryUsage().rss - before).toBeLessThan(40 * 2 ** 20);
  });
});
