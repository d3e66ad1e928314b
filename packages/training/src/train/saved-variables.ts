import type { tf } from '@winnow/tensorflow';
import type { TaskDescription } from './task.js';

/**
 * All variables in a task's checkpoint: those it saves and those of its transform, by names that are the same in every
 * process.
 *
 * @throws Error if two variables have the same name
 */
export function savedVariables(task: TaskDescription): ReadonlyMap<string, tf.Variable> {
  const variables = new Map<string, tf.Variable>();
  const add = (name: string, variable: tf.Variable) => {
    if (variables.has(name)) {
      throw new Error(
        `trainTask: two saved variables of ${task.name} are called '${name}'; the task's nameOf must tell them apart`,
      );
    }
    variables.set(name, variable);
  };
  for (const variable of task.saved) add(task.nameOf?.(variable) ?? variable.name, variable);
  for (const { path, name, variable } of task.transform?.variables ?? []) add(`transform/${path}/${name}`, variable);
  return variables;
}
