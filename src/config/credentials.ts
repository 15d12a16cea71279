/** Which keys hold credentials: read, never resolved, never rendered, never shown. */

/** Such keys are common in the files of this community, which then must not be committed. */
const CREDENTIAL_KEY =
  /(?:^|_)(?:token|secret|password|passphrase|salt|webhook_url|(?:access|secret|private|api|auth|master|salt|encryption)_key)$/;

/** Flags of that form that name a kind of token instead: `simple`, `jwt`. Source: etcd-io/etcd server/etcdmain/help.go. */
const NO_CREDENTIAL: readonly string[] = ['auth-token'];

/** @param key alone, or behind those that lead to it: `api_key`, `client-secret`, `clientSecret`, `talos.token` */
export function isCredentialKey(key: string): boolean {
  const words = key.replace(/([a-z\d])([A-Z])/g, '$1_$2').replace(/[.-]/g, '_');
  return CREDENTIAL_KEY.test(words.toLowerCase());
}

/** Is the value of a key a credential, by what the key is called? A path is where one lies. */
export function isCredentialValue(key: string, value: string): boolean {
  return isCredentialKey(key) && !NO_CREDENTIAL.includes(key) && !value.startsWith('/');
}
