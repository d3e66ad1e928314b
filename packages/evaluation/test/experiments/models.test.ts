import { readFileSync } from 'node:fs';
import { findModel, models } from '@winnow/evaluation';
import { countFlops, parameterCount } from '@winnow/models';
import { expect, it } from 'vitest';

const page = readFileSync(new URL('../../../../docs/models.md', import.meta.url), 'utf8');
const number = new Intl.NumberFormat('en-US');

function build(name: string, image: readonly [number, number, number], classes: number) {
  const [height, width, channels] = image;
  const dataset = { classes: Array.from({ length: classes }, String), train: { height, width, channels } };
  return findModel(name).create({ dataset, seed: 0, initialWeights: 'zeros' });
}

it.each([...models.keys()])('%s is as large as the list and the documentation say', (name) => {
  const { published, parameters, flops } = findModel(name);
  const model = build(name, published.image, published.classes);
  expect(parameterCount(model)).toBe(parameters);
  expect(countFlops(model)).toBe(flops);
  model.dispose();
  const row = page.split('\n').find((line) => line.startsWith(`| \`${name}\` |`));
  expect(row).toContain(
    `| ${published.image.join('×')}, ${published.classes} | ${number.format(parameters)} | ${number.format(flops)} |`,
  );
});

it('is not made for a data set of one class', () => {
  expect(() => build('resnet8', [8, 8, 3], 1)).toThrow(
    'resnet8: the data set must have at least two classes, got undefined',
  );
});

it('documents no model that is not there', () => {
  const rows = [...page.matchAll(/^\| `([a-z0-9-]+)` \| `/gm)].map(([, name]) => name);
  expect(rows).toEqual([...models.keys()]);
});

it.each([...models.keys()].filter((name) => name !== 'vgg16'))('%s can be made for another data set', (name) => {
  const model = build(name, [64, 48, 3], 7);
  expect(model.inputs[0]!.shape).toEqual([null, 64, 48, 3]);
  expect(model.outputShape).toEqual([null, 7]);
  model.dispose();
});
