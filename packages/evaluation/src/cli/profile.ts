import { winnowCommand } from '@winnow/system/command';
import type { Command } from 'commander';
import { profileSettings } from '../profile/settings.js';
import { checkSettings, readOptions } from '../schema/settings.js';
import { addSettingsOptions } from './options.js';
import { withTensorflow } from './setup.js';

const EXAMPLES = `
Examples:
  winnow profile cifar-resnet32 --sparsity 0.9
  winnow profile wrn-16-4 --batch-size 64 --method rigl:sparsity=0.95
  winnow profile output/train/model --image-size 32 --json`;

/** `winnow profile` */
export function addProfile(program: Command): void {
  const command = program
    .command('profile')
    .description('time every layer of a training step, dense and sparse, and say why layers do not get faster')
    .argument('<model>', 'a model of `winnow models`, or a model.json that tfjs saved (or its folder)')
    .addHelpText('after', EXAMPLES);
  addSettingsOptions(command, profileSettings)
    .option('--json', 'as JSON')
    .action(async (given: string, { json, ...options }: Record<string, unknown>) => {
      const settings = checkSettings(profileSettings, readOptions(profileSettings, options), 'winnow profile', options);
      const { checkProfile, savedModelFile } = await import('../profile/check-profile.js');
      const file = savedModelFile(given);
      checkProfile(file, settings);
      const { profiledModel } = await withTensorflow(() => import('../profile/profiled-model.js'));
      const { profileModel } = await withTensorflow(() => import('../profile/profile-model.js'));
      const { profileTable } = await import('../profile/profile-table.js');
      const profiled = await profiledModel(given, file, settings);
      const result = await profileModel(profiled, settings, winnowCommand(process.argv.slice(2)));
      process.stdout.write(`${json ? JSON.stringify(result, null, 2) : profileTable(result)}\n`);
    });
}
