import type { Command } from 'commander';

/** `winnow inspect` */
export function addInspect(program: Command): void {
  program
    .command('inspect')
    .description('show how many weights of each kernel in a file are zero, and in what pattern')
    .argument('<file>', 'a model.json that tfjs saved (or its folder), or a .safetensors file, such as a checkpoint')
    .option('--json', 'as JSON')
    .action(async (file: string, options: { json?: boolean }) => {
      const { inspectFile } = await import('../inspect/inspect-file.js');
      const { inspectionTable } = await import('../inspect/inspection-table.js');
      const inspected = await inspectFile(file);
      process.stdout.write(`${options.json ? JSON.stringify(inspected, null, 2) : inspectionTable(inspected)}\n`);
    });
}
