import { ResultFileError } from '../experiments/sweep-result.js';
import type { Check } from './checks.js';

/**
 * The value of a result file's JSON text.
 * @param name what the text is called in a message: its file
 * @throws ResultFileError that names the file, the place in it, what was expected and what was found.
 */
export function parsedResult(json: string, name: string, check: Check): unknown {
  let value: unknown;
  try {
    value = JSON.parse(json);
  } catch (error) {
    throw new ResultFileError(`${name} is not JSON: ${(error as Error).message}`, { cause: error });
  }
  try {
    check(value, '');
  } catch (error) {
    throw new ResultFileError(`${name}: ${(error as Error).message.trim()}`, { cause: error });
  }
  return value;
}
