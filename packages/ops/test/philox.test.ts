import { kernelIdOf, philox4x32, seedToKey } from '@winnow/ops';
import { expect, it } from 'vitest';

// Known answers published with Random123 (Salmon et al., 2011), philox4x32 10 rounds.
it.each([
  [
    [0, 0, 0, 0],
    [0, 0],
    [0x6627e8d5, 0xe169c58d, 0xbc57ac4c, 0x9b00dbd8],
  ],
  [
    [0xffffffff, 0xffffffff, 0xffffffff, 0xffffffff],
    [0xffffffff, 0xffffffff],
    [0x408f276d, 0x41c83b0e, 0xa20bc7c6, 0x6d5451fd],
  ],
  [
    [0x243f6a88, 0x85a308d3, 0x13198a2e, 0x03707344],
    [0xa4093822, 0x299f31d0],
    [0xd16cfe09, 0x94fdcceb, 0x5001e420, 0x24126ea1],
  ],
] as [[number, number, number, number], [number, number], number[]][])('Philox of %o', (counter, key, expected) => {
  const words = new Uint32Array(4);
  philox4x32(words, counter, key);
  expect([...words]).toEqual(expected);
});

it('makes keys from seeds and ids from paths', () => {
  expect(seedToKey(2 ** 53 - 1)).toEqual([0xffffffff, 0x1fffff]);
  expect(kernelIdOf('')).toBe(0x811c9dc5);
  expect(kernelIdOf('a')).toBe(0xe40c292c);
});
