import { type ChildProcess, spawn } from 'node:child_process';
import { createInterface } from 'node:readline';
import { fileURLToPath } from 'node:url';
import type { ProcessMemory } from './memory.js';
import { forgetPeak, processMemory } from './memory.js';
import { peerPython } from './peer-environment.js';
import type { Answer, Request } from './protocol.js';
import type { Suite } from './suite.js';

const root = fileURLToPath(new URL('../../', import.meta.url));

/** The environment variables that set the size of any side's thread pool. */
function threadSettings(threads: number): Record<string, string> {
  const names = [
    'WINNOW_THREADS',
    'TF_NUM_INTRAOP_THREADS',
    'OMP_NUM_THREADS',
    'MKL_NUM_THREADS',
    'OPENBLAS_NUM_THREADS',
  ];
  return Object.fromEntries(names.map((name) => [name, String(threads)]));
}

function pythonModule({ folder, name }: Suite): string {
  const module = name.replaceAll('-', '_');
  return folder === undefined ? module : `${folder}.${module}`;
}

/** A process that runs one side of a suite with a fixed number of threads. */
export class Side {
  private readonly child: ChildProcess;
  private readonly lines: AsyncIterator<string>;

  constructor(
    suite: Suite,
    readonly peer: string,
    readonly threads: number,
  ) {
    const isNode = peer === 'ours' || suite.nodePeers?.[peer] !== undefined;
    const [program, args] = isNode
      ? [
          process.execPath,
          [
            '--conditions=winnow-source',
            '--import',
            import.meta.resolve('tsx'),
            `${root}src/harness/node-side.ts`,
            `${suite.folder ?? 'kernels'}/${suite.name}`,
            peer,
          ],
        ]
      : [peerPython(), [`${root}peers/side.py`, pythonModule(suite), peer]];
    this.child = spawn(program, args, {
      stdio: ['pipe', 'pipe', 'inherit'],
      env: { ...process.env, ...threadSettings(threads), TF_CPP_MIN_LOG_LEVEL: '2' },
    });
    this.lines = createInterface({ input: this.child.stdout! })[Symbol.asyncIterator]();
  }

  /**
   * Sends a request and waits for its answer.
   *
   * @throws Error if the side fails or ends
   */
  async ask(request: Request): Promise<Answer> {
    this.child.stdin!.write(`${JSON.stringify(request)}\n`);
    const { value, done } = await this.lines.next();
    if (done) throw new Error(`${this.peer} (${this.threads} threads) ended before it answered`);
    const answer = JSON.parse(value) as Answer;
    if (answer.error !== undefined) throw new Error(`${this.peer} (${this.threads} threads): ${answer.error}`);
    return answer;
  }

  memory(): ProcessMemory {
    return processMemory(this.child.pid as number);
  }

  forgetPeak(): void {
    forgetPeak(this.child.pid as number);
  }

  end(): void {
    this.child.stdin!.end();
  }
}
