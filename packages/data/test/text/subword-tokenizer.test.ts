import { writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { SPECIAL_TOKENS, SubwordTokenizer } from '@winnow/data';
import { describe, expect, it } from 'vitest';
import { temporaryFolder } from '../../../../test/temporary-folder.js';

const directory = temporaryFolder();

const TEXTS = [
  'low low low low low lower lower newest newest newest newest newest newest widest widest widest',
  'Der Hund läuft. Der Hund bellt. Ein Hund läuft über die Straße.',
];
const learn = (vocabularySize: number, lowerCase = false) =>
  SubwordTokenizer.learn(TEXTS, { vocabularySize, lowerCase });

/** Tokens as texts. */
const pieces = (tokenizer: SubwordTokenizer, text: string) =>
  tokenizer.encode(text).map((token) =>
    Buffer.from(tokenizer.decode([3 + 97, token]), 'utf8')
      .toString()
      .slice(1),
  );

describe('byte-pair encoding', () => {
  it('merges the most frequent pair first, the lower one of equals: as counted anew for each merge', () => {
    let words = TEXTS.flatMap((text) => ` ${text}`.match(/ ?[\p{L}]+| ?[^\s\p{L}]+/gu) ?? []).map((word) =>
      [...Buffer.from(word)].map((byte) => byte + 3),
    );
    const expected: [number, number][] = [];
    for (let token = 259; token < 259 + 25; token++) {
      const counts = new Map<string, number>();
      for (const word of words) {
        for (let i = 1; i < word.length; i++) {
          const pair = `${word[i - 1]} ${word[i]}`;
          counts.set(pair, (counts.get(pair) ?? 0) + 1);
        }
      }
      const ranked = [...counts]
        .map(([pair, count]) => ({ pair: pair.split(' ').map(Number) as [number, number], count }))
        .sort((x, y) => y.count - x.count || x.pair[0] - y.pair[0] || x.pair[1] - y.pair[1]);
      const [first, second] = ranked[0]!.pair;
      expected.push([first, second]);
      words = words.map((word) => {
        const text = ` ${word.join(' ')} `;
        return text.replaceAll(` ${first} ${second} `, ` ${token} `).trim().split(' ').map(Number);
      });
    }
    expect(learn(259 + 25).toJSON().merges).toEqual(expected);
  });

  it('splits into what it has learned, and unknown words into bytes', () => {
    const tokenizer = learn(259 + 40);
    expect(pieces(tokenizer, 'low lowest')).toEqual([' low', ' low', 'est']);
    expect(tokenizer.encode('q')).toEqual([3 + 32, 3 + 'q'.charCodeAt(0)]);
  });

  it('is a function of the text, not of the order of its lines', () => {
    const reversed = SubwordTokenizer.learn([...TEXTS].reverse(), { vocabularySize: 300 });
    expect(reversed.toJSON()).toEqual(learn(300).toJSON());
  });

  it('ends with the pairs that occur twice', () => {
    const all = learn(100_000);
    expect(all.vocabularySize).toBeLessThan(400);
    expect(all.toJSON()).toEqual(learn(all.vocabularySize).toJSON());
  });
});

describe('a tokenizer', () => {
  const strange = [
    '',
    ' ',
    '  two  spaces ',
    'tabs\tand\nlines\r\n',
    'naïve café – „Grüße“ 10.000,5 €',
    '中文 😀👍🏽 e\u0301',
    '\ufeff',
  ];

  it.each([...TEXTS, ...strange])('brings back %j exactly', (text) => {
    const tokenizer = learn(290);
    expect(tokenizer.decode(tokenizer.encode(text))).toBe(text);
    const lower = learn(290, true);
    expect(lower.decode(lower.encode(text))).toBe(text.toLowerCase());
  });

  it('gives a word the same token at the beginning and inside', () => {
    const tokenizer = learn(400);
    const [first] = tokenizer.encode('Hund läuft');
    expect(tokenizer.encode('Der Hund')[1]).toBe(first);
  });

  it('leaves special tokens out of the text', () => {
    const tokenizer = learn(290);
    const { padding, start, end } = SPECIAL_TOKENS;
    expect(tokenizer.decode([start, ...tokenizer.encode('low'), end, padding])).toBe('low');
  });

  it('is saved and loaded', () => {
    const path = join(directory, 'tokenizer.json');
    const tokenizer = learn(320, true);
    tokenizer.save(path);
    const loaded = SubwordTokenizer.load(path);
    expect(loaded.toJSON()).toEqual(tokenizer.toJSON());
    expect(loaded.encode(TEXTS[1]!)).toEqual(tokenizer.encode(TEXTS[1]!));
  });

  it('names the file that cannot be read', () => {
    expect(() => SubwordTokenizer.load(tmpdir())).toThrow(`${tmpdir()} is not a tokenizer: EISDIR`);
  });

  it.each([
    ['{', 'is not a tokenizer: '],
    ['{}', 'format must be winnow-tokenizer/1, got undefined'],
    ['{"format":"winnow-tokenizer/1","lowerCase":1,"merges":[]}', 'lowerCase must be a boolean'],
    ['{"format":"winnow-tokenizer/1","lowerCase":true,"merges":[[3]]}', 'merges pairs of integers'],
    ['{"format":"winnow-tokenizer/1","lowerCase":true,"merges":[[3,4],[900,5]]}', 'merge 1 joins tokens 900 and 5'],
    ['{"format":"winnow-tokenizer/1","lowerCase":true,"merges":[[0,4]]}', 'merge 0 joins tokens 0 and 4'],
  ])('refuses the file %s', (text, message) => {
    const path = join(directory, 'broken.json');
    writeFileSync(path, text);
    expect(() => SubwordTokenizer.load(path)).toThrow(message);
    expect(() => SubwordTokenizer.load(path)).toThrow(path);
  });

  it('refuses sizes and tokens out of range', () => {
    expect(() => learn(258)).toThrow('SubwordTokenizer: vocabularySize must be an integer in [259, 1048576), got 258');
    expect(() => learn(270).decode([270])).toThrow('SubwordTokenizer: token must be in [0, 269], got 270');
  });
});
