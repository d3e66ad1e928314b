/** Control characters, with what ends a line, and what turns the direction of writing. */
const CONTROL = /[\p{Cc}\u2028\u2029\u202a-\u202e\u2066-\u2069]/gu;

/**
 * A name from a file as it may be printed: control characters become `\u001b` and the like. A terminal would obey them:
 * colours, a title, lines that look like ours.
 */
export function printable(name: string): string {
  return name.replace(CONTROL, escaped);
}

/** The same for a message of several lines: line feeds and tabs stay. */
export function printableLines(message: string): string {
  return message.replace(CONTROL, (character) => (/[\n\t]/.test(character) ? character : escaped(character)));
}

function escaped(character: string): string {
  return `\\u${character.charCodeAt(0).toString(16).padStart(4, '0')}`;
}
