import { spawnSync } from 'node:child_process';
import { resolve } from 'node:path';

/** Counts what passed and failed; a step that fails does not keep the later ones from running. */
export class Tally {
  private passed = 0;
  private failed = 0;
  private readonly failures: string[] = [];
  private readonly start = performance.now();

  constructor(private readonly root: string) {}

  /** One check that throws if it fails. */
  async check(name: string, work: () => Promise<unknown>): Promise<void> {
    await this.suite(name, async () => {
      await work();
      return { passed: 1, failed: 0 };
    });
  }

  /** One check that is a command; see `run`. */
  command(name: string, tool: string, args: string[]): void {
    this.title(name);
    this.count(name, this.run(tool, args) ? { passed: 1, failed: 0 } : { passed: 0, failed: 1 });
  }

  /** Many checks that count themselves. */
  async suite(
    name: string,
    work: () => Promise<{ passed: number; failed: number }> | { passed: number; failed: number },
  ): Promise<void> {
    this.title(name);
    try {
      this.count(name, await work());
    } catch (error) {
      process.stdout.write(`${error instanceof Error ? (error.stack ?? error.message) : String(error)}\n`);
      this.count(name, { passed: 0, failed: 1 });
    }
  }

  /** Runs a tool of the workspace (or a program given by its path) with its output shown; whether it succeeded. */
  run(tool: string, args: string[]): boolean {
    const program = resolve(this.root, 'node_modules/.bin', tool);
    return spawnSync(program, args, { cwd: this.root, stdio: 'inherit' }).status === 0;
  }

  /** Prints the closing line; the exit code. */
  report(): number {
    for (const failure of this.failures) process.stdout.write(`failed: ${failure}\n`);
    process.stdout.write(`\nin ${Math.round((performance.now() - this.start) / 1000)} s\n`);
    process.stdout.write(`${this.passed} passed, ${this.failed} failed\n`);
    return this.failed === 0 ? 0 : 1;
  }

  private title(name: string): void {
    process.stdout.write(`\n── ${name}\n`);
  }

  private count(name: string, { passed, failed }: { passed: number; failed: number }): void {
    // A suite that ran nothing proves nothing.
    const isEmpty = passed + failed === 0;
    this.passed += passed;
    this.failed += isEmpty ? 1 : failed;
    if (failed > 0 || isEmpty) this.failures.push(isEmpty ? `${name} (ran no test)` : name);
  }
}
