/** `/cluster/ha/groups` and `/cluster/ha/rules`. Source: pve-ha-manager src/PVE/API2/HA/{Groups,Rules}.pm. */

import { splitList } from '../schema/formats.ts';
import { fail } from '../state/errors.ts';
import {
  checkedSettings,
  nodesOf,
  resourcesOf,
  underHaLock,
  withoutKeys,
  type HaSettings,
} from '../state/ha-config.ts';
import { ruleErrors } from '../state/ha-rules.ts';
import type { Host } from '../state/host.ts';
import { needQuorum } from '../state/quorum.ts';
import { need, type Call, type Handlers } from './call.ts';

const GROUP = '/cluster/ha/groups/{group}';
const RULE = '/cluster/ha/rules/{rule}';

export const HA_PLACEMENT_HANDLERS: Handlers = {
  'GET /cluster/ha/groups': (call) => {
    needGroups(call, 'index groups');
    return [...call.host.ha.config.groups.keys()].map((group) => groupAnswer(call.host, group));
  },
  'POST /cluster/ha/groups': createGroup,
  [`GET ${GROUP}`]: (call) => {
    needGroups(call, 'read group');
    return groupAnswer(call.host, need(call, 'group'));
  },
  [`PUT ${GROUP}`]: updateGroup,
  [`DELETE ${GROUP}`]: deleteGroup,
  'GET /cluster/ha/rules': rules,
  'POST /cluster/ha/rules': createRule,
  [`GET ${RULE}`]: (call) => ruleAnswer(call.host, need(call, 'rule')),
  [`PUT ${RULE}`]: updateRule,
  [`DELETE ${RULE}`]: (call) => {
    change(call.host, 'delete ha rule failed', () => {
      call.host.ha.config.rules.delete(need(call, 'rule'));
    });
  },
};

function needGroups({ host }: Call, what: string): void {
  if (host.ha.config.groupsMigrated) fail(`cannot ${what}: ha groups have been migrated to rules`);
}

/** What is changed holds from the manager's next round on. */
function change(host: Host, failure: string, work: () => void): void {
  underHaLock(host.nodeStates.quorate, failure, work);
  host.ha.notice();
}

function groupAnswer({ ha: { config } }: Host, group: string): HaSettings {
  const settings = config.groups.get(group) ?? fail(`no such ha group '${group}'`);
  return { ...settings, group, digest: config.digest('groups') };
}

function createGroup(call: Call): void {
  const { host, parameters } = call;
  needGroups(call, 'create group');
  needQuorum(host);
  const { group = '', type: _type, ...rest } = parameters;
  const settings = checkedSettings('group', rest, true);
  change(host, 'create ha group failed', () => {
    const { groups } = host.ha.config;
    if (groups.has(group)) fail(`ha group ID '${group}' already defined`);
    groups.set(group, { type: 'group', ...settings });
  });
}

function updateGroup(call: Call): void {
  const { host, parameters } = call;
  needGroups(call, 'update group');
  const { group = '', type: _type, digest, delete: deletes = '', ...rest } = parameters;
  change(host, 'update ha group failed', () => {
    const { config } = host.ha;
    config.needUnchanged('groups', digest);
    const before = config.groups.get(group) ?? fail(`no such ha group '${group}'`);
    const merged = { ...before, ...checkedSettings('group', rest, false) };
    config.groups.set(group, withoutKeys('group', merged, splitList(deletes)));
  });
}

function deleteGroup(call: Call): void {
  const { host } = call;
  needGroups(call, 'delete group');
  change(host, 'delete ha group failed', () => {
    const { resources, groups } = host.ha.config;
    const group = need(call, 'group');
    const user = [...resources].find(([, settings]) => settings['group'] === group);
    if (user !== undefined) fail(`ha group is used by service '${user[0]}'`);
    groups.delete(group);
  });
}

function rules({ host, parameters: { type, resource } }: Call): unknown {
  return [...host.ha.config.rules]
    .filter(
      ([, rule]) =>
        (type === undefined || rule['type'] === type) &&
        (resource === undefined || resourcesOf(rule).includes(resource)),
    )
    .map(([id]) => ruleAnswer(host, id));
}

function ruleAnswer(host: Host, id: string): unknown {
  const { config } = host.ha;
  const rule = config.rules.get(id) ?? fail(`no such ha rule '${id}'`);
  const errors = ruleErrors(config.rules, nodeNames(host)).get(id);
  return {
    ...rule,
    rule: id,
    digest: config.digest('rules'),
    order: [...config.rules.keys()].indexOf(id) + 1,
    ...(errors === undefined ? {} : { errors: { resources: errors } }),
  };
}

function nodeNames({ nodes }: Host): string[] {
  return nodes.map(({ name }) => name);
}

function createRule(call: Call): void {
  const { host, parameters } = call;
  needQuorum(host);
  if (!host.ha.config.groupsMigrated) fail('cannot create ha rule: ha groups have not been migrated yet');
  const { rule = '', type = '', ...rest } = parameters;
  const settings = checkedSettings(type, withoutOff(rest), true);
  change(host, 'create ha rule failed', () => {
    if (host.ha.config.rules.has(rule)) fail(`HA rule '${rule}' already defined`);
    put(host, rule, { type, ...settings });
  });
}

function updateRule(call: Call): void {
  const { host, parameters } = call;
  const { config } = host.ha;
  if (!config.groupsMigrated) fail('cannot update ha rule: ha groups have not been migrated yet');
  const { rule = '', type, digest, delete: deletes = '', ...rest } = parameters;
  change(host, 'update HA rules failed', () => {
    config.needUnchanged('rules', digest);
    const before = config.rules.get(rule) ?? fail(`HA rule '${rule}' does not exist`);
    if (type !== undefined && type !== before['type']) fail("unexpected property 'type'");
    const ruleType = String(before['type']);
    const merged = { ...before, ...checkedSettings(ruleType, withoutOff(rest), false) };
    put(host, rule, withoutKeys(ruleType, merged, splitList(deletes)));
  });
}

/** A rule that is not switched off does not say so. */
function withoutOff({ disable, ...rest }: Readonly<Record<string, string>>): Record<string, string> {
  return disable === '1' ? { ...rest, disable } : rest;
}

/** @throws ApiError for resources and hosts that are not there, and for a rule that cannot be kept */
function put(host: Host, id: string, settings: HaSettings): void {
  const { config } = host.ha;
  const unmanaged = resourcesOf(settings)
    .filter((sid) => !config.resources.has(sid))
    .sort();
  if (unmanaged.length > 0) fail(`cannot use unmanaged resource(s) ${unmanaged.join(', ')}.`);
  const missing = [...nodesOf(settings).keys()].filter((node) => !host.hasNode(node)).sort();
  if (missing.length > 0) fail(`cannot use non-existant node(s) ${missing.join(', ')}.`);
  const rule = { ...settings, ...sorted(settings) };
  const errors = ruleErrors(new Map([...config.rules, [id, rule]]), nodeNames(host)).get(id);
  // The lock around it makes text of what began as 400 with the errors by parameter.
  if (errors !== undefined) fail(`400 Rule '${id}' is invalid.\nresources: ${errors.join(', ')}`);
  config.rules.set(id, rule);
}

function sorted(settings: HaSettings): HaSettings {
  const nodes = [...nodesOf(settings)]
    .sort(([a], [b]) => (a < b ? -1 : 1))
    .map(([node, priority]) => (priority === 0 ? node : `${node}:${priority}`));
  return {
    resources: [...new Set(resourcesOf(settings))].sort().join(','),
    ...(nodes.length === 0 ? {} : { nodes: nodes.join(',') }),
  };
}
