import type { ImageDataset, Split } from '@winnow/data';
import {
  cifarResNet,
  type ImageModelOptions,
  imagenetResNet,
  lenet5,
  lenet300,
  mlp,
  type ResNetOptions,
  resnet,
  vgg16,
  wideResNet,
} from '@winnow/models';
import { didYouMean } from '@winnow/ops/arguments';
import type { tf } from '@winnow/tensorflow';

/** What a named model is made from. */
export interface ModelRequest {
  dataset: Pick<ImageDataset<Split>, 'classes'> & { train: Pick<Split, 'height' | 'width' | 'channels'> };
  seed: number;
  /** `'zeros'` for a model whose weights are imported next. Default `'random'`. */
  initialWeights?: 'random' | 'zeros';
}

/** A model as the command line and experiments know it. */
export interface NamedModel {
  readonly name: string;
  /** What tables and figures call it. */
  readonly title: string;
  /** Height, width, channels and classes that the counts are of; the model itself is made for its data set. */
  readonly published: { readonly image: readonly [number, number, number]; readonly classes: number };
  /** Trainable parameters at that size. */
  readonly parameters: number;
  /** Multiply-adds of one forward pass of one image at that size. */
  readonly flops: number;
  create(request: ModelRequest): tf.LayersModel;
}

type Published = NamedModel['published'];
const CIFAR: Published = { image: [32, 32, 3], classes: 10 };
const MNIST: Published = { image: [28, 28, 1], classes: 10 };
const IMAGENET: Published = { image: [224, 224, 3], classes: 1000 };

function named(
  name: string,
  title: string,
  published: Published,
  parameters: number,
  flops: number,
  make: (options: ImageModelOptions) => tf.LayersModel,
): NamedModel {
  return {
    name,
    title,
    published,
    parameters,
    flops,
    create({ dataset, seed, initialWeights = 'random' }) {
      const { height, width, channels } = dataset.train;
      // Of one class every answer is right: a sign that the class folders are one level further down.
      if (dataset.classes.length < 2) {
        throw new RangeError(`${name}: the data set must have at least two classes, got ${dataset.classes.join()}`);
      }
      return make({ inputShape: [height, width, channels], classes: dataset.classes.length, seed, initialWeights });
    },
  };
}

const preactivation = (options: ResNetOptions) => (common: ImageModelOptions) => resnet({ ...options, ...common });
const postactivation = (depth: number, shortcut: 'A' | 'B') => (common: ImageModelOptions) =>
  cifarResNet({ depth, shortcut, ...common });
const imagenet = (depth: 18 | 34 | 50 | 102) => (common: ImageModelOptions) => imagenetResNet({ depth, ...common });
const wide = (depth: number, widen: number) => (common: ImageModelOptions) => wideResNet({ depth, widen, ...common });
const vgg = (form: 'imagenet' | 'cifar') => (common: ImageModelOptions) => vgg16({ form, ...common });

const PAPER = { depth: 32, widths: [32, 64, 128], firstKernelSize: 7, batchNormMomentum: 0.997 };

/** All models by name. To add one, list it here with its counts; a test builds it and compares them. */
export const models: ReadonlyMap<string, NamedModel> = new Map(
  [
    named('resnet8', 'ResNet-8 (16/32/64)', CIFAR, 77_850, 12_501_632, preactivation({ depth: 8 })),
    named('resnet14', 'ResNet-14 (16/32/64)', CIFAR, 175_066, 26_657_408, preactivation({ depth: 14 })),
    named('resnet20', 'ResNet-20 (16/32/64)', CIFAR, 272_282, 40_813_184, preactivation({ depth: 20 })),
    named('resnet32', 'ResNet-32 (16/32/64)', CIFAR, 466_714, 69_124_736, preactivation({ depth: 32 })),
    named(
      'resnet32-paper',
      "ResNet-32 of the paper's code (32/64/128)",
      CIFAR,
      1_857_498,
      272_942_336,
      preactivation(PAPER),
    ),
    named('cifar-resnet20', "He's ResNet-20, option A", CIFAR, 269_722, 40_551_040, postactivation(20, 'A')),
    named('cifar-resnet32', "He's ResNet-32, option A", CIFAR, 464_154, 68_862_592, postactivation(32, 'A')),
    named('cifar-resnet44', "He's ResNet-44, option A", CIFAR, 658_586, 97_174_144, postactivation(44, 'A')),
    named('cifar-resnet56', "He's ResNet-56, option A", CIFAR, 853_018, 125_485_696, postactivation(56, 'A')),
    named('cifar-resnet110', "He's ResNet-110, option A", CIFAR, 1_727_962, 252_887_680, postactivation(110, 'A')),
    named('cifar-resnet20-b', "He's ResNet-20, option B", CIFAR, 272_474, 40_813_184, postactivation(20, 'B')),
    named('cifar-resnet32-b', "He's ResNet-32, option B", CIFAR, 466_906, 69_124_736, postactivation(32, 'B')),
    named('imagenet-resnet18', 'ResNet-18', IMAGENET, 11_689_512, 1_814_073_344, imagenet(18)),
    named('imagenet-resnet34', 'ResNet-34', IMAGENET, 21_797_672, 3_663_761_408, imagenet(34)),
    named('imagenet-resnet50', 'ResNet-50', IMAGENET, 25_557_032, 4_089_184_256, imagenet(50)),
    named('imagenet-resnet102', 'ResNet-102 of basic blocks', IMAGENET, 58_399_528, 11_524_935_680, imagenet(102)),
    named('wrn-16-4', 'WRN-16-4', CIFAR, 2_748_890, 392_612_352, wide(16, 4)),
    named('wrn-40-2', 'WRN-40-2', CIFAR, 2_243_546, 327_599_360, wide(40, 2)),
    named('wrn-28-10', 'WRN-28-10', CIFAR, 36_479_194, 5_243_328_768, wide(28, 10)),
    named('vgg16', 'VGG-16', IMAGENET, 138_357_544, 15_470_264_320, vgg('imagenet')),
    named('vgg16-cifar', 'VGG-16 for small images, with BatchNorm', CIFAR, 14_728_266, 313_201_664, vgg('cifar')),
    named('lenet5', "LeNet-5 (Caffe's)", MNIST, 431_080, 2_293_000, lenet5),
    named('lenet-300-100', 'LeNet-300-100', MNIST, 266_610, 266_200, lenet300),
    named('mlp10', '10 hidden ReLU units', CIFAR, 30_840, 30_820, (common) => mlp(common)),
  ].map((model) => [model.name, model]),
);

/** @throws RangeError if there is no model of that name. */
export function findModel(name: string): NamedModel {
  const model = models.get(name);
  if (model) return model;
  const known = [...models.keys()];
  throw new RangeError(`model must be one of ${known.join(', ')}, got '${name}'${didYouMean(name, known)}`);
}
