/** Checks of what public functions are given, before they read it. */

/** @throws TypeError unless it is a path */
export function checkPath(op: string, argument: string, value: unknown): void {
  if (typeof value === 'string' && value !== '') return;
  throw new TypeError(`${op}: ${argument} must be a path, got ${shown(value)}`);
}

/** @throws TypeError unless it is an object that has these fields */
export function checkFields(op: string, argument: string, value: unknown, fields: readonly string[]): void {
  const isObject = typeof value === 'object' && value !== null;
  if (isObject && fields.every((field) => (value as Record<string, unknown>)[field] !== undefined)) return;
  throw new TypeError(`${op}: ${argument} must be an object with ${fields.join(', ')}, got ${shown(value)}`);
}

/** @throws TypeError unless it is a split of images, in memory or on disk */
export function checkSplit(op: string, argument: string, value: unknown): void {
  checkFields(op, argument, value, ['count', 'height', 'width', 'channels', 'labels']);
}

function shown(value: unknown): string {
  if (typeof value === 'string') return `'${value}'`;
  return typeof value === 'object' && value !== null ? `{${Object.keys(value)}}` : String(value);
}
