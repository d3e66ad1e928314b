import { join } from 'node:path';
import { figureFiles, type Outputs } from '../runs/outputs.js';

/** Where the files of a translation run are. */
export class TranslationFiles {
  constructor(readonly path: string) {}

  /** What it is trained on. */
  get data(): string {
    return join(this.path, 'data.json');
  }

  /** The subwords, learned from the training pairs. */
  get tokenizer(): string {
    return join(this.path, 'tokenizer.json');
  }

  /** JSON lines of steps and evaluations. */
  get log(): string {
    return join(this.path, 'log.jsonl');
  }

  /** `last.safetensors`. */
  get checkpoints(): string {
    return join(this.path, 'checkpoints');
  }

  /** The trained model. */
  get model(): string {
    return join(this.path, 'model.safetensors');
  }

  /** What the run came to. */
  get result(): string {
    return join(this.path, 'result.json');
  }

  /** Its curves, without extension; `winnow translate` draws them. */
  get figure(): string {
    return join(this.path, 'figure');
  }

  /** The translated test set. @param language of the translations, such as `de` */
  translations(language: string): string {
    return join(this.path, `test.${language}.txt`);
  }

  /** All that a run writes. @param language of the translations */
  outputs(language: string): Outputs {
    const { path, data, tokenizer, log, checkpoints, model, result, figure } = this;
    return {
      directories: [path, checkpoints],
      files: [
        ...[data, tokenizer, log, model, result, this.translations(language), ...figureFiles(figure)],
        join(checkpoints, 'last.safetensors'),
      ],
      signs: [data, tokenizer],
    };
  }
}
