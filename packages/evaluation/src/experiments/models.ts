import { type ResNetOptions, resnet } from '@winnow/models';
import type { tf } from '@winnow/tensorflow';
import type { ImageDataset, Split } from '../datasets/index.js';

/** What a named model is made from. */
export interface ModelRequest {
  dataset: ImageDataset<Split>;
  seed: number;
}

/** A model as the command line and experiments know it. */
export interface NamedModel {
  readonly name: string;
  /** What tables and figures call it. */
  readonly title: string;
  create(request: ModelRequest): tf.LayersModel;
}

function resnetModel(name: string, title: string, options: ResNetOptions): NamedModel {
  return {
    name,
    title,
    create({ dataset, seed }) {
      const { height, width, channels } = dataset.train;
      return resnet({ ...options, inputShape: [height, width, channels], classes: dataset.classes.length, seed });
    },
  };
}

/** All models by name. To add one, list it here. */
export const models: ReadonlyMap<string, NamedModel> = new Map(
  [
    resnetModel('resnet8', 'ResNet-8 (16/32/64)', { depth: 8 }),
    resnetModel('resnet14', 'ResNet-14 (16/32/64)', { depth: 14 }),
    resnetModel('resnet20', 'ResNet-20 (16/32/64)', { depth: 20 }),
    resnetModel('resnet32', 'ResNet-32 (16/32/64)', { depth: 32 }),
    resnetModel('resnet32-paper', "ResNet-32 of the paper's code (32/64/128)", {
      depth: 32,
      widths: [32, 64, 128],
      firstKernelSize: 7,
      batchNormMomentum: 0.997,
    }),
  ].map((model) => [model.name, model]),
);

/** @throws RangeError if there is no model of that name. */
export function findModel(name: string): NamedModel {
  const model = models.get(name);
  if (!model) throw new RangeError(`model must be one of ${[...models.keys()].join(', ')}, got '${name}'`);
  return model;
}
