/** From a TalosNode to the provider's EnvironmentVM: at once, or as the routes by which a composition patches it. */

import type { Vm } from '../../model/cluster.ts';
import { membersOf, valueOf, type Member } from './fields.ts';
import { MACHINE } from './machine.ts';

type Fields = Readonly<Record<string, unknown>>;

/** From a path of the composite to a path of the VM. A source that is not set leaves the target out. */
export type Route = readonly [from: string, to: string];

const MEMBERS = membersOf(MACHINE);

/** The VM in the provider's form, where every block is a list of one. */
export function lowered(vm: Vm): Fields {
  return loweredMembers(MEMBERS, valueOf(MACHINE, vm, vm));
}

function loweredMembers(members: readonly Member[], fields: Fields): Fields {
  return Object.fromEntries(
    members.flatMap(({ name, provider, parts }) => {
      const value = fields[name];
      if (value === undefined) return [];
      return [[provider, parts === null ? value : [loweredMembers(valuesFirst(parts), value as Fields)]]];
    }),
  );
}

/**
 * One route per value or block.
 * @param base blocks that the composition itself has fields in: they are patched field by field, not as a whole
 */
export function routes(base: readonly string[]): readonly Route[] {
  return routesOf(MEMBERS, 'spec', 'spec.forProvider', base);
}

function routesOf(members: readonly Member[], from: string, to: string, base: readonly string[]): readonly Route[] {
  const isInBase = ({ name }: Member): boolean => base.includes(name);
  const isNested = ({ parts }: Member): boolean => parts?.some((part) => part.parts !== null) ?? false;
  const wholes = members.filter((member) => !isInBase(member) && !isNested(member));
  const inParts = [...members.filter(isInBase), ...members.filter(isNested)];
  return [
    ...valuesFirst(wholes).map(({ name, provider, parts }): Route => [
      `${from}.${name}`,
      `${to}.${provider}${parts === null ? '' : '[0]'}`,
    ]),
    ...inParts.flatMap(({ name, provider, parts }) =>
      routesOf(parts ?? [], `${from}.${name}`, `${to}.${provider}[0]`, []),
    ),
  ];
}

/** Values under their own name, then those that the provider calls otherwise, then blocks. */
function valuesFirst(members: readonly Member[]): readonly Member[] {
  const rank = ({ name, provider, parts }: Member): number => (parts !== null ? 2 : name === provider ? 0 : 1);
  return members.toSorted((a, b) => rank(a) - rank(b));
}
