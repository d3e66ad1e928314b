import { readFileSync } from 'node:fs';

/** A case of attention.json, as attention.py makes it. */
export interface AttentionCase {
  name: string;
  b: number;
  heads: number;
  tq: number;
  tk: number;
  dk: number;
  dv: number;
  causal: false | 'upper-left' | 'lower-right';
  scale: number | null;
  mask?: number[];
  /** In 64ths, as key, value and dy are. */
  query: number[];
  key: number[];
  value: number[];
  dy: number[];
  output: number[];
  dQuery: number[];
  dKey: number[];
  dValue: number[];
}

export const attentionCases = JSON.parse(
  readFileSync(new URL('attention.json', import.meta.url), 'utf8'),
) as AttentionCase[];
