/**
 * Rules about who imports whom that hold for the whole workspace, found out by following the imports in the sources.
 */

import { existsSync, readFileSync } from 'node:fs';
import { createRequire } from 'node:module';
import { dirname, join, relative } from 'node:path';
import { fileURLToPath } from 'node:url';
import ts from 'typescript';
import { describe, expect, it } from 'vitest';

const root = fileURLToPath(new URL('..', import.meta.url));
const source = (path: string) => join(root, path);
/** Importing this loads TensorFlow, or throws where it is not set up. */
const LOADS_TENSORFLOW = source('packages/tensorflow/src/load/now.ts');
/** `doctor` loads TensorFlow on purpose, inside a `try`, to say whether it works. */
const doctorLoadsIt = (file: string, name: string) =>
  file === source('packages/evaluation/src/cli/doctor.ts') && name === '@winnow/tensorflow';

/** The modules that a file loads, save those inside a call of `withTensorflow`, which sets TensorFlow up first. */
function importsOf(file: string): string[] {
  const tree = ts.createSourceFile(file, readFileSync(file, 'utf8'), ts.ScriptTarget.Latest, false);
  const names: string[] = [];
  const add = (node: ts.Node | undefined) => node && ts.isStringLiteral(node) && names.push(node.text);
  const visit = (node: ts.Node): void => {
    if (ts.isImportDeclaration(node) && !node.importClause?.isTypeOnly) add(node.moduleSpecifier);
    if (ts.isExportDeclaration(node) && !node.isTypeOnly) add(node.moduleSpecifier);
    if (ts.isCallExpression(node)) {
      if (node.expression.kind === ts.SyntaxKind.ImportKeyword) add(node.arguments[0]);
      if (ts.isIdentifier(node.expression) && node.expression.text === 'withTensorflow') return;
    }
    ts.forEachChild(node, visit);
  };
  visit(tree);
  return names.filter((name) => !doctorLoadsIt(file, name));
}

/**
 * The source file of an import: of this file's package or, by its export or import map, of another one of the
 * workspace.
 */
function resolveSource(name: string, from: string): string | undefined {
  if (name.startsWith('.')) return join(dirname(from), name.replace(/\.js$/, '.ts'));
  if (name.startsWith('#')) {
    let folder = dirname(from);
    while (!existsSync(join(folder, 'package.json'))) folder = dirname(folder);
    const entry = manifestOf(folder).imports?.[name]?.['winnow-source'];
    if (entry === undefined) throw new Error(`${from} imports ${name}, which its package does not map to a source`);
    return entry.startsWith('.') ? join(folder, entry) : resolveSource(entry, from);
  }
  const [, packageName, path] = /^(@winnow\/[^/]+)(?:\/(.*))?$/.exec(name) ?? [];
  if (packageName === undefined) return undefined;
  const folder = join(source('node_modules'), packageName);
  const entry = manifestOf(folder).exports?.[path === undefined ? '.' : `./${path}`]?.['winnow-source'];
  if (entry === undefined) throw new Error(`${from} imports ${name}, which that package does not export`);
  return createRequire(import.meta.url).resolve(join(folder, entry));
}

type ExportMap = Record<string, { 'winnow-source'?: string }>;
const manifestOf = (folder: string): { exports?: ExportMap; imports?: ExportMap } =>
  JSON.parse(readFileSync(join(folder, 'package.json'), 'utf8'));

/** The files reached from an entry, each with the chain of files that leads to it. */
function reached(entry: string): Chains {
  const chains: Chains = new Map([[entry, [entry]]]);
  for (const [file, chain] of chains) {
    for (const name of importsOf(file)) {
      const next = resolveSource(name, file);
      if (next !== undefined && !chains.has(next)) chains.set(next, [...chain, next]);
    }
  }
  return chains;
}
type Chains = Map<string, string[]>;

const chainTo = (entry: string, target: string) =>
  reached(source(entry))
    .get(target)
    ?.map((file) => relative(root, file));

describe('the module graph', () => {
  it('of the winnow command reaches TensorFlow only after setting it up', () => {
    // The chain of imports that leads there, if there is one.
    expect(chainTo('packages/evaluation/src/cli/main.ts', LOADS_TENSORFLOW) ?? []).toEqual([]);
  });

  it('is followed to its end: it finds TensorFlow where it is, and every command of winnow', () => {
    expect(chainTo('packages/evaluation/src/experiments/index.ts', LOADS_TENSORFLOW)).toBeDefined();
    const files = reached(source('packages/evaluation/src/cli/main.ts'));
    for (const file of ['evaluation/src/report/figure.ts', 'baselines/src/registry.ts', 'models/src/resnet/wide.ts']) {
      expect([...files.keys()], file).toContain(source(`packages/${file}`));
    }
  });

  it.each(['data', 'graph', 'inference', 'safetensors', 'system'])('of @winnow/%s knows no TensorFlow', (name) => {
    const entries = Object.values(manifestOf(source(`packages/${name}`)).exports!);
    for (const { 'winnow-source': entry } of entries) {
      expect(chainTo(join(`packages/${name}`, entry!), LOADS_TENSORFLOW) ?? []).toEqual([]);
    }
  });

  it('of the command that tests and builds reaches TensorFlow nowhere', () => {
    expect(chainTo('scripts/test/main.ts', LOADS_TENSORFLOW) ?? []).toEqual([]);
  });
});
