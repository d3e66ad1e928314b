import { cifar10 } from './cifar10.js';
import { cifar10Jpeg } from './cifar10-jpeg.js';
import type { DatasetDeclaration } from './declaration.js';
import { DatasetError } from './errors.js';
import { fashionMnist } from './fashion-mnist.js';
import { imageFolders } from './image-folders.js';
import { synthetic } from './synthetic.js';

/** Every data set that can be loaded by name. To add one, write its declaration and list it here. */
export const datasets: ReadonlyMap<string, DatasetDeclaration> = new Map(
  [fashionMnist, cifar10, cifar10Jpeg, imageFolders, synthetic].map((declaration) => [declaration.name, declaration]),
);

/** @throws DatasetError `unknown-dataset` that lists the names there are. */
export function findDataset(name: string): DatasetDeclaration {
  const declaration = datasets.get(name);
  if (!declaration) {
    throw new DatasetError(
      'unknown-dataset',
      `no data set is called ${name}; there are ${[...datasets.keys()].join(', ')}`,
    );
  }
  return declaration;
}
