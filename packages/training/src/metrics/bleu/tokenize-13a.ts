/** White space as in Python's `str.split()`, which differs slightly from JavaScript's `\s`. */
// biome-ignore lint/suspicious/noControlCharactersInRegex: Python counts four of them as white space
const WHITE_SPACE = /[\t-\r\x1c-\x20\x85\xa0\u1680\u2000-\u200a\u2028\u2029\u202f\u205f\u3000]+/u;

/**
 * Tokenizes a line as mteval-v13a does, the tokenizer that defines WMT's BLEU. ASCII punctuation becomes tokens of its
 * own, except `.` and `,` between digits, `-` that does not follow a digit, and apostrophes.
 */
export function tokenize13a(line: string): string[] {
  if (typeof line !== 'string') throw new TypeError(`tokenize13a: line must be a string, got ${line}`);
  const plain = withoutEnd(line)
    .replaceAll('<skipped>', '')
    .replaceAll('-\n', '')
    .replaceAll('\n', ' ')
    .replaceAll('&quot;', '"')
    .replaceAll('&amp;', '&')
    .replaceAll('&lt;', '<')
    .replaceAll('&gt;', '>');
  const apart = ` ${plain} `
    .replace(/[ -&(-+/:-@[-`{-~]/gu, ' $& ')
    .replace(/([^0-9])([.,])/gu, '$1 $2 ')
    .replace(/([.,])([^0-9])/gu, ' $1 $2')
    .replace(/([0-9])-/gu, '$1 - ');
  return apart.split(WHITE_SPACE).filter((token) => token !== '');
}

/** The line without trailing white space. */
function withoutEnd(line: string): string {
  const parts = line.split(WHITE_SPACE);
  if (parts.at(-1) !== '') return line;
  const last = parts.findLast((part) => part !== '');
  return last === undefined ? '' : line.slice(0, line.lastIndexOf(last) + last.length);
}
