import { date, integer, object, text } from './checks.js';

/** The fields that every result file has: when, by which command, of what, and where. */
export const checkHeader = {
  created: date,
  command: text,
  dataset: text,
  model: text,
  parameters: integer(1),
  environment: object({ cpu: text, cores: integer(1), node: text, tensorflow: text, isa: text, winnow: text }),
};
