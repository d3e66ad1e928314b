/** The models that the npm package nsfwjs carries, as files that tfjs reads. */

import { execFileSync } from 'node:child_process';
import { createHash } from 'node:crypto';
import { existsSync, mkdirSync, readFileSync, writeFileSync } from 'node:fs';
import { createRequire } from 'node:module';
import { join } from 'node:path';

export const PACKAGE = 'nsfwjs@4.2.1';
const FILE = 'nsfwjs-4.2.1.tgz';
/** Of the tarball, as the registry has it. */
const INTEGRITY = 'sha512-8ixL8Uk7+9Ir67yUxwtbLFZv6NgmsXsgP2oX5zNxmyTIXUfNdj6FLLVS+YI0pYlMEOExLp69ocfQznzTU9ATGw==';

/** The folders of its models. */
export const MODELS = ['mobilenet_v2', 'inception_v3', 'mobilenet_v2_mid'] as const;

/**
 * Fetches the package with npm, once, and verifies it.
 *
 * @returns the package's folder
 * @throws Error if the tarball is not the pinned one
 */
export function fetchPackage(directory: string): string {
  mkdirSync(directory, { recursive: true });
  const tarball = join(directory, FILE);
  if (!existsSync(tarball)) {
    execFileSync('npm', ['pack', PACKAGE, '--silent', '--pack-destination', directory], { stdio: 'ignore' });
  }
  const found = `sha512-${createHash('sha512').update(readFileSync(tarball)).digest('base64')}`;
  if (found !== INTEGRITY) throw new Error(`${tarball}: the checksum must be ${INTEGRITY}, got ${found}`);
  execFileSync('tar', ['-xzf', tarball, '-C', directory]);
  return join(directory, 'package');
}

/**
 * Writes a model of the package as tfjs stores it. The package has the JSON as a script, and the weights in base64.
 *
 * @returns the path of its `model.json`
 */
export function unpackModel(folder: string, model: string, directory: string): string {
  const require = createRequire(import.meta.url);
  const from = join(folder, 'dist', 'models', model);
  const to = join(directory, model);
  mkdirSync(to, { recursive: true });
  const json = require(join(from, 'model.min.js')) as { weightsManifest: { paths: string[] }[] };
  for (const path of json.weightsManifest.flatMap(({ paths }) => paths)) {
    writeFileSync(join(to, path), Buffer.from(require(join(from, `${path}.min.js`)) as string, 'base64'));
  }
  const file = join(to, 'model.json');
  writeFileSync(file, JSON.stringify(json));
  return file;
}
