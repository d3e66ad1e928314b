import { mkdtemp, readdir, readFile, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { describe, expect, it } from 'vitest';
import { needsCutting, remarks } from '../../src/report/chart-annotations.js';
import { spreadOut } from '../../src/report/chart-data.js';
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

  it('move apart as little as needed', () => {
    expect(spreadOut([10, 50], 6, 102)).toEqual([10, 50]);
    expect(spreadOut([50, 51], 6, 102)).toEqual([50, 56]);
    expect(spreadOut([100, 101, 20], 6, 102)).toEqual([96, 102, 20]);
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
    const folder = await mkdtemp(join(tmpdir(), 'winnow-figure-'));
    try {
      const paths = await writeFigure(exampleResult, join(folder, 'curve'));
      expect((await readdir(folder)).sort()).toEqual(['curve.png', 'curve.svg']);
      const svg = await readFile(paths.svg, 'utf8');
      const png = await readFile(paths.png);
      expect([...png.subarray(0, 8)]).toEqual(PNG_SIGNATURE);
      expect([png.readUInt32BE(16), png.readUInt32BE(20)]).toEqual(sizeOf(svg).map((pixels) => pixels * 2));
    } finally {
      await rm(folder, { recursive: true });
    }
  });
});
