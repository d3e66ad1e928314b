import { targetedDropoutTransform } from '@winnow/baselines';
import { makeSynthetic } from '@winnow/data';
import { resnet } from '@winnow/models';
import { evaluate, prune, reestimateBatchNorm, train } from '@winnow/training';

const { train: images, test } = makeSynthetic({ train: 2048, test: 512, height: 16, width: 16 });

const transform = targetedDropoutTransform({ targetFraction: 0.9, dropRate: 0.95, rampSteps: 32, seed: 1 });
const model = resnet({ depth: 8, inputShape: [16, 16, 1], classes: 4, transform });
await train(model, images, { epochs: 4, batchSize: 32, learningRate: { kind: 'one-cycle', peak: 0.1, warmup: 0.2 } });

prune(model, { sparsity: 0.9 }); // with keep: true the weights stay cut in later training
await reestimateBatchNorm(model, images, { batchSize: 32 });
console.log(`90 % pruned: ${(100 * (await evaluate(model, test)).accuracy).toFixed(1)} %`);

await model.save('file://sparse-model'); // a plain tfjs model
