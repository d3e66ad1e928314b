import * as tf from '@tensorflow/tfjs';
import { checkKeys } from '@winnow/native/value-checks';
import { createTransform, type WeightTransform } from '@winnow/ops';
import { type NamedArray, readSafetensors, writeSafetensors } from '@winnow/safetensors';
import type { TransformerConfig } from './config.js';
import { TransformerEncoder } from './encoder.js';
import { TransformerLanguageModel } from './language-model.js';
import { SequenceModel, type SequenceModelOptions } from './sequence-model.js';
import { Transformer } from './transformer.js';

const FORMAT = 'winnow-transformer/1';

const FORMS: Record<SequenceModel['form'], new (options: SequenceModelOptions) => SequenceModel> = {
  'encoder-decoder': Transformer,
  encoder: TransformerEncoder,
  'language-model': TransformerLanguageModel,
};

/** The model as described by JSON in the file's header. */
interface SavedModel {
  form: SequenceModel['form'];
  config: TransformerConfig;
  seed: number;
  kernels: string[];
  transform?: { name: string; config: Record<string, unknown> };
}

/**
 * Writes a Transformer to a safetensors file, atomically: weights by path, the transform's own variables under
 * `transform/`, and configuration, seed and transform as JSON in the header, with checksums.
 *
 * @throws TypeError for what is no Transformer or no path; Error naming the file, with the system's `code`, if it
 *   cannot be written
 */
export function saveTransformer(model: SequenceModel, file: string): void {
  if (!(model instanceof SequenceModel)) {
    throw new TypeError(`saveTransformer: model must be a Transformer of one of its forms, got ${model}`);
  }
  checkFile('saveTransformer', file);
  const { form, config, seed, transform } = model;
  const saved: SavedModel = {
    form,
    config,
    seed,
    kernels: model.kernels.map(({ path }) => path),
    ...(transform && { transform: { name: transform.name, config: transform.getConfig() } }),
  };
  const arrays = [...savedVariables(model)].map(([path, variable]): [string, NamedArray] => [
    path,
    { shape: variable.shape, values: variable.dataSync() as Float32Array },
  ]);
  const metadata = { format: FORMAT, model: JSON.stringify(saved) };
  writeSafetensors(file, new Map(arrays), metadata, { checksums: true });
}

/**
 * Loads a model and its transform from a file written by `saveTransformer`.
 *
 * @param options `transform` replaces the saved transform; its own variables start with their initial values
 * @throws Error naming the file if it is broken, is not a saved Transformer, or if a weight is missing, unexpected or
 *   of the wrong shape
 */
export function loadTransformer(file: string, options: { transform?: WeightTransform } = {}): SequenceModel {
  checkFile('loadTransformer', file);
  checkKeys('loadTransformer', 'options', options, ['transform']);
  const { transform } = options;
  const { arrays, metadata } = readSafetensors(file);
  const refuse = (reason: string, cause?: unknown): never => {
    throw new Error(`${file} ${reason}`, { cause });
  };
  if (metadata['format'] !== FORMAT) refuse(`has format '${metadata['format']}', expected ${FORMAT}`);
  const model = make(metadata['model'] ?? '', transform, (error) =>
    refuse(`has an invalid model in its header: ${error.message}`, error),
  );
  if (transform !== undefined) for (const path of [...arrays.keys()].filter(isOwn)) arrays.delete(path);
  const variables = transform === undefined ? savedVariables(model) : model.variables;
  const wrong = [
    ...[...variables.keys()].filter((path) => !arrays.has(path)).map((path) => `'${path}' is missing`),
    ...[...arrays.keys()].filter((path) => !variables.has(path)).map((path) => `'${path}' is unexpected`),
    ...[...arrays].flatMap(([path, { shape }]) => {
      const expected = variables.get(path)?.shape ?? shape;
      return String(expected) === String(shape) ? [] : [`'${path}' has shape [${shape}], expected [${expected}]`];
    }),
  ];
  if (wrong.length > 0) {
    model.dispose();
    refuse(`does not hold the weights of its model: ${wrong.join('; ')}`);
  }
  for (const [path, variable] of variables) {
    const { values, shape } = arrays.get(path) as NamedArray;
    tf.tidy(() => variable.assign(tf.tensor(values, shape, 'float32')));
  }
  return model;
}

/** @throws TypeError unless it is a path */
function checkFile(op: string, file: unknown): void {
  if (typeof file !== 'string' || file === '') throw new TypeError(`${op}: file must be a path, got ${file}`);
}

const OWN = 'transform/';
const isOwn = (path: string) => path.startsWith(OWN);

function savedVariables(model: SequenceModel): ReadonlyMap<string, tf.Variable> {
  const own = (model.method?.variables ?? []).map(
    ({ path, name, variable }) => [`${OWN}${path}/${name}`, variable] as const,
  );
  return new Map([...model.variables, ...own]);
}

function make(json: string, given: WeightTransform | undefined, fail: (error: Error) => never): SequenceModel {
  try {
    const { form, config, seed, kernels, transform } = JSON.parse(json) as SavedModel;
    if (!Object.hasOwn(FORMS, form))
      throw new RangeError(`form must be one of ${Object.keys(FORMS).join(', ')}, got ${form}`);
    const used = given ?? (transform && createTransform(transform.name, transform.config));
    // Files of earlier versions may say of an encoder what it never did.
    const { sharedEmbeddings = true } = form === 'encoder' ? {} : config;
    return new FORMS[form]({ ...config, sharedEmbeddings, seed, include: kernels, ...(used && { transform: used }) });
  } catch (error) {
    return fail(error as Error);
  }
}
