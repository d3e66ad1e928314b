import { readFile } from 'node:fs/promises';
import { dirname, join } from 'node:path';
import { z } from 'zod';
import { parseResult, text } from '../results/result-file.js';
import { integer, object } from '../schema/values.js';

/** A weight of a saved model. */
export interface SavedWeight {
  readonly name: string;
  readonly shape: readonly number[];
  readonly values: ArrayLike<number>;
}

/**
 * A model that tfjs saved: its weights, the class of each layer by name, and the name of the method it is trained with,
 * if any.
 */
export interface SavedModel {
  readonly weights: readonly SavedWeight[];
  readonly classes: ReadonlyMap<string, string>;
  readonly method?: string;
}

const number = z.number('a number');
const weightSpec = object({
  name: text,
  shape: z.array(integer(0), 'a list of sizes'),
  dtype: text,
  quantization: object({ dtype: text, scale: number.optional(), min: number.optional() }).optional(),
});
type WeightSpec = z.output<typeof weightSpec>;

const modelFile = object({
  modelTopology: z.unknown().optional(),
  weightsManifest: z.array(
    object({ paths: z.array(text, 'a list of file names'), weights: z.array(weightSpec, 'a list of weights') }),
    'a list',
  ),
  userDefinedMetadata: object({
    winnow: object({ transform: object({ name: text.optional() }).optional() }).optional(),
  }).nullish(),
});

const BYTES: Readonly<Record<string, number>> = { float32: 4, int32: 4, bool: 1, uint8: 1, uint16: 2, float16: 2 };

/**
 * Reads the `model.json` of a model that tfjs saved, with its weights, quantized ones, too. Needs no TensorFlow.
 *
 * @throws Error that names the file if it is no such model, has two weights of one name, or its weights are cut short
 *   or go on
 */
export async function readTfjsModel(file: string): Promise<SavedModel> {
  const refuse = (reason: string) => new Error(`${file}: ${reason}`);
  const json = await read(file);
  const parsed = parseResult(json.toString('utf8'), file, modelFile) as z.output<typeof modelFile>;
  const { modelTopology, weightsManifest, userDefinedMetadata } = parsed;
  const weights: SavedWeight[] = [];
  const names = new Set<string>();
  for (const group of weightsManifest) {
    const bytes = Buffer.concat(await Promise.all(group.paths.map((path) => read(join(dirname(file), path)))));
    let at = 0;
    for (const spec of group.weights) {
      const { name, shape } = spec;
      if (names.has(name)) throw refuse(`two weights have the name '${name}'`);
      names.add(name);
      const dtype = spec.quantization?.dtype ?? spec.dtype;
      const width = BYTES[dtype];
      if (width === undefined) throw refuse(`the weight '${name}' has dtype ${dtype}, which cannot be read`);
      const size = shape.reduce((product, axis) => product * axis, 1);
      const end = at + size * width;
      if (end > bytes.length) throw refuse(`the weights end within '${name}'`);
      weights.push({ name, shape, values: decode(bytes.subarray(at, end), dtype, size, spec) });
      at = end;
    }
    if (at < bytes.length)
      throw refuse(`${group.paths.join(', ')} go on for ${bytes.length - at} bytes behind the weights`);
  }
  const method = userDefinedMetadata?.winnow?.transform?.name;
  return { weights, classes: classesOf(modelTopology), ...(method !== undefined && { method }) };
}

/** A file's bytes. @throws Error that names it; the system's own does not for a folder */
async function read(path: string): Promise<Buffer> {
  return readFile(path).catch((cause: NodeJS.ErrnoException) => {
    throw new Error(`${path} cannot be read (${cause.code ?? cause.message})`, { cause });
  });
}

function decode(bytes: Buffer, dtype: string, size: number, { quantization }: WeightSpec): ArrayLike<number> {
  const { scale = 1, min = 0 } = quantization ?? {};
  const isAffine = dtype === 'uint8' || dtype === 'uint16';
  return Float64Array.from({ length: size }, (_, i) => {
    if (dtype === 'float32') return bytes.readFloatLE(i * 4);
    if (dtype === 'int32') return bytes.readInt32LE(i * 4);
    if (dtype === 'float16') {
      // The sign aside, a half is zero where its bits are, and not finite where all bits of its exponent are set.
      const bits = bytes.readUInt16LE(i * 2) & 0x7fff;
      return bits < 0x7c00 ? bits : Number.NaN;
    }
    const value = dtype === 'uint16' ? bytes.readUInt16LE(i * 2) : bytes.readUInt8(i);
    return isAffine && quantization ? value * scale + min : value;
  });
}

/** Every layer in a saved topology, however deep it is nested. */
function classesOf(topology: unknown): Map<string, string> {
  const found = new Map<string, string>();
  const visit = (value: unknown): void => {
    if (typeof value !== 'object' || value === null) return;
    const { class_name: className, config } = value as { class_name?: unknown; config?: { name?: unknown } };
    if (typeof className === 'string' && typeof config?.name === 'string') found.set(config.name, className);
    for (const inner of Object.values(value)) visit(inner);
  };
  visit(topology);
  return found;
}
