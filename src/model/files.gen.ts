export interface VmSizeFile { cores?: number; sockets?: number; memory?: number; disk_size?: number }
export interface ClusterFile {
  cluster_name?: string; node_cidr: string; cluster_api_addr: string; node_default_gateway?: string;
  node_dns_servers?: string[]; node_ntp_servers?: string[]; node_vlan_tag?: string | number; proxmox_vlan_mode?: boolean;
  cluster_api_tls_sans?: string[]; cluster_pod_cidr?: string; cluster_svc_cidr?: string;
  cluster_gateway_addr?: string; cluster_dns_gateway_addr?: string; cloudflare_gateway_addr?: string;
  cilium_lb_pool_cidr?: string; cilium_bgp_router_addr?: string; cilium_bgp_router_asn?: string | number; cilium_bgp_node_asn?: string | number;
  talos_version?: string; kubernetes_version?: string; schematic_id?: string;
  proxmox_api_url?: string; proxmox_node?: string; proxmox_insecure?: boolean; proxmox_iso_storage?: string; proxmox_disk_storage?: string;
  proxmox_api_token_id?: string; proxmox_api_token_secret?: string; proxmox_ccm_enabled?: boolean;
  proxmox_vm_defaults?: VmSizeFile; proxmox_vm_controller_defaults?: VmSizeFile; proxmox_vm_worker_defaults?: VmSizeFile;
  proxmox_vm_advanced?: { bios?: 'ovmf' | 'seabios'; machine?: 'q35' | 'i440fx'; cpu_type?: string; scsi_hw?: 'virtio-scsi-pci' | 'virtio-scsi-single' | 'lsi'; balloon?: number; numa?: boolean; qemu_agent?: boolean; net_queues?: number; disk_discard?: boolean; disk_ssd?: boolean; tags?: string[]; network_bridge?: string; ostype?: string; disk_backup?: boolean; disk_replicate?: boolean };
  talos?: { extensions?: string[]; kernel_args?: string[]; factory_url?: string; tool?: 'talosctl' | 'talhelper' | 'topf'; cni?: 'none' | 'flannel' };
  nocloud?: { method?: 'ipconfig' | 'cicustom' | 'nocloud-net'; server_url?: string; dhcp?: boolean };
  proxmox?: { boot_source?: 'image' | 'template' | 'iso'; default_target?: 'ansible' | 'crossplane' | 'tofu'; vm_id_base?: number; template_id_base?: number; template_full_clone?: boolean; pool?: string; import_storage?: string; snippets_storage?: string; protection?: boolean; on_boot?: boolean; firewall?: boolean; watchdog?: boolean; hosts?: { [k: string]: { disk_storage?: string; iso_storage?: string; import_storage?: string; snippets_storage?: string; bridge?: string; template_id?: number } } };
  ansible?: { forks?: number; restart_if_needed?: boolean; wait_timeout?: number; task_timeout?: number };
  crossplane?: { context?: string; namespace?: string; group?: string; style?: 'composition' | 'managed' };
  tofu?: { backend?: 'local' | 'http'; backend_address?: string; encryption?: boolean; parallelism?: number };
  [k: string]: unknown;
}
export interface NodeFile {
  name: string; address: string; controller: boolean; disk?: string; mac_addr?: string; schematic_id?: string; mtu?: number; secureboot?: boolean; encrypt_disk?: boolean; kernel_modules?: string[];
  vm_id?: number; vm_cores?: number; vm_sockets?: number; vm_memory?: number; vm_disk_size?: number; vm_startup_order?: number; vm_startup_delay?: number; vm_shutdown_delay?: number;
  cores?: number; memory?: number; disk_size?: number;
  proxmox_node?: string; vlan_tag?: string | number; labels?: { [k: string]: string }; taints?: string[];
  vm_boot_source?: 'image' | 'template' | 'iso'; vm_disk_storage?: string; vm_bridge?: string; vm_cpu_type?: string; vm_tags?: string[];
  vm_extra_disks?: { size: number; storage?: string; name?: string; serial?: string; backup?: boolean }[];
  vm_extra_nics?: { bridge: string; mac_addr?: string; vlan_tag?: string | number; mtu?: number; address?: string }[];
}
export interface NodesFile { nodes: NodeFile[] }
