/** Which keys hold credentials: read, never resolved, never rendered, never shown. */

/** Such keys are common in the files of this community, which then must not be committed. */
const CREDENTIAL_KEY =
  /(?:^|_)(?:token|secret|password|passphrase|salt|webhook_url|(?:access|secret|private|api|auth|master|salt|encryption)_key)$/;

export function isCredentialKey(key: string): boolean {
  return CREDENTIAL_KEY.test(key);
}
