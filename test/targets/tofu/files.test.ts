import { expect, it } from 'vitest';
import { tofu } from '../../../src/targets/tofu/index.ts';
import { sampleCluster } from '../../support/cluster.ts';
import { renderedBy } from '../../support/rendering.ts';
import { shapes } from '../../support/vm-shapes.ts';

const sample = sampleCluster();
const cloned = shapes['full clone'] ?? sample;

it('the files name the provider, the host and every node', () => {
  const text = (path: string): string => renderedBy(tofu, sample).get(path)?.content ?? '';
  expect(text('versions.tf')).toMatch(/">= 1\.10\.0"[\s\S]*"bpg\/proxmox"[\s\S]*"0\.111\.1"/);
  expect(text('variables.tf')).toContain('"https://pve1.home.example:8006/"');
  expect(text('outputs.tf')).toMatch(/cp-1 += "10\.10\.10\.11"[\s\S]*w-1 += "10\.10\.10\.21"/);
  expect(text('tests/plan.tftest.hcl')).toMatch(
    /talos_node\) == 4\n[\s\S]*talos_node\["cp-1"\]\.smbios\[0\]\.uuid == "8f8a/,
  );
});

it('a file stands there only where the cluster needs it', () => {
  const files = (changes: Partial<typeof sample.tofu>): string[] =>
    [...renderedBy(tofu, { ...sample, tofu: { ...sample.tofu, ...changes } }).keys()].sort();
  expect(files({ encryption: true })).toContain('encryption.tofu');
  expect(files({ encryption: false })).not.toContain('encryption.tofu');
  expect(files({ backend: 'http', backendAddress: 'https://state.example/home' })).toContain('backend.tf');
  expect(files({})).not.toContain('backend.tf');
  expect(files({})).not.toContain('templates.tf');
  expect([...renderedBy(tofu, cloned).keys()]).toContain('templates.tf');
  expect(files({})).toContain('create-token.sh');
});
