import { didYouMean } from '@winnow/ops/arguments';
import type { DatasetDeclaration, TextPairDeclaration } from '../declaration.js';
import { DatasetError } from '../errors.js';
import { cifar10 } from './cifar10.js';
import { cifar10Jpeg } from './cifar10-jpeg.js';
import { fashionMnist } from './fashion-mnist.js';
import { imageFolders } from './image-folders.js';
import { multi30k } from './multi30k.js';
import { synthetic } from './synthetic.js';

/** Every data set of images that can be loaded by name. To add one, write its declaration and list it here. */
export const datasets: ReadonlyMap<string, DatasetDeclaration> = new Map(
  [fashionMnist, cifar10, cifar10Jpeg, imageFolders, synthetic].map((declaration) => [declaration.name, declaration]),
);

/** Every data set of translations that can be loaded by name. */
export const textPairDatasets: ReadonlyMap<string, TextPairDeclaration> = new Map(
  [multi30k].map((declaration) => [declaration.name, declaration]),
);

/** @throws DatasetError `unknown-dataset` that lists the names there are, or says what the name belongs to. */
export function findDataset(name: string): DatasetDeclaration {
  checkName('findDataset', name);
  if (textPairDatasets.has(name)) {
    throw unknown(`${name} holds translations, not images: \`winnow translate\` trains on it, loadTextPairs loads it`);
  }
  return find(datasets, name, 'data set');
}

/** @throws DatasetError `unknown-dataset` that lists the names there are, or says what the name belongs to. */
export function findTextPairDataset(name: string): TextPairDeclaration {
  checkName('findTextPairDataset', name);
  if (datasets.has(name)) throw unknown(`${name} holds images, not translations: loadDataset loads it`);
  return find(textPairDatasets, name, 'data set of translations');
}

/** @throws TypeError unless it is a string */
function checkName(op: string, name: unknown): void {
  if (typeof name !== 'string') throw new TypeError(`${op}: name must be a string, got ${name}`);
}

function find<Declaration>(declared: ReadonlyMap<string, Declaration>, name: string, what: string): Declaration {
  const declaration = declared.get(name);
  if (declaration) return declaration;
  const known = [...declared.keys()];
  throw unknown(`no ${what} is called ${name}; there are ${known.join(', ')}${didYouMean(name, known)}`);
}

function unknown(message: string): DatasetError {
  return new DatasetError('unknown-dataset', message);
}
