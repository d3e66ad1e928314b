import type { Network } from '../network.js';
import { foldScale } from './fold-scale.js';
import { fuseActivations, fusePadding, fuseSums } from './fuse.js';

/** In the order in which they run. Each is a function from a network to another. */
const PASSES: readonly ((network: Network) => Network)[] = [fusePadding, foldScale, fuseActivations, fuseSums];

/** The same network in fewer operations. */
export function optimise(network: Network): Network {
  return PASSES.reduce((current, pass) => pass(current), network);
}
