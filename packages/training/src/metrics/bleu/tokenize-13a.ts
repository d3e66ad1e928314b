/** What Python's `str.split()` splits at: not quite what JavaScript's `\s` matches. */
// biome-ignore lint/suspicious/noControlCharactersInRegex: Python counts four of them as white space
const WHITE_SPACE = /[\t-\r\x1c-\x20\x85\xa0\u1680\u2000-\u200a\u2028\u2029\u202f\u205f\u3000]+/u;

/**
 * The tokens of mteval-v13a, by which WMT's BLEU is defined: ASCII signs stand alone, but for `.` and `,` between digits, `-`
 * not behind a digit, and apostrophes.
 */
export function tokenize13a(line: string): string[] {
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

/** The line without white space at its end. */
function withoutEnd(line: string): string {
  const parts = line.split(WHITE_SPACE);
  if (parts.at(-1) !== '') return line;
  const last = parts.findLast((part) => part !== '');
  return last === undefined ? '' : line.slice(0, line.lastIndexOf(last) + last.length);
}
