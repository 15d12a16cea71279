/**
 * Taskfiles for go-task 3, from the targets' own tables of tasks.
 *
 * `set`, `env` and `vars` of an included Taskfile are dropped or leak into every other task, so
 * everything here stands on the task itself. Source: go-task taskfile/ast/taskfile.go.
 */

import type { Cluster } from '../../model/cluster.ts';
import { commandLine } from '../../model/command-line.ts';
import type { Target } from '../../model/target.ts';
import type { Command, Task } from '../../model/task.ts';
import type { Tool } from '../../model/tool.ts';

type Document = Readonly<Record<string, unknown>>;

/** `out/<target>/Taskfile.yaml` */
export function targetTaskfile(target: Target, cluster: Cluster): Document {
  const tasks = target.tasks(cluster).map((task) => [task.name, taskEntry(task, target, cluster)] as const);
  return { version: '3', tasks: Object.fromEntries(tasks) };
}

/** `out/Taskfile.yaml`: every target under its own name, the chosen backend also as `infra`. */
export function rootTaskfile(targets: readonly Target[], cluster: Cluster): Document {
  const chosen = cluster.proxmox?.defaultTarget ?? null;
  const includes = targets
    .filter((target) => target.tasks(cluster).length > 0)
    .map((target) => {
      const alias = target.name === chosen ? { aliases: ['infra'] } : {};
      return [target.name, { taskfile: `./${target.name}/Taskfile.yaml`, ...alias }] as const;
    });
  return { version: '3', includes: Object.fromEntries(includes) };
}

function taskEntry(task: Task, target: Target, cluster: Cluster): Document {
  const preconditions = [...toolChecks(task, target.tools), ...task.requiredEnv.map(environmentCheck)];
  return {
    desc: goText(task.description),
    ...(task.aliases.length > 0 ? { aliases: task.aliases } : {}),
    dir: directory(task.commands[0], target),
    ...(task.destructive ? confirmation(task, cluster) : {}),
    ...(preconditions.length > 0 ? { preconditions } : {}),
    cmds: task.commands.map((command) => `${goText(taskLine(command))}${parameterOf(task)}`),
  };
}

/** Beside this Taskfile, wherever `task` is called from. */
function directory(command: Command, target: Target): string {
  return command.cwd === target.name ? '{{.TASKFILE_DIR}}' : `{{.TASKFILE_DIR}}/../${goText(command.cwd)}`;
}

/**
 * The runner's line. Where a program says "there are changes" by its exit code, that is no failure
 * of the task; `talmox plan` tells the difference by its exit code.
 */
function taskLine(command: Command): string {
  const tolerated = Object.keys(command.exitCodes)
    .map((code) => ` || test $? -eq ${code}`)
    .join('');
  return `${commandLine(command)}${tolerated}`;
}

/** One word, or none where the caller did not set the variable. */
function parameterOf({ parameter }: Task): string {
  return parameter === null ? '' : `{{if .${parameter}}} {{.${parameter} | q}}{{end}}`;
}

/** The cluster's name as a variable works in CI too, where there is nobody to answer a prompt. */
function confirmation(task: Task, cluster: Cluster): Document {
  return {
    requires: { vars: [{ name: 'CONFIRM', enum: [cluster.name] }] },
    prompt: goText(`${task.description}. Continue?`),
  };
}

/** One check per program: `command -v a b` succeeds when only one of them is there. */
function toolChecks(task: Task, tools: readonly Tool[]): Document[] {
  const started = task.commands.flatMap(({ argv: [name] }) => tools.find((tool) => tool.name === name) ?? []);
  const needed = new Set([...started, ...task.programs]);
  return [...needed].map(({ name, install }) => ({
    sh: `command -v ${name}`,
    msg: goText(`${name} is not installed: ${install}`),
  }));
}

function environmentCheck(name: string): Document {
  return { sh: `test -n "$${name}"`, msg: `set ${name} in the environment first` };
}

/** Text that go-task's templates print as it is. */
function goText(text: string): string {
  return text.replaceAll('{{', '{{`{{`}}');
}
