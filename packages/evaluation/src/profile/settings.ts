import { z } from 'zod';
import { granularity, imageSize, methodSpec } from '../runs/settings.js';
import { readNumber, setting } from '../schema/settings.js';
import { fraction, integer } from '../schema/values.js';

const n = { value: 'n', read: readNumber };

/** What `winnow profile` takes besides the model. */
export const profileSettings = z.strictObject({
  sparsity: setting(
    fraction.optional(),
    'cut this fraction of the weights at random; default 0.9, or the zeros of a saved model that has some',
    { value: 's', read: readNumber },
  ),
  method: setting(
    methodSpec.optional(),
    'in place of a sparsity: NAME or NAME:key=value,… of `winnow methods`, as at the end of training',
    { value: 'spec' },
  ),
  granularity: setting(granularity.default('weight'), 'what is cut: weight or unit', { value: 'g' }),
  batchSize: setting(integer(1).default(128), 'images per step', n),
  imageSize: setting(imageSize.unwrap().optional(), 'of images, such as 64 or 48x64; default: as published, or saved', {
    value: 'size',
  }),
  classes: setting(integer(2).optional(), 'classes of a model of `winnow models`; default: as published', n),
  rounds: setting(integer(1).default(9), 'measurements, of which the median counts', n),
  seed: setting(integer(0).default(0), 'of weights, masks and images', n),
});

/** What a profile is made with, defaults filled in. */
export type ProfileSettings = z.output<typeof profileSettings>;
