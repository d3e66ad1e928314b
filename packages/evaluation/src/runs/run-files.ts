import { join } from 'node:path';
import type { Outputs } from './outputs.js';
import type { RunConfig } from './settings.js';

/** Where the files of a training run are. */
export class RunFiles {
  constructor(readonly path: string) {}

  /** The effective configuration. */
  get config(): string {
    return join(this.path, 'config.json');
  }

  /** What it is trained on. */
  get data(): string {
    return join(this.path, 'data.json');
  }

  /** JSON lines of steps and evaluations. */
  get log(): string {
    return join(this.path, 'log.jsonl');
  }

  /** `last.safetensors` and `best.safetensors`. */
  get checkpoints(): string {
    return join(this.path, 'checkpoints');
  }

  /** Event files for TensorBoard. */
  get events(): string {
    return join(this.path, 'tensorboard');
  }

  /** What the run came to. */
  get result(): string {
    return join(this.path, 'result.json');
  }

  /** The trained model, as tfjs saves it. */
  get model(): string {
    return join(this.path, 'model');
  }

  /** All that a run of these settings writes. */
  outputs({ tensorboard }: Pick<RunConfig, 'tensorboard'>): Outputs {
    const { path, config, data, log, checkpoints, result, model, events } = this;
    return {
      directories: [path, checkpoints, model, ...(tensorboard ? [events] : [])],
      files: [
        ...[config, data, log, result],
        ...['last', 'best'].map((kind) => join(checkpoints, `${kind}.safetensors`)),
        ...['model.json', 'weights.bin'].map((name) => join(model, name)),
      ],
      signs: [config, data],
    };
  }
}
