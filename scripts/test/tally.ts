import { spawnSync } from 'node:child_process';
import { resolve } from 'node:path';

/** Result of a test suite. */
export interface SuiteResult {
  passed: number;
  failed: number;
  skipped?: number;
  /** The failed tests and their output. */
  failures: readonly { name: string; output: string }[];
}

/** Counts what passed and failed. A failing step does not prevent later ones from running. */
export class Tally {
  private passed = 0;
  private failed = 0;
  private skipped = 0;
  private readonly failures: string[] = [];
  private readonly start = performance.now();

  /**
   * @param root directory to run commands in
   * @param write receives the results
   */
  constructor(
    private readonly root: string,
    private readonly write: (text: string) => void = (text) => void process.stdout.write(text),
  ) {}

  /** Runs a check that throws if it fails. */
  async check(name: string, work: () => Promise<unknown>): Promise<void> {
    await this.suite(name, async () => {
      await work();
      return { passed: 1, failed: 0, failures: [] };
    });
  }

  /** Runs a check that is a command; see `run`. */
  command(name: string, tool: string, args: string[]): void {
    this.title(name);
    const isGood = this.run(tool, args);
    this.count(name, { passed: Number(isGood), failed: Number(!isGood), failures: [] });
  }

  /** Runs a suite that counts its own tests. */
  async suite(name: string, work: () => Promise<SuiteResult> | SuiteResult): Promise<void> {
    this.title(name);
    try {
      this.count(name, await work());
    } catch (error) {
      this.write(`${error instanceof Error ? (error.stack ?? error.message) : String(error)}\n`);
      this.count(name, { passed: 0, failed: 1, failures: [] });
    }
  }

  /**
   * Runs a tool of the workspace, or a program given by its path, and shows its output. Returns whether it succeeded.
   */
  run(tool: string, args: string[]): boolean {
    const program = resolve(this.root, 'node_modules/.bin', tool);
    return spawnSync(program, args, { cwd: this.root, stdio: 'inherit' }).status === 0;
  }

  /** Prints the last line and returns the exit code. */
  report(): number {
    for (const failure of this.failures) this.write(`failed: ${failure}\n`);
    this.write(`\nin ${Math.round((performance.now() - this.start) / 1000)} s\n`);
    const skipped = this.skipped > 0 ? `, ${this.skipped} skipped` : '';
    this.write(`${this.passed} passed, ${this.failed} failed${skipped}\n`);
    return this.failed === 0 ? 0 : 1;
  }

  private title(name: string): void {
    this.write(`\n── ${name}\n`);
  }

  private count(name: string, { passed, failed, skipped = 0, failures }: SuiteResult): void {
    // A suite that ran no test proves nothing, so it fails.
    const isEmpty = passed + failed === 0;
    this.passed += passed;
    this.skipped += skipped;
    this.failed += isEmpty ? 1 : failed;
    for (const { name: test, output } of failures) {
      this.write(`\n${output}\n`);
      this.failures.push(`${name}: ${test}`);
    }
    if (isEmpty) this.failures.push(`${name} (ran no test)`);
    else if (failed > 0 && failures.length === 0) this.failures.push(name);
  }
}
