import { chmod, mkdir, readdir, readFile, writeFile } from 'node:fs/promises';
import { delimiter, join } from 'node:path';
import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import { temporaryFolder } from '../../../test/temporary-folder.js';
import { type DatasetProgress, loadDataset } from '../src/index.js';
import { tinyIdxSet } from './tiny-set.js';
import { writeAll } from './writers.js';

// apt-get and dpkg-deb are played by shell scripts, so that the tests need neither Debian nor a network.

const PATH = process.env['PATH'];
let cache: string;
let tools: string;
let events: DatasetProgress[];
const log = () => readFile(join(tools, 'log'), 'utf8');

async function tool(name: string, body: string): Promise<void> {
  const path = join(tools, name);
  await writeFile(path, `#!/bin/sh\necho "${name} $*" >> ${tools}/log\n${body}\n`);
  await chmod(path, 0o755);
}

function load(directory: string) {
  const { declaration } = tinyIdxSet([{ kind: 'debian', package: 'dataset-tiny', directory }]);
  return loadDataset(declaration, { cache, onProgress: (event) => events.push(event) });
}

beforeEach(async () => {
  events = [];
  cache = temporaryFolder();
  tools = temporaryFolder();
  await mkdir(join(tools, 'package', 'usr', 'share', 'datasets'), { recursive: true });
  await writeAll(join(tools, 'package', 'usr', 'share', 'datasets', 'tiny'), tinyIdxSet([]).files);
  await tool('dpkg-deb', `mkdir -p "$3" && cp -r ${tools}/package/. "$3"`);
  process.env['PATH'] = `${tools}${delimiter}${PATH}`;
});
afterEach(() => {
  process.env['PATH'] = PATH;
});

describe('a Debian package', () => {
  it('is used where it is installed', async () => {
    const installed = join(tools, 'package/usr/share/datasets/tiny');
    expect((await load(installed)).train.count).toBe(40);
    await expect(log()).rejects.toThrow('ENOENT');
  });

  it('is fetched with the machine’s own package lists', async () => {
    await tool('apt-get', 'touch dataset-tiny_1_all.deb');
    expect((await load('/usr/share/datasets/tiny')).train.count).toBe(40);
    expect((await log()).split('\n')[0]).toBe('apt-get -o APT::Sandbox::User= download dataset-tiny');
    expect(await readdir(join(cache, 'tiny'))).toHaveLength(4);
    expect(events.at(-1)).toEqual({ kind: 'fetched', source: 'Debian package dataset-tiny' });
  });

  it('is fetched with lists of our own where those are missing', async () => {
    await tool(
      'apt-get',
      `case "$*" in *Dir::State=${cache}*) ;; *) echo 'E: Unable to locate package dataset-tiny' >&2; exit 100;; esac
      case "$*" in
  *update) touch ${tools}/updated;;
  *) test -e ${tools}/updated && touch dataset-tiny_1_all.deb;;
esac`,
    );
    expect((await load('/usr/share/datasets/tiny')).train.count).toBe(40);
    expect((await log()).split('\n').map((line) => line.split(' ').at(-1))).toEqual([
      'dataset-tiny',
      'update',
      'dataset-tiny',
      expect.stringMatching(/unpacked$/),
      '',
    ]);
    expect(await readdir(join(cache, 'tiny'))).toHaveLength(4);
  });

  it('says what apt said when it cannot be fetched', async () => {
    await tool('apt-get', `echo 'E: Unable to locate package dataset-tiny' >&2; exit 100`);
    await expect(load('/usr/share/datasets/tiny')).rejects.toThrow(
      /- Debian package dataset-tiny: apt-get .*ended with 100: E: Unable to locate package dataset-tiny/,
    );
    expect(await readdir(join(cache, 'tiny'))).toEqual([]);
  });

  it('is no source on a machine without apt', async () => {
    process.env['PATH'] = join(tools, 'empty');
    await expect(load('/usr/share/datasets/tiny')).rejects.toThrow(
      'Debian package dataset-tiny: apt-get is not on this machine',
    );
  });

  it('must hold the declared files', async () => {
    await tool('apt-get', 'touch dataset-tiny_2_all.deb');
    await writeFile(join(tools, 'package/usr/share/datasets/tiny/train-labels.gz'), 'a newer version');
    await expect(load('/usr/share/datasets/tiny')).rejects.toThrow(
      /not the declared file: train-labels\.gz has 15 bytes/,
    );
  });
});
