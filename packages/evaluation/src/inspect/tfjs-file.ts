import { readFile } from 'node:fs/promises';
import { dirname, join } from 'node:path';

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

interface WeightSpec {
  readonly name: string;
  readonly shape: readonly number[];
  readonly dtype: string;
  readonly quantization?: { readonly dtype: string; readonly scale?: number; readonly min?: number };
}

interface ModelFile {
  readonly modelTopology?: unknown;
  readonly weightsManifest?: readonly { readonly paths: readonly string[]; readonly weights: readonly WeightSpec[] }[];
  readonly userDefinedMetadata?: { readonly winnow?: { readonly transform?: { readonly name?: string } } };
}

const BYTES: Readonly<Record<string, number>> = { float32: 4, int32: 4, bool: 1, uint8: 1, uint16: 2, float16: 2 };

/**
 * Reads the `model.json` of a model that tfjs saved, with its weights, quantized ones, too. Needs no TensorFlow.
 *
 * @throws Error that names the file if it is no such model, or its weights are cut short
 */
export async function readTfjsModel(file: string): Promise<SavedModel> {
  const refuse = (reason: string) => new Error(`${file}: ${reason}`);
  let parsed: ModelFile;
  try {
    parsed = JSON.parse(await readFile(file, 'utf8')) as ModelFile;
  } catch (error) {
    throw error instanceof SyntaxError ? refuse('is no JSON') : error;
  }
  const { modelTopology, weightsManifest, userDefinedMetadata } = parsed;
  if (!Array.isArray(weightsManifest)) throw refuse('has no weightsManifest, so it is no model that tfjs saved');
  const weights: SavedWeight[] = [];
  for (const group of weightsManifest as NonNullable<ModelFile['weightsManifest']>) {
    const bytes = Buffer.concat(await Promise.all(group.paths.map((path) => readFile(join(dirname(file), path)))));
    let at = 0;
    for (const spec of group.weights) {
      const { name, shape } = spec;
      const dtype = spec.quantization?.dtype ?? spec.dtype;
      const width = BYTES[dtype];
      if (width === undefined) throw refuse(`the weight '${name}' has dtype ${dtype}, which cannot be read`);
      const size = shape.reduce((product, axis) => product * axis, 1);
      const end = at + size * width;
      if (end > bytes.length) throw refuse(`the weights end within '${name}'`);
      weights.push({ name, shape, values: decode(bytes.subarray(at, end), dtype, size, spec) });
      at = end;
    }
  }
  const method = userDefinedMetadata?.winnow?.transform?.name;
  return { weights, classes: classesOf(modelTopology), ...(method !== undefined && { method }) };
}

function decode(bytes: Buffer, dtype: string, size: number, { quantization }: WeightSpec): ArrayLike<number> {
  const { scale = 1, min = 0 } = quantization ?? {};
  const isAffine = dtype === 'uint8' || dtype === 'uint16';
  return Float64Array.from({ length: size }, (_, i) => {
    if (dtype === 'float32') return bytes.readFloatLE(i * 4);
    if (dtype === 'int32') return bytes.readInt32LE(i * 4);
    // The sign aside, a half is zero where its bits are.
    if (dtype === 'float16') return bytes.readUInt16LE(i * 2) & 0x7fff;
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
