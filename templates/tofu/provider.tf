# The token comes from PROXMOX_VE_API_TOKEN: user@realm!name=secret
provider "proxmox" {
  endpoint = var.proxmox_endpoint
  insecure = var.proxmox_insecure
}
