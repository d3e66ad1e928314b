import { printable, printableLines } from '@winnow/system/printable';
import { expect, it } from 'vitest';

const name = 'a/\u001b[31mred\u001b]0;title\u0007\n\r\tb\u009b2J\u202eé 漢';

it('shows control characters of names, and leaves letters of all languages', () => {
  expect(printable(name)).toBe('a/\\u001b[31mred\\u001b]0;title\\u0007\\u000a\\u000d\\u0009b\\u009b2J\\u202eé 漢');
});

it('keeps the lines of a message', () => {
  expect(printableLines(name)).toBe('a/\\u001b[31mred\\u001b]0;title\\u0007\n\\u000d\tb\\u009b2J\\u202eé 漢');
});
