/** Values given per input or output: one for all, a list in order, or a record by name. */

/**
 * A value for each of `names`.
 *
 * @param isRecord whether the value is a record by name rather than one value for all
 * @throws RangeError for a list of another length, or a name that is missing or does not exist
 */
export function perName<T>(
  caller: string,
  argument: string,
  value: unknown,
  names: readonly string[],
  { isRecord, isList, optional = false }: { isRecord: boolean; isList: boolean; optional?: boolean },
): (T | undefined)[] {
  if (isList) {
    const list = value as T[];
    if (list.length !== names.length) {
      throw new RangeError(
        `${caller}: ${argument} must have one entry for each of ${names.join(', ')}, got ${list.length} entries`,
      );
    }
    return [...list];
  }
  if (!isRecord) return names.map(() => value as T);
  const record = value as Record<string, T>;
  for (const name of Object.keys(record)) {
    if (names.includes(name)) continue;
    throw new RangeError(`${caller}: ${argument} must have entries for ${names.join(', ')} alone, got '${name}'`);
  }
  return names.map((name) => {
    const entry = record[name];
    if (entry === undefined && !optional) {
      throw new RangeError(`${caller}: ${argument} must have an entry for '${name}', got ${Object.keys(record)}`);
    }
    return entry;
  });
}

/** Whether a value is an object whose keys are names: no array, tensor or typed array. */
export function isPlainRecord(value: unknown): value is Record<string, unknown> {
  if (typeof value !== 'object' || value === null) return false;
  const prototype: unknown = Object.getPrototypeOf(value);
  return prototype === Object.prototype || prototype === null;
}

/**
 * The names of a model's inputs or outputs: those of the layers that they come from, as `model.inputNames` has them. A
 * Sequential has none there before its first run.
 */
export function layerNames(tensors: readonly { readonly sourceLayer: { readonly name: string } }[]): string[] {
  return tensors.map(({ sourceLayer }) => sourceLayer.name);
}
