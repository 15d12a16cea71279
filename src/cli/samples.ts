/** What `talmox init` writes: the smallest input that is right, with the keys most people add next. */

export const CLUSTER_SAMPLE = `# cluster.yaml: what holds for the whole cluster. Every key: \`talmox schema cluster\`.
cluster_name: home

# Kubernetes must be a version this Talos runs; \`talmox validate\` knows.
talos_version: "1.13.9"
kubernetes_version: "1.36.3"

# The nodes' network, and an unused address in it for the Kubernetes API.
node_cidr: 10.10.10.0/24
cluster_api_addr: 10.10.10.5
# node_default_gateway: 10.10.10.1
# node_dns_servers: [10.10.10.1]

# Proxmox VE: these two keys switch the VM targets on. The token's secret stays in the environment.
proxmox_api_url: https://10.10.10.2:8006
proxmox_node: pve1
# proxmox_api_token_id: automation@pve!talmox
# proxmox_disk_storage: local-lvm

# talos:
#   extensions: [siderolabs/qemu-guest-agent]
`;

export const NODES_SAMPLE = `# nodes.yaml: one entry per Talos machine. Every key: \`talmox schema nodes\`.
nodes:
  - name: cp-1
    address: 10.10.10.11
    controller: true
  - name: w-1
    address: 10.10.10.21
    controller: false
    # vm_memory: 32768
    # vm_extra_disks: [{ name: data, size: 200 }]
`;
