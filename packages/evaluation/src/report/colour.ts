const CODES = { bold: 1, dim: 2, red: 31, green: 32, yellow: 33 } as const;

/** Adds a style to a text, or leaves it alone. */
export type Paint = (style: keyof typeof CODES, text: string) => string;

/** Whether a stream is a terminal that wants colour: NO_COLOR and TERM=dumb say no. */
export function wantsColour(
  stream: { readonly isTTY?: boolean } = process.stdout,
  env: Readonly<Record<string, string | undefined>> = process.env,
): boolean {
  return stream.isTTY === true && !env['NO_COLOR'] && env['TERM'] !== 'dumb';
}

/** Paints with ANSI codes, or not at all. */
export function painter(colour: boolean): Paint {
  return colour ? (style, text) => `\u001b[${CODES[style]}m${text}\u001b[0m` : (_style, text) => text;
}
