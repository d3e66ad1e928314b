import { readdir, readFile } from 'node:fs/promises';
import { join } from 'node:path';
import { describe, expect, it } from 'vitest';
import { temporaryFolder } from '../../../../test/temporary-folder.js';
import { needsCutting, remarks } from '../../src/report/chart-annotations.js';
import { legendColumns, titleLines } from '../../src/report/chart-title.js';
import { valueLabels } from '../../src/report/chart-values.js';
import { findingOf, renderPng, summaries, sweepSvg, writeFigure } from '../../src/report/index.js';
import type { SweepResult } from '../../src/results/index.js';
import { exampleResult, seededResult, shifted } from './example-result.js';

const [plain, ramped] = exampleResult.runs as [SweepResult['runs'][0], SweepResult['runs'][0]];
const PNG_SIGNATURE = [0x89, 0x50, 0x4e, 0x47, 0x0d, 0x0a, 0x1a, 0x0a];

function texts(svg: string): string[] {
  return [...svg.matchAll(/<text[^>]*>([^<]*)<\/text>/g)].map((match) => match[1]!);
}

function sizeOf(svg: string): [number, number] {
  const match = /<svg[^>]* width="(\d+)" height="(\d+)"/.exec(svg)!;
  return [Number(match[1]), Number(match[2])];
}

function sentence(result: SweepResult): string {
  return findingOf(result, summaries(result)).sentence;
}

describe('the finding', () => {
  it('compares at γ, in numbers of the data', () => {
    expect(sentence(exampleResult)).toBe(
      '90 % of the weights pruned: targeted dropout (ramped) keeps 88.9 % accuracy, plain falls to 9.6 %',
    );
    expect(sentence(seededResult)).toContain('keeps 89.1 % accuracy, plain falls to 9.8 %');
  });

  it('says so when it is the other way round', () => {
    const worse = {
      ...exampleResult,
      runs: [shifted(plain, 0, 0), { ...ramped, masked: { ...ramped.masked!, asIs: 0.05 } }],
    };
    expect(sentence(worse)).toBe(
      '90 % of the weights pruned: plain falls to 9.6 % accuracy, targeted dropout (ramped) falls to 5.0 %',
    );
  });

  it('looks for the widest gap where nothing was targeted', () => {
    const { masked: _, ...untargeted } = ramped;
    expect(sentence({ ...exampleResult, granularity: 'unit', runs: [plain, untargeted] })).toMatch(
      /^90 % of the units pruned/,
    );
  });

  it('works for a single network', () => {
    expect(sentence({ ...exampleResult, runs: [plain] })).toBe(
      '90 % of the weights pruned: plain falls to 9.6 % accuracy',
    );
  });
});

describe('annotations', () => {
  it('explain a network that works only once it is cut, where there is room', () => {
    const labels = summaries(exampleResult);
    expect(labels.map((label) => needsCutting(label, 'asIs'))).toEqual([false, true]);
    expect(labels.map((label) => needsCutting(label, 'reestimated'))).toEqual([false, false]);
    expect(remarks(labels, 'asIs')).toHaveLength(1);
    const crowded = summaries({
      ...exampleResult,
      runs: [...exampleResult.runs, { ...shifted(plain, 0, -0.6), label: 'x' }],
    });
    expect(remarks(crowded, 'asIs')).toHaveLength(0);
  });

  it('are written where they hide no point and no other number', () => {
    const row = (sparsity: number, accuracy: number) => ({ sparsity, asIs: accuracy, reestimated: accuracy });
    const run = (label: string, ...accuracies: number[]) => ({
      ...plain,
      label,
      rows: [0.8, 0.9, 0.95].map((sparsity, i) => row(sparsity, accuracies[i]!)),
    });
    // To the right of 40 % at 90 % pruned there are points at every height where its number could be.
    const crowd = [0.24, 0.28, 0.32, 0.36, 0.4, 0.44, 0.48, 0.52, 0.56].map((y, i) => run(`crowd ${i}`, 0.9, 0.9, y));
    const all = summaries({ ...exampleResult, runs: [run('a', 0.7, 0.4, 0.1), run('b', 0.7, 0.41, 0.1), ...crowd] });
    const [a, b] = valueLabels(all.slice(0, 2), all, 'asIs', 0.9);
    expect([a, b]).toMatchObject([
      { text: '40.0 %', side: 'left', y: 43 },
      { text: '41.0 %', side: 'left' },
    ]);
    expect(Math.abs(a!.y - b!.y)).toBeGreaterThan(5);
    const alone = summaries({ ...exampleResult, runs: [run('a', 0.7, 0.4, 0.1)] });
    expect(valueLabels(alone, alone, 'asIs', 0.9)).toMatchObject([{ side: 'right', y: 43 }]);
  });

  it('break a title between its clauses, not within a name, and cut no name off', async () => {
    const clauses = ['75 % of the units pruned: gradual 0.75 has 52.8 % accuracy', 'targeted, ramp falls to 39.3 %'];
    const long = [...clauses, `${'a-long-method-name+'.repeat(3)}another falls to 1 %`];
    expect(titleLines(['plain keeps 90 %', 'other falls to 10 %'])).toEqual(['plain keeps 90 %, other falls to 10 %']);
    expect(titleLines(long)).toEqual([`${long[0]},`, `${long[1]},`, long[2]]);
    expect([legendColumns(['a', 'b']), legendColumns(['x'.repeat(50)]), legendColumns(['x'.repeat(90)])]).toEqual([
      3, 2, 1,
    ]);
    const name = `${'l1+targeted-dropout:l1.lambda=0.1,gamma=0.75,'.repeat(2)}alpha=0.99`;
    const svg = await sweepSvg({ ...exampleResult, runs: [plain, { ...ramped, label: name }] });
    expect(texts(svg)).toContain(name);
  });
});

describe('the figure', () => {
  it('contains every label, value and the size of what guessing would score', async () => {
    const shown = texts(await sweepSvg({ ...exampleResult, classes: 10 }));
    for (const text of [
      'plain',
      'targeted dropout (ramped)',
      '88.9 %',
      '9.6 %',
      '89.6 %',
      '60.8 %',
      'guessing: 10 %',
      'targeted in training: γ = 90 %',
      'BatchNorm statistics as training left them',
      'BatchNorm statistics re-estimated after pruning',
    ]) {
      expect(shown).toContain(text);
    }
    expect(shown.some((text) => text.startsWith('guessing'))).toBe(true);
    expect(texts(await sweepSvg(exampleResult)).some((text) => text.startsWith('guessing'))).toBe(false);
  });

  it('is the same every time', async () => {
    expect(await sweepSvg(seededResult)).toBe(await sweepSvg(seededResult));
  });

  it('is not wider than what is drawn', async () => {
    const [width, height] = sizeOf(await sweepSvg(exampleResult));
    expect(width).toBeGreaterThan(900);
    expect(width).toBeLessThan(1200);
    expect(height).toBeGreaterThan(400);
    expect(height).toBeLessThan(700);
  });

  it('takes labels that are markup or long', async () => {
    const label = '<b>"α" & γ</b> with a name that goes on and on and on, far longer than any method has';
    const svg = await sweepSvg({ ...exampleResult, runs: [plain, { ...ramped, label }] });
    expect(svg).toContain('&lt;b&gt;');
    expect(sizeOf(svg)[0]).toBeLessThan(2400);
    expect((await renderPng(svg)).length).toBeGreaterThan(10_000);
  });

  it('lands in two whole files', async () => {
    const folder = temporaryFolder();
    const paths = await writeFigure(exampleResult, join(folder, 'curve'));
    expect((await readdir(folder)).sort()).toEqual(['curve.png', 'curve.svg']);
    const svg = await readFile(paths.svg, 'utf8');
    const png = await readFile(paths.png);
    expect([...png.subarray(0, 8)]).toEqual(PNG_SIGNATURE);
    expect([png.readUInt32BE(16), png.readUInt32BE(20)]).toEqual(sizeOf(svg).map((pixels) => pixels * 2));
  });
});
