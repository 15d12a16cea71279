/**
 * What users write: the shapes of cluster.yaml and nodes.yaml.
 * Generated from schemas/ by `npm run test:update`; do not edit.
 */
/**
 * cluster.yaml: what holds for the whole cluster. Other top-level keys are kept for your own templates.
 */
export interface ClusterFile {
  /**
   * Name of the cluster: in Talos, in VM descriptions, in derived identities. Changing it changes every derived MAC address and UUID.
   */
  cluster_name?: string;
  /**
   * The network the nodes live in, without host bits.
   */
  node_cidr: string;
  /**
   * Router of the node network. Default: the first address of node_cidr.
   */
  node_default_gateway?: string;
  /**
   * DNS servers of the nodes.
   *
   * @minItems 1
   * @maxItems 32
   */
  node_dns_servers?: string[];
  /**
   * NTP servers of the nodes: addresses or names.
   *
   * @minItems 1
   * @maxItems 32
   */
  node_ntp_servers?: string[];
  /**
   * VLAN of the node network. proxmox_vlan_mode says who tags it. Default: none.
   */
  node_vlan_tag?: number | string;
  /**
   * Virtual IP of the Kubernetes API, shared by the control planes. An unused address of node_cidr.
   */
  cluster_api_addr: string;
  /**
   * More names the API server certificate covers.
   *
   * @maxItems 1000
   */
  cluster_api_tls_sans?: string[];
  /**
   * Network of the pods; a /24 of it goes to every node.
   */
  cluster_pod_cidr?: string;
  /**
   * Network of the services.
   */
  cluster_svc_cidr?: string;
  /**
   * Load balancer address of the internal gateway; only checked for clashes. Default: none.
   */
  cluster_gateway_addr?: string;
  /**
   * Load balancer address of the DNS gateway; only checked for clashes. Default: none.
   */
  cluster_dns_gateway_addr?: string;
  /**
   * Load balancer address of the external gateway; only checked for clashes. Default: none.
   */
  cloudflare_gateway_addr?: string;
  /**
   * Addresses that Cilium hands out to load balancers; only checked for clashes. Default: none.
   */
  cilium_lb_pool_cidr?: string;
  /**
   * Address of the BGP router. With it, load balancer addresses may lie outside node_cidr. Default: none.
   */
  cilium_bgp_router_addr?: string;
  /**
   * Autonomous system of the router. Default: none.
   */
  cilium_bgp_router_asn?: number | string;
  /**
   * Autonomous system of the nodes. Default: none.
   */
  cilium_bgp_node_asn?: number | string;
  /**
   * Talos release, quoted.
   */
  talos_version?: string;
  /**
   * Kubernetes release, quoted. It must be one the Talos release runs.
   */
  kubernetes_version?: string;
  /**
   * Image Factory schematic of every node that names none. Default: computed from talos.extensions, talos.kernel_args and talos.image.
   */
  schematic_id?: string;
  /**
   * URL of the Proxmox VE API; a path is ignored. Together with proxmox_node it switches the VM targets on. Default: none.
   */
  proxmox_api_url?: string;
  /**
   * Host of every VM that names none. Default: none.
   */
  proxmox_node?: string;
  /**
   * Do not verify the certificate of the Proxmox API.
   */
  proxmox_insecure?: boolean;
  /**
   * Storage with content type iso.
   */
  proxmox_iso_storage?: string;
  /**
   * Storage of VM disks.
   */
  proxmox_disk_storage?: string;
  /**
   * true: Proxmox tags node_vlan_tag and Talos sees an untagged NIC. false: Talos tags.
   */
  proxmox_vlan_mode?: boolean;
  /**
   * User, realm and name of the API token; the user may be an e-mail address (jane@corp.example@oidc!talmox). Its secret belongs in the environment. Default: none.
   */
  proxmox_api_token_id?: string;
  /**
   * Read for the sake of existing files, never rendered. Export PROXMOX_TOKEN_SECRET instead. Default: none.
   */
  proxmox_api_token_secret?: string;
  /**
   * The Proxmox cloud controller manager provides node metadata: Talos then runs with an external cloud provider.
   */
  proxmox_ccm_enabled?: boolean;
  /**
   * Sizes of every VM whose node and role say nothing.
   */
  proxmox_vm_defaults?: {
    /**
     * CPU cores per socket. Default: that of the role.
     */
    cores?: number;
    /**
     * CPU sockets. Default: that of the role.
     */
    sockets?: number;
    /**
     * Memory in MiB. Default: that of the role.
     */
    memory?: number;
    /**
     * System disk in GiB. Default: that of the role.
     */
    disk_size?: number;
  };
  /**
   * Sizes of control plane VMs.
   */
  proxmox_vm_controller_defaults?: {
    /**
     * CPU cores per socket.
     */
    cores?: number;
    /**
     * CPU sockets.
     */
    sockets?: number;
    /**
     * Memory in MiB.
     */
    memory?: number;
    /**
     * System disk in GiB.
     */
    disk_size?: number;
  };
  /**
   * Sizes of worker VMs.
   */
  proxmox_vm_worker_defaults?: {
    /**
     * CPU cores per socket.
     */
    cores?: number;
    /**
     * CPU sockets.
     */
    sockets?: number;
    /**
     * Memory in MiB.
     */
    memory?: number;
    /**
     * System disk in GiB.
     */
    disk_size?: number;
  };
  /**
   * Hardware of every VM.
   */
  proxmox_vm_advanced?: {
    /**
     * UEFI or SeaBIOS.
     */
    bios?: 'ovmf' | 'seabios';
    /**
     * Machine type.
     */
    machine?: 'q35' | 'i440fx';
    /**
     * Emulated CPU; Talos needs x86-64-v2. `host` passes all features on and rules out live migration between unlike hosts.
     */
    cpu_type?: string;
    /**
     * Controller of all disks.
     */
    scsi_hw?: 'virtio-scsi-pci' | 'virtio-scsi-single' | 'lsi';
    /**
     * Smallest memory in MiB that ballooning leaves; 0 switches ballooning off.
     */
    balloon?: number;
    /**
     * Emulate NUMA.
     */
    numa?: boolean;
    /**
     * Proxmox talks to the QEMU guest agent. Default: on exactly when the schematic is known to hold the extension, and on with an opaque schematic_id.
     */
    qemu_agent?: boolean;
    /**
     * Multiqueue of every NIC; 0 switches it off.
     */
    net_queues?: number;
    /**
     * Pass discards on to the storage.
     */
    disk_discard?: boolean;
    /**
     * Present disks as SSDs.
     */
    disk_ssd?: boolean;
    /**
     * Tags of every VM, besides the role. Proxmox stores them in lower case.
     *
     * @maxItems 100
     */
    tags?: string[];
    /**
     * Bridge of the first NIC.
     */
    network_bridge?: string;
    /**
     * Guest type that Proxmox tunes for.
     */
    ostype?: 'l26' | 'l24' | 'other';
    /**
     * Include disks in backups.
     */
    disk_backup?: boolean;
    /**
     * Include disks in storage replication.
     */
    disk_replicate?: boolean;
  };
  /**
   * How Talos is built and driven.
   */
  talos?: {
    /**
     * Official system extensions of the image, in order: order is part of the schematic id. Default: the QEMU guest agent on Proxmox, none elsewhere.
     *
     * @maxItems 200
     */
    extensions?: string[];
    /**
     * Extra kernel arguments of the image, in order.
     *
     * @maxItems 200
     */
    kernel_args?: string[];
    /**
     * What the Image Factory builds into the image besides extensions and kernel arguments. All of it is part of the schematic id. Default: nothing.
     */
    image?: {
      /**
       * Overlay of a single-board computer; the image is then for arm64. Default: none.
       */
      overlay?: {
        /**
         * Image of the overlay.
         */
        image: string;
        /**
         * Name of the overlay.
         */
        name: string;
        /**
         * Options that the overlay knows, each on one line. Default: none.
         */
        options?: {
          [k: string]: string | number | boolean;
        };
      };
      /**
       * Initial values of the META partition. Default: none.
       *
       * @maxItems 256
       *
       * Items: One value.
       */
      meta?: {
        /**
         * Key, a number.
         */
        key: number;
        /**
         * Value on one line; write JSON where Talos takes YAML.
         */
        value: string;
      }[];
      /**
       * Bootloader of the disk image. Default: the one Talos chooses.
       */
      bootloader?: 'dual-boot' | 'sd-boot' | 'grub';
      /**
       * When systemd-boot enrols the Secure Boot keys: if-safe means in VMs. Default: if-safe.
       */
      enroll_keys?: 'off' | 'manual' | 'if-safe' | 'force';
      /**
       * The Secure Boot ISO enrols the certificates of well-known vendors too, for devices with signed firmware.
       */
      well_known_certificates?: boolean;
      /**
       * Bytes in a sector of the disk image. Default: 512.
       */
      sector_size?: 512 | 4096;
    };
    /**
     * URL of the Image Factory.
     */
    factory_url?: string;
    /**
     * Program that makes the machine configurations in the rendered tasks; nodes are always driven with talosctl. talhelper reads talconfig.yaml, topf reads topf.yaml.
     */
    tool?: 'talosctl' | 'talhelper' | 'topf';
    /**
     * Public keys that the cluster's secrets are encrypted for; they become the creation rule of out/talos/.sops.yaml. Default: none, and the .sops.yaml of the repository or SOPS_AGE_RECIPIENTS applies.
     *
     * @maxItems 100
     */
    age_recipients?: string[];
    /**
     * none: a CNI such as Cilium is installed later; kube-proxy and CoreDNS stay off. flannel: the Talos default, everything on.
     */
    cni?: 'none' | 'flannel';
    /**
     * Where nodes with encrypt_disk keep the key. tpm: sealed in the TPM, needs Secure Boot. node_id: derived from the UUID of the machine, protects a disk that leaves it and nothing else.
     */
    disk_encryption?: 'tpm' | 'node_id';
    /**
     * Kernel parameters (sysctl) of every node.
     */
    sysctls?: {
      /**
       * Its value.
       */
      [k: string]: string | number | boolean;
    };
    /**
     * Mirrors by registry, in the order in which they are tried; the registry itself comes last.
     */
    registry_mirrors?: {
      /**
       * URLs of the mirrors.
       *
       * @minItems 1
       * @maxItems 100
       */
      [k: string]: string[];
    };
    /**
     * Where every node sends its kernel log. Default: none.
     */
    kernel_log_url?: string;
    /**
     * More flags of the Kubernetes components.
     */
    extra_args?: {
      /**
       * More flags of the kubelet, without dashes.
       */
      kubelet?: {
        /**
         * Its value.
         */
        [k: string]: string | number | boolean;
      };
      /**
       * More flags of the API server, without dashes.
       */
      api_server?: {
        /**
         * Its value.
         */
        [k: string]: string | number | boolean;
      };
      /**
       * More flags of the controller manager, without dashes.
       */
      controller_manager?: {
        /**
         * Its value.
         */
        [k: string]: string | number | boolean;
      };
      /**
       * More flags of the scheduler, without dashes.
       */
      scheduler?: {
        /**
         * Its value.
         */
        [k: string]: string | number | boolean;
      };
      /**
       * More flags of etcd, without dashes.
       */
      etcd?: {
        /**
         * Its value.
         */
        [k: string]: string | number | boolean;
      };
    };
    /**
     * true: the API server enforces the baseline Pod Security standard, as Talos sets it up. false: its admission configuration is removed.
     */
    admission_control?: boolean;
    /**
     * Pods of some namespaces may call the Talos API with some roles: what an upgrade controller or a backup job needs. Default: none.
     */
    api_access?: {
      /**
       * Talos roles they may ask for.
       *
       * @minItems 1
       * @maxItems 100
       */
      allowed_roles: ('os:admin' | 'os:operator' | 'os:reader' | 'os:etcd:backup' | 'os:impersonator')[];
      /**
       * Kubernetes namespaces of those pods.
       *
       * @minItems 1
       * @maxItems 100
       */
      allowed_namespaces: string[];
    };
    /**
     * Fields of the KubeletConfiguration of every node.
     */
    kubelet_config?: {
      /**
       * Its value.
       */
      [k: string]: {
        [k: string]: unknown;
      };
    };
    /**
     * TOML that is added to the configuration of the containerd that runs pods. Default: none.
     */
    containerd_config?: string;
    /**
     * Where every node sends the logs of its Talos services, one JSON object per line. Default: none; udp://127.0.0.1:6051 with loki_enabled.
     */
    service_log_url?: string;
    /**
     * The address of Talos’ host DNS is put on the loopback link too, where the eBPF host routing of Cilium finds it.
     */
    host_dns_on_loopback?: boolean;
  };
  /**
   * How a node learns its name and address at first boot.
   */
  nocloud?: {
    /**
     * ipconfig: Proxmox writes the cloud-init drive. cicustom: rendered snippets on a Proxmox storage. nocloud-net: fetched over HTTP from the URL in the SMBIOS serial.
     */
    method?: 'ipconfig' | 'cicustom' | 'nocloud-net';
    /**
     * Base URL for nocloud-net; node files lie below it at <cluster>/<node>/. Default: none.
     */
    server_url?: string;
    /**
     * DHCP reservations hand out the declared addresses.
     */
    dhcp?: boolean;
    /**
     * What a node finds as user-data. partial: its host name, after which it waits in maintenance mode. include: the URL of its full configuration on nocloud.server_url. none: nothing. Default: partial, but none for the method ipconfig, where Proxmox writes its own.
     */
    user_data?: 'partial' | 'include' | 'none';
  };
  /**
   * What the flat proxmox_ keys do not cover.
   */
  proxmox?: {
    /**
     * Where system disks come from: an image imported by the host, a clone of a template, or an install from the ISO. Default: image, but iso for Secure Boot before Talos 1.14.
     */
    boot_source?: 'image' | 'template' | 'iso';
    /**
     * Backend that plan, apply, status and destroy use when none is named. Default: none.
     */
    default_target?: 'ansible' | 'crossplane' | 'tofu';
    /**
     * A VM without vm_id gets this plus the offset of its address in node_cidr.
     */
    vm_id_base?: number;
    /**
     * Derived template ids lie in the 1000 numbers from here.
     */
    template_id_base?: number;
    /**
     * Host of the one template that VMs on every host are cloned from; its disk storage has to be shared by them. Default: a template on each host.
     */
    template_node?: string;
    /**
     * false: linked clones of the template.
     */
    template_full_clone?: boolean;
    /**
     * Resource pool of every VM, with its parents where it has any; it must exist. Default: none.
     */
    pool?: string;
    /**
     * Storage with content type import, where disk images are downloaded to.
     */
    import_storage?: string;
    /**
     * Storage with content type snippets, for nocloud.method cicustom.
     */
    snippets_storage?: string;
    /**
     * Proxmox refuses to remove the VMs or their disks.
     */
    protection?: boolean;
    /**
     * VMs start with their host.
     */
    on_boot?: boolean;
    /**
     * Proxmox firewall on every NIC.
     */
    firewall?: boolean;
    /**
     * An i6300esb watchdog that resets a hung VM; Talos feeds it.
     */
    watchdog?: boolean;
    /**
     * Settings of single hosts. When hosts are listed, a node can only be placed on one of them (or on proxmox_node). Default: none listed.
     */
    hosts?: {
      /**
       * Settings of one host; what is left out is the cluster’s. Default: the settings of the cluster.
       */
      [k: string]: {
        /**
         * Storage of VM disks on this host. Default: that of the cluster.
         */
        disk_storage?: string;
        /**
         * Storage with content type iso on this host. Default: that of the cluster.
         */
        iso_storage?: string;
        /**
         * Storage with content type import on this host. Default: that of the cluster.
         */
        import_storage?: string;
        /**
         * Storage with content type snippets on this host. Default: that of the cluster.
         */
        snippets_storage?: string;
        /**
         * Bridge of the first NIC on this host. Default: that of the cluster.
         */
        bridge?: string;
        /**
         * VM id of the Talos template on this host. Default: derived within the template range.
         */
        template_id?: number;
      };
    };
  };
  /**
   * Settings of the Ansible target.
   */
  ansible?: {
    /**
     * VMs worked on at once.
     */
    forks?: number;
    /**
     * Restart a VM whose change takes effect only then, one at a time.
     */
    restart_if_needed?: boolean;
    /**
     * Seconds to wait for the Talos API after a start.
     */
    wait_timeout?: number;
    /**
     * Seconds one Proxmox task may take.
     */
    task_timeout?: number;
  };
  /**
   * Settings of the Crossplane target.
   */
  crossplane?: {
    /**
     * kubectl context of the management cluster; every command names it. Default: the current one.
     */
    context?: string;
    /**
     * Namespace of the resources. Default: the cluster’s name.
     */
    namespace?: string;
    /**
     * API group of the composite resource.
     */
    group?: string;
    /**
     * composition: an API of its own, one composite resource per node. managed: one EnvironmentVM per node.
     */
    style?: 'composition' | 'managed';
  };
  /**
   * Settings of the OpenTofu target.
   */
  tofu?: {
    /**
     * Where the state lies.
     */
    backend?: 'local' | 'http';
    /**
     * URL of the http backend. Default: none.
     */
    backend_address?: string;
    /**
     * Encrypt state and plan with the passphrase in TF_VAR_state_passphrase.
     */
    encryption?: boolean;
    /**
     * Resources worked on at once; Proxmox locks suffer from many.
     */
    parallelism?: number;
  };
  /**
   * API token of the cloud controller manager. Read for the sake of existing files; nothing is rendered from it. Default: none.
   */
  proxmox_ccm_token_id?: string;
  /**
   * Secret of that token. Read for the sake of existing files, never rendered: keep a file that holds it out of the repository. Default: none.
   */
  proxmox_ccm_token_secret?: string;
  /**
   * The cluster runs the Proxmox CSI driver. Read for the sake of existing files; nothing is rendered from it.
   */
  proxmox_csi_enabled?: boolean;
  /**
   * API token of the CSI driver. Read for the sake of existing files; nothing is rendered from it. Default: none.
   */
  proxmox_csi_token_id?: string;
  /**
   * Secret of that token. Read for the sake of existing files, never rendered: keep a file that holds it out of the repository. Default: none.
   */
  proxmox_csi_token_secret?: string;
  /**
   * Storage of persistent volumes. Read for the sake of existing files; nothing is rendered from it. Default: none.
   */
  proxmox_csi_storage?: string;
  /**
   * Proxmox VE API as the CSI driver and the cloud controller manager reach it. Read for the sake of existing files; nothing is rendered from it. Default: none.
   */
  proxmox_endpoint?: string;
  /**
   * Name of the Proxmox cluster in node labels. Read for the sake of existing files; nothing is rendered from it.
   */
  proxmox_region?: string;
  /**
   * Account that holds the remote state. Read for the sake of existing files; nothing is rendered from it. Default: none.
   */
  cf_account_id?: string;
  /**
   * User of the http state backend. Read for the sake of existing files; nothing is rendered from it.
   */
  tfstate_username?: string;
  /**
   * Password of the http state backend. Read for the sake of existing files, never rendered: keep a file that holds it out of the repository. Default: none.
   */
  tfstate_password?: string;
  /**
   * S3 endpoint of etcd backups. Read for the sake of existing files; nothing is rendered from it. Default: none.
   */
  backup_s3_endpoint?: string;
  /**
   * S3 bucket of etcd backups. Read for the sake of existing files; nothing is rendered from it. Default: none.
   */
  backup_s3_bucket?: string;
  /**
   * S3 region of etcd backups. Read for the sake of existing files; nothing is rendered from it.
   */
  backup_s3_region?: string;
  /**
   * S3 access key of etcd backups. Read for the sake of existing files, never rendered: keep a file that holds it out of the repository. Default: none.
   */
  backup_s3_access_key?: string;
  /**
   * S3 secret key of etcd backups. Read for the sake of existing files, never rendered: keep a file that holds it out of the repository. Default: none.
   */
  backup_s3_secret_key?: string;
  /**
   * age recipient that etcd backups are encrypted to. Read for the sake of existing files; nothing is rendered from it. Default: none.
   */
  backup_age_public_key?: string;
  /**
   * The cluster collects logs with Loki: nodes send the logs of their services to the collector on port 6051 of each, unless talos.service_log_url says otherwise.
   */
  loki_enabled?: boolean;
  /**
   * The API server takes the tokens of a Keycloak at https://<keycloak_subdomain>.<cloudflare_domain>/realms/<keycloak_realm>.
   */
  kubernetes_oidc_enabled?: boolean;
  /**
   * Client that tokens are issued for.
   */
  kubernetes_oidc_client_id?: string;
  /**
   * Claim that names the user.
   */
  kubernetes_oidc_username_claim?: string;
  /**
   * What stands before the names of such users.
   */
  kubernetes_oidc_username_prefix?: string;
  /**
   * Claim that lists the groups of the user.
   */
  kubernetes_oidc_groups_claim?: string;
  /**
   * What stands before the names of such groups.
   */
  kubernetes_oidc_groups_prefix?: string;
  /**
   * Algorithms that tokens may be signed with.
   */
  kubernetes_oidc_signing_algs?: string;
  /**
   * First part of the name of the Keycloak; read with kubernetes_oidc_enabled.
   */
  keycloak_subdomain?: string;
  /**
   * Realm of the users; needed with kubernetes_oidc_enabled. Default: none.
   */
  keycloak_realm?: string;
  /**
   * Domain of the cluster’s services; needed with kubernetes_oidc_enabled. Default: none.
   */
  cloudflare_domain?: string;
  [k: string]: unknown;
}

/**
 * nodes.yaml: one entry per Talos machine.
 */
export interface NodesFile {
  /**
   * The Talos machines of the cluster.
   *
   * @minItems 1
   * @maxItems 10000
   */
  nodes: NodeFile[];
}
/**
 * One Talos machine.
 */
export interface NodeFile {
  /**
   * Host name, VM name and Kubernetes node name.
   */
  name: string;
  /**
   * IPv4 address of the node, in node_cidr.
   */
  address: string;
  /**
   * true: control plane. false: worker.
   */
  controller: boolean;
  /**
   * Path of the disk Talos is installed to (/dev/…), or its serial number. Default on Proxmox: /dev/sda, and with extra disks the link that names scsi0.
   */
  disk?: string;
  /**
   * MAC address of the first NIC. Default on Proxmox: derived from cluster and node name.
   */
  mac_addr?: string;
  /**
   * Image Factory schematic of this node. Default: the cluster’s.
   */
  schematic_id?: string;
  /**
   * MTU that Talos sets; the bridge must carry it.
   */
  mtu?: number;
  /**
   * Boot with Secure Boot.
   */
  secureboot?: boolean;
  /**
   * Encrypt STATE and EPHEMERAL with keys sealed in the TPM; needs secureboot.
   */
  encrypt_disk?: boolean;
  /**
   * Kernel modules that Talos loads, each with its parameters after it.
   *
   * @maxItems 100
   */
  kernel_modules?: string[];
  /**
   * Kubernetes labels of the node.
   */
  labels?: {
    [k: string]: string;
  };
  /**
   * Kubernetes taints of the node, as kubectl writes them.
   *
   * @maxItems 100
   */
  taints?: string[];
  /**
   * VLAN of this node instead of node_vlan_tag; 0: untagged. Default: node_vlan_tag.
   */
  vlan_tag?: number | string;
  /**
   * Host of this VM. Default: the cluster’s proxmox_node.
   */
  proxmox_node?: string;
  /**
   * Id of the VM. Default: proxmox.vm_id_base plus the offset of the address in node_cidr.
   */
  vm_id?: number;
  /**
   * CPU cores per socket. Default: that of the role.
   */
  vm_cores?: number;
  /**
   * CPU sockets. Default: that of the role.
   */
  vm_sockets?: number;
  /**
   * Memory in MiB. Default: that of the role.
   */
  vm_memory?: number;
  /**
   * System disk in GiB. Default: that of the role.
   */
  vm_disk_size?: number;
  /**
   * Another name of vm_cores. Default: that of vm_cores.
   */
  cores?: number;
  /**
   * Another name of vm_memory. Default: that of vm_memory.
   */
  memory?: number;
  /**
   * Another name of vm_disk_size. Default: that of vm_disk_size.
   */
  disk_size?: number;
  /**
   * Order in which the host starts its VMs. Default: 3 for control planes, 4 for workers.
   */
  vm_startup_order?: number;
  /**
   * Seconds to wait after this VM before the next starts.
   */
  vm_startup_delay?: number;
  /**
   * Seconds this VM may take to shut down.
   */
  vm_shutdown_delay?: number;
  /**
   * Where the system disk comes from. Default: proxmox.boot_source.
   */
  vm_boot_source?: 'image' | 'template' | 'iso';
  /**
   * Storage of this VM’s disks. Default: its host’s.
   */
  vm_disk_storage?: string;
  /**
   * Bridge of the first NIC. Default: its host’s.
   */
  vm_bridge?: string;
  /**
   * Emulated CPU. Default: proxmox_vm_advanced.cpu_type.
   */
  vm_cpu_type?: string;
  /**
   * More tags of this VM.
   *
   * @maxItems 100
   */
  vm_tags?: string[];
  /**
   * More disks, in order: scsi1, scsi2, …
   *
   * @maxItems 24
   *
   * Items: One more disk.
   */
  vm_extra_disks?: {
    /**
     * Size in GiB.
     */
    size: number;
    /**
     * Storage of this disk. Default: that of the system disk.
     */
    storage?: string;
    /**
     * Talos formats the disk and mounts it at /var/mnt/<name>. Left out: a raw disk. Default: none.
     */
    name?: string;
    /**
     * Serial number of the disk. Default: none.
     */
    serial?: string;
    /**
     * Include this disk in backups. Default: proxmox_vm_advanced.disk_backup.
     */
    backup?: boolean;
  }[];
  /**
   * More NICs, in order: net1, net2, …
   *
   * @maxItems 7
   *
   * Items: One more NIC.
   */
  vm_extra_nics?: {
    /**
     * Bridge of this NIC.
     */
    bridge: string;
    /**
     * MAC address of this NIC. Default: derived from cluster and node name.
     */
    mac_addr?: string;
    /**
     * VLAN that Proxmox tags on this NIC; 0: untagged. Default: untagged.
     */
    vlan_tag?: number | string;
    /**
     * MTU that Talos sets on this NIC.
     */
    mtu?: number;
    /**
     * Address with prefix length. Left out: no address. Default: none.
     */
    address?: string;
    /**
     * Static routes through this NIC.
     *
     * @maxItems 1000
     *
     * Items: One static route.
     */
    routes?: {
      /**
       * Where the route leads.
       */
      network: string;
      /**
       * Router in the network of this NIC.
       */
      gateway: string;
      /**
       * The lower one of two routes to a network is taken. Default: that of Talos, 1024.
       */
      metric?: number;
    }[];
  }[];
  /**
   * Static routes through the first NIC, beside the default gateway.
   *
   * @maxItems 1000
   *
   * Items: One static route.
   */
  routes?: {
    /**
     * Where the route leads.
     */
    network: string;
    /**
     * Router in the network of this NIC.
     */
    gateway: string;
    /**
     * The lower one of two routes to a network is taken. Default: that of Talos, 1024.
     */
    metric?: number;
  }[];
  /**
   * More NICs of a bare-metal node, bonded with the one of mac_addr. A VM has none: its bridge is bonded on the Proxmox host. Default: none.
   */
  bond?: {
    /**
     * MAC addresses of the other NICs.
     *
     * @minItems 1
     * @maxItems 7
     */
    mac_addrs: string[];
    /**
     * How frames are spread over the NICs.
     */
    mode?: 'balance-rr' | 'active-backup' | 'balance-xor' | 'broadcast' | '802.3ad' | 'balance-tlb' | 'balance-alb';
    /**
     * Milliseconds between two looks at the links.
     */
    miimon?: number;
    /**
     * How often 802.3ad partners hear of each other. Default: slow.
     */
    lacp_rate?: 'slow' | 'fast';
    /**
     * By what a frame's NIC is chosen, with balance-xor, 802.3ad and balance-tlb. Default: layer2.
     */
    xmit_hash_policy?: 'layer2' | 'layer3+4' | 'layer2+3' | 'encap2+3' | 'encap3+4' | 'vlan+srcmac';
  };
}
