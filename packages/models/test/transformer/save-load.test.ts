import { readdirSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { targetedDropoutTransform } from '@winnow/baselines';
import {
  loadTransformer,
  saveTransformer,
  Transformer,
  TransformerEncoder,
  TransformerLanguageModel,
} from '@winnow/models';
import { readSafetensors, writeSafetensors } from '@winnow/safetensors';
import { tf } from '@winnow/tensorflow';
import { describe, expect, it } from 'vitest';
import { temporaryFolder } from '../../../../test/temporary-folder.js';

const directory = temporaryFolder();

const shape = { vocabularySize: 11, width: 8, innerWidth: 12, heads: 2, encoderLayers: 1, decoderLayers: 1, seed: 6 };
const { encoderLayers: _encoder, ...decoderShape } = shape;
const { decoderLayers: _decoder, ...encoderShape } = shape;
const tokens = tf.tensor2d([4, 7, 0, 9, 5, 3], [2, 3], 'int32');
const file = join(directory, 'model.safetensors');

describe('a saved Transformer', () => {
  it.each([
    ['encoder-decoder', () => new Transformer({ ...shape, norm: 'pre', sharedEmbeddings: false }), [tokens, tokens]],
    ['encoder', () => new TransformerEncoder(encoderShape), [tokens]],
    ['language model', () => new TransformerLanguageModel({ ...decoderShape, activation: 'gelu' }), [tokens]],
  ] as const)('%s computes the same when it is loaded', (_name, make, inputs) => {
    const model = make();
    // Weights that no seed gives.
    for (const variable of model.trainable) tf.tidy(() => variable.assign(tf.add(variable, 0.125)));
    saveTransformer(model, file);
    expect(readdirSync(directory)).toEqual(['model.safetensors']);
    const loaded = loadTransformer(file);
    expect(loaded.constructor).toBe(model.constructor);
    expect(loaded.config).toEqual(model.config);
    const outputs = [model, loaded].map((one) => [
      ...(one as unknown as { apply(...x: readonly tf.Tensor[]): tf.Tensor }).apply(...inputs).dataSync(),
    ]);
    expect(outputs[1]).toEqual(outputs[0]);
    model.dispose();
    loaded.dispose();
  });

  it('an encoder of an earlier version, whose header may say that it shares no embeddings, loads', () => {
    const model = new TransformerEncoder(encoderShape);
    saveTransformer(model, file);
    const { arrays, metadata } = readSafetensors(file);
    const saved = JSON.parse(metadata['model'] as string);
    saved.config.sharedEmbeddings = false;
    writeSafetensors(file, arrays, { ...metadata, model: JSON.stringify(saved) }, { checksums: true });
    const loaded = loadTransformer(file) as TransformerEncoder;
    expect([...loaded.apply(tokens).dataSync()]).toEqual([...model.apply(tokens).dataSync()]);
    model.dispose();
    loaded.dispose();
  });

  it('has its transform restored, on the same kernels', () => {
    const transform = targetedDropoutTransform({ targetFraction: 0.5, dropRate: 0.5, seed: 3 });
    const model = new Transformer({ ...shape, transform, include: ['decoder/**'] });
    saveTransformer(model, file);
    const loaded = loadTransformer(file) as Transformer;
    expect(loaded.transform?.getConfig()).toEqual(transform.getConfig());
    expect(loaded.kernels.map(({ path }) => path)).toEqual(model.kernels.map(({ path }) => path));
    const train = (one: Transformer) => [...one.apply(tokens, tokens, { training: true, step: 3 }).dataSync()];
    expect(train(loaded)).toEqual(train(model));
    model.dispose();
    loaded.dispose();
  });

  it('is refused by name if it is broken or of another kind', () => {
    const model = new Transformer(shape);
    saveTransformer(model, file);
    model.dispose();
    const { arrays, metadata } = readSafetensors(file);
    const before = tf.memory().numTensors;
    const message = () => {
      try {
        loadTransformer(file);
      } catch (error) {
        return (error as Error).message;
      }
      return undefined;
    };
    const rest = new Map(arrays);
    rest.delete('encoder/layer1/attention/query/bias');
    rest.set('extra', { shape: [1], values: Float32Array.of(1) });
    rest.set('embedding', { shape: [8, 11], values: new Float32Array(88) });
    writeSafetensors(file, rest, metadata);
    expect(message()).toBe(
      `${file} does not hold the weights of its model: 'encoder/layer1/attention/query/bias' is missing; ` +
        "'extra' is unexpected; 'embedding' has shape [8,11], expected [11,8]",
    );
    writeSafetensors(file, arrays, { format: 'another' });
    expect(message()).toBe(`${file} has format 'another', expected winnow-transformer/1`);
    writeSafetensors(file, arrays, { ...metadata, model: metadata['model']!.replace('"heads":2', '"heads":3') });
    expect(message()).toContain('has an invalid model in its header: Transformer: heads must divide width 8, got 3');
    writeFileSync(file, 'no model');
    expect(message()).toContain(file);
    expect(tf.memory().numTensors).toBe(before);
  });
});
