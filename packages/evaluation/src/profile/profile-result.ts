/** What `winnow profile --json` prints: its schema and type. */

import { z } from 'zod';
import { parseResult, text } from '../results/result-file.js';
import { type DeepReadonly, date, fraction, integer, list, nonNegative, object, truth } from '../schema/values.js';

const pass = object({
  /** What `auto` chooses. */
  sparse: truth,
  /** Why, as a word and as a sentence. */
  reason: text,
  explanation: text,
  /** Medians; null where there is no such form, or the layer was not measured. */
  milliseconds: object({ dense: nonNegative.nullable(), sparse: nonNegative.nullable() }),
});

const layer = object({
  /** `layer/kernel`. */
  path: text,
  /** Class of the layer. */
  kind: text,
  kernel: list(integer(0)),
  /** Of the input, the batch first; null for layers that have no sparse form. */
  input: list(integer(0)).nullable(),
  /** Share of the weights that is left, and of those that get a gradient. */
  density: fraction,
  gradientDensity: fraction,
  forward: pass,
  /** Null where nothing needs it: the input is the model's own. */
  inputGradient: pass.nullable(),
  filterGradient: pass,
  /** Why the layer does not get faster, or not as much as it could; empty if it does. */
  notes: z.array(text, 'a list'),
});

const both = object({ dense: nonNegative, auto: nonNegative });

const profileResult = object({
  format: z.literal('winnow-profile/1', "'winnow-profile/1'"),
  created: date,
  command: text,
  model: text,
  /** Name of the method that cuts the weights. */
  method: text,
  /** Shape of each input, the batch first. */
  inputs: list(list(integer(1))),
  environment: object({ cpu: text, cores: integer(1), node: text, tensorflow: text, isa: text, winnow: text }),
  /** One for each call of a layer with a kernel. */
  layers: list(layer),
  milliseconds: object({
    /** Of all passes above that were measured, all dense and as `auto` chooses. */
    layers: both,
    /** Of whole training steps. */
    step: both,
  }),
});

/** What a profile found. */
export type ProfileResult = DeepReadonly<z.output<typeof profileResult>>;
/** A layer in it. */
export type ProfiledLayer = ProfileResult['layers'][number];
/** One of its passes. */
export type ProfiledPass = ProfiledLayer['forward'];

/** Reads a profile. @throws ResultFileError that names the place, what was expected and what was found */
export function parseProfileResult(json: string, name: string): ProfileResult {
  return parseResult(json, name, profileResult) as ProfileResult;
}
