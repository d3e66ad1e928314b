/** Name maps for published PyTorch weights of these architectures. */

import type * as tf from '@tensorflow/tfjs';
import { checkModel } from '../check-model.js';
import { type NameMap, namesOfModules, type PytorchNamesOptions } from './name-map.js';

/**
 * Names of `imagenetResNet` in torchvision's files (`resnet18` etc.): `layer1.0.conv1`, `layer2.0.downsample.0`, `fc`.
 */
export function torchvisionResNet(options?: PytorchNamesOptions): NameMap {
  return postactivationNames('torchvisionResNet', { shortcut: 'downsample', logits: 'fc' }, options);
}

/** Names of `cifarResNet` in the usual PyTorch code: `layer1.0.conv1`, `layer2.0.shortcut.0` (option B), `linear`. */
export function pytorchCifarResNet(options?: PytorchNamesOptions): NameMap {
  return postactivationNames('pytorchCifarResNet', { shortcut: 'shortcut', logits: 'linear' }, options);
}

function postactivationNames(
  op: string,
  names: { shortcut: string; logits: string },
  options?: PytorchNamesOptions,
): NameMap {
  const outside: Record<string, string> = { first_conv: 'conv1', first_norm: 'bn1', logits: names.logits };
  return namesOfModules(
    op,
    (layer) => {
      const inBlock = /^stage(\d+)_block(\d+)_(conv|norm|shortcut)(\d*|_norm)$/.exec(layer);
      if (!inBlock) return Object.hasOwn(outside, layer) ? outside[layer] : undefined;
      const [, stage, block, kind, rest] = inBlock as unknown as [string, string, string, string, string];
      const module =
        kind === 'shortcut'
          ? `${names.shortcut}.${rest === '_norm' ? 1 : 0}`
          : `${kind === 'norm' ? 'bn' : 'conv'}${rest}`;
      return `layer${stage}.${Number(block) - 1}.${module}`;
    },
    options,
  );
}

/**
 * Names of `wideResNet` and `resnet` in the usual PyTorch code: `block1.layer.0.conv1`, `…convShortcut`, `bn1`, `fc`.
 */
export function pytorchWideResNet(options?: PytorchNamesOptions): NameMap {
  const outside: Record<string, string> = { first_conv: 'conv1', last_norm: 'bn1', logits: 'fc' };
  const inside: Record<string, string> = {
    '1_norm': 'bn1',
    conv1: 'conv1',
    '2_norm': 'bn2',
    conv2: 'conv2',
    shortcut: 'convShortcut',
  };
  return namesOfModules(
    'pytorchWideResNet',
    (layer) => {
      const inBlock = /^stage(\d+)_block(\d+)_(1_norm|2_norm|conv1|conv2|shortcut)$/.exec(layer);
      if (!inBlock) return Object.hasOwn(outside, layer) ? outside[layer] : undefined;
      return `block${inBlock[1]}.layer.${Number(inBlock[2]) - 1}.${inside[inBlock[3]!]}`;
    },
    options,
  );
}

/**
 * Names of `vgg16` in torchvision's files (`vgg16`, `vgg16_bn`): `features.0`, `classifier.6`. For the CIFAR form,
 * those of the usual PyTorch code, whose only dense layer is `classifier`.
 *
 * @param model the model to import into; BatchNorm changes the numbers of the modules
 */
export function torchvisionVgg16(model: tf.LayersModel, options?: PytorchNamesOptions): NameMap {
  checkModel('torchvisionVgg16', model);
  const isLarge = model.layers.some(({ name }) => name === 'hidden1');
  const modules: Record<string, string> = isLarge
    ? { hidden1: 'classifier.0', hidden2: 'classifier.3', logits: 'classifier.6' }
    : { logits: 'classifier' };
  let position = 0;
  for (const { name } of model.layers) {
    // Modules are numbered in sequence: convolutions, BatchNorms, ReLUs and poolings.
    if (/^stage\d_(conv|norm|relu|pool)\d?$/.test(name)) modules[name] = `features.${position++}`;
  }
  return namesOfModules('torchvisionVgg16', modules, options);
}
