import { execFileSync } from 'node:child_process';
import { mkdirSync, symlinkSync } from 'node:fs';
import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import { readRevision, type RevisionFiles } from '../../src/io/revision.ts';
import { UsageError } from '../../src/model/errors.ts';
import { createWorkspace, type Workspace } from '../support/workspace.ts';

let space: Workspace;
beforeEach(() => {
  space = createWorkspace();
});
afterEach(() => {
  space.remove();
});

const git = (...args: string[]): void => {
  const who = ['-c', 'user.name=a', '-c', 'user.email=a@b.c', '-c', 'commit.gpgsign=false'];
  execFileSync('git', [...who, ...args], { cwd: space.directory, stdio: 'ignore' });
};
const commit = (folder: string, text: string): void => {
  space.write(`${folder}cluster.yaml`, `cluster_name: ${text}\n`);
  space.write(`${folder}nodes.yaml`, 'nodes: []\n');
  space.write(`${folder}out/README.md`, `of ${text}\n`);
  space.write(`${folder}out/tofu/ä b.tf`, `# ${text}\n`);
  git('add', '--all', '--force');
  git('commit', '--message', text);
};
const texts = ({ clusterText, out }: RevisionFiles): string[] => [
  Buffer.from(clusterText).toString('utf8'),
  ...out.map(({ path, content, mode }) => `${path} ${mode.toString(8)} ${Buffer.from(content).toString('utf8')}`),
];

describe('a git revision', () => {
  it('is what was committed then, whatever lies in the folder now', () => {
    git('init');
    commit('', 'one');
    commit('', 'two');
    space.write('cluster.yaml', 'cluster_name: three\n');
    expect(texts(readRevision(space.directory, 'HEAD~1'))).toEqual([
      'cluster_name: one\n',
      'README.md 644 of one\n',
      'tofu/ä b.tf 644 # one\n',
    ]);
    expect(texts(readRevision(space.directory, 'HEAD'))[0]).toBe('cluster_name: two\n');
  });

  it('is read from the folder of the inputs, wherever in the repository that is', () => {
    git('init');
    commit('clusters/a/', 'of-a');
    commit('clusters/b/', 'of-b');
    expect(texts(readRevision(space.path('clusters/b'), 'HEAD'))[0]).toBe('cluster_name: of-b\n');
    expect(() => readRevision(space.path('clusters/b'), 'HEAD~1')).toThrow(/HEAD~1 has no cluster.yaml/);
  });

  it('without its output is none to build', () => {
    git('init');
    space.write('cluster.yaml', 'a: 1\n');
    space.write('nodes.yaml', 'a: 1\n');
    git('add', 'cluster.yaml', 'nodes.yaml');
    git('commit', '--message', 'inputs');
    expect(() => readRevision(space.directory, 'HEAD')).toThrow(/has no out\/; commit the output together/);
  });
});

describe('a directory', () => {
  it('is what lies there, links and folders apart', () => {
    space.write('old/cluster.yaml', 'cluster_name: old\n');
    space.write('old/nodes.yaml', 'nodes: []\n');
    space.write('old/out/a/b.sh', '#!/bin/sh\n');
    expect(texts(readRevision(space.directory, 'old'))).toEqual(['cluster_name: old\n', 'a/b.sh 644 #!/bin/sh\n']);
  });

  it('may be a link, and so may its inputs', () => {
    space.write('old/nodes.yaml', 'nodes: []\n');
    space.write('old/out/a.sh', 'a\n');
    space.write('shared.yaml', 'cluster_name: linked\n');
    symlinkSync(space.path('shared.yaml'), space.path('old/cluster.yaml'));
    symlinkSync('old', space.path('latest'));
    expect(texts(readRevision(space.directory, 'latest'))).toEqual(['cluster_name: linked\n', 'a.sh 644 a\n']);
  });

  const told = (name: string): string => {
    try {
      readRevision(space.directory, name);
    } catch (error) {
      expect(error).toBeInstanceOf(UsageError);
      return (error as UsageError).message;
    }
    return '';
  };

  it('whose inputs or output are none is told', () => {
    space.write('old/nodes.yaml', 'nodes: []\n');
    mkdirSync(space.path('old/cluster.yaml'));
    expect(told('old')).toBe('cluster.yaml of old is not a file');
    execFileSync('mkfifo', [space.path('pipe')]);
    space.write('new/cluster.yaml', 'a: 1\n');
    symlinkSync(space.path('pipe'), space.path('new/nodes.yaml'));
    expect(told('new')).toBe('nodes.yaml of new is not a file');
    space.write('other/cluster.yaml', 'a: 1\n');
    space.write('other/nodes.yaml', 'nodes: []\n');
    space.write('other/out', 'a file\n');
    expect(told('other')).toBe('other has no out/; commit the output together with the input');
  });

  it.each(['', ' '])('without a name (%j) is none, even where the inputs lie', (name) => {
    space.write('out/README.md', 'of today\n');
    expect(told(name)).toBe('--from is empty; write a git revision, or a directory');
  });

  it.each(['nowhere', '--output=x', 'cluster.yaml', 'x'.repeat(5000)])('that is none, %s, is told', (name) => {
    expect(() => readRevision(space.directory, name)).toThrow(
      `--from ${name} is neither a revision of this git repository nor a directory`,
    );
  });
});
