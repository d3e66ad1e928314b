/** Checks a setting's value from a configuration file or the command line and gives it its type. */
export interface Check {
  /** What is accepted, in words. */
  readonly range: string;
  /** The value, or undefined if it is not accepted. Text is what the command line gives. */
  parse(value: unknown): unknown;
}

function numeric(value: unknown): number | undefined {
  if (typeof value === 'number') return value;
  return typeof value === 'string' && value.trim() !== '' ? Number(value) : undefined;
}

/** A finite number. @param range what is accepted, in words */
export function number(range: string, isGood: (value: number) => boolean): Check {
  return {
    range: `a number ${range}`,
    parse(value) {
      const parsed = numeric(value);
      return parsed !== undefined && Number.isFinite(parsed) && isGood(parsed) ? parsed : undefined;
    },
  };
}

export const positive = number('> 0', (value) => value > 0);
export const fraction = number('in [0, 1)', (value) => value >= 0 && value < 1);

export function integer(low: number): Check {
  const isGood = (value: number) => Number.isSafeInteger(value) && value >= low;
  return { range: `an integer ≥ ${low}`, parse: number('', isGood).parse };
}

/** A list of numbers; on the command line separated by commas. */
export function numbers(range: string, isGood: (value: number) => boolean): Check {
  const one = number('', isGood);
  return {
    range,
    parse(value) {
      const list = typeof value === 'string' ? value.split(',') : value;
      if (!Array.isArray(list)) return undefined;
      const parsed = list.map((item) => one.parse(item));
      return parsed.includes(undefined) ? undefined : parsed;
    },
  };
}

export function oneOf(...names: string[]): Check {
  return {
    range: `one of ${names.join(', ')}`,
    parse: (value) => (names.includes(value as string) ? value : undefined),
  };
}

export const text: Check = {
  range: 'a text that is not empty',
  parse: (value) => (typeof value === 'string' && value !== '' ? value : undefined),
};

export const truth: Check = {
  range: 'true or false',
  parse: (value) => (typeof value === 'boolean' ? value : undefined),
};

/** `2 epochs`, `500 steps` */
export const when: Check = {
  range: "a text such as '2 epochs' or '500 steps'",
  parse: (value) => (typeof value === 'string' && /^[1-9]\d* (epochs|steps)$/.test(value) ? value : undefined),
};
