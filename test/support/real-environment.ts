/** The environment of somebody who works on a real host. */

/** Variables that lead to a real host, a real state or another folder; each value says so. */
export const REAL = {
  PROXMOX_VE_ENDPOINT: 'https://real:8006/',
  PROXMOX_VE_INSECURE: 'real',
  PROXMOX_VE_PASSWORD: 'real',
  PROXMOX_HOST: 'real',
  TF_VAR_proxmox_endpoint: 'https://real:8006/',
  TF_VAR_state_passphrase: 'real',
  TF_VAR_of_the_user: 'real',
  TF_HTTP_ADDRESS: 'https://real/state',
  TF_HTTP_PASSWORD: 'real',
  TF_CLI_ARGS: '-var=a=real',
  TF_CLI_ARGS_plan: '-target=real',
  TF_DATA_DIR: '/real',
  TF_WORKSPACE: 'real',
  ANSIBLE_INVENTORY: '/real',
  ANSIBLE_CONFIG: '/real',
  ANSIBLE_ROLES_PATH: '/real',
};

/** Variables that a user may go on using on a simulated host. */
export const LEADS_NOWHERE = { PROXMOX_API_TIMEOUT: '9', TF_CLI_CONFIG_FILE: '/mirror', ANSIBLE_HOME: '/home' };
