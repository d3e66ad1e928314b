import { modelKernels, resnet, selectKernels } from '@winnow/models';
import { tf } from '@winnow/tensorflow';
import { expect, it } from 'vitest';

const size = (variables: readonly { size: number }[]) => variables.reduce((sum, { size }) => sum + size, 0);

it("is the ResNet-32 of the paper's code, to the parameter", () => {
  const model = resnet({ depth: 32, widths: [32, 64, 128], firstKernelSize: 7 });
  expect(size(model.trainableWeights.map((weight) => weight.read()))).toBe(1_857_498);
  const prunable = selectKernels('test', model);
  expect(prunable).toHaveLength(33);
  expect(size(prunable.map(({ variable }) => variable))).toBe(1_849_344);
});

it('halves the image after each stage, and gives one logit per class', () => {
  const model = resnet({ depth: 14, inputShape: [28, 20, 1], classes: 7 });
  expect(model.getLayer('stage3_block2_add').outputShape).toEqual([null, 7, 5, 64]);
  expect(model.outputShape).toEqual([null, 7]);
  expect(model.name).toBe('resnet14');
  expect(modelKernels(model)).toHaveLength(1 + 6 * 2 + 2 + 1);
});

it('has the same initial weights for the same seed, and others for another seed', () => {
  const weights = (seed?: number) =>
    resnet({ depth: 8, inputShape: [8, 8, 1], ...(seed !== undefined && { seed }) })
      .getWeights()
      .flatMap((weight) => [...weight.dataSync()]);
  expect(weights()).toEqual(weights(0));
  expect(weights(1)).not.toEqual(weights(0));
});

it.each([
  [{ depth: 9 }, 'resnet: depth must be 2 + 6·n for 3 stages with n ≥ 1, got 9'],
  [{ depth: 2 }, 'resnet: depth must be 2 + 6·n for 3 stages with n ≥ 1, got 2'],
  [{ depth: 8, classes: 0 }, 'resnet: classes must be positive integers, got [0]'],
  [{ depth: 8, widths: [] }, 'resnet: widths must be positive integers, got []'],
  [{ depth: 8, inputShape: [8, 8, 1.5] as [number, number, number] }, 'resnet: inputShape must be positive integers'],
  [{ depth: 8, batchNormMomentum: 1 }, 'resnet: batchNormMomentum must be in [0, 1), got 1'],
])('refuses %o', (options, message) => {
  const before = tf.memory().numTensors;
  expect(() => resnet(options)).toThrow(message);
  expect(tf.memory().numTensors).toBe(before);
});
