/** Who may set and remove which tags of a VM. Source: assert_tag_permissions of pve-guest-common src/PVE/GuestHelpers.pm. */

import { splitList } from '../../schema/formats.ts';
import { forbiddenTag } from '../../state/datacenter.ts';
import { forbidden } from '../../state/errors.ts';
import { tagsSeenBy } from '../cluster.ts';
import { needVm, type Asker } from './permissions.ts';

/** @throws ApiError 403 for a tag that the datacenter's options keep from the asker, be it new or gone */
export function needTags(asker: Asker, before: string, after: string): void {
  const { host, user } = asker;
  needVm(asker, 'VM.Config.Options');
  const [old, wanted] = [new Set(splitList(before)), new Set(splitList(after))];
  const changed = [...old, ...wanted].filter((tag) => old.has(tag) !== wanted.has(tag));
  const privileged = host.access.has(user, '/', 'Sys.Modify');
  const tag = forbiddenTag(host.datacenter, { privileged, seen: tagsSeenBy(host, user) }, changed);
  if (tag !== undefined) forbidden(`/, Sys.Modify for modifying tag '${tag}'`);
}
