/** Variables of the environment that would lead a backend's tool to another host, state or folder than the one meant. */

/** A timeout leads nowhere. */
const LEADS_ELSEWHERE =
  /^(?:PROXMOX_(?!API_TIMEOUT$)|TF_VAR_|TF_HTTP_|TF_CLI_ARGS|TF_DATA_DIR$|TF_WORKSPACE$|ANSIBLE_(?:INVENTORY|CONFIG|ROLES_PATH)$)/;

/** @param name of a variable that is set */
export function leadsElsewhere(name: string): boolean {
  return LEADS_ELSEWHERE.test(name);
}
