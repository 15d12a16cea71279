"""What is made of the comparisons of all VMs: tables, lists, downloads."""

import json
import os
import re
from importlib import import_module

MARK = "managed by talmox"


def candidates(found, known, tags):
    """Ids of VMs outside the inventory that have the tags which all VMs of the cluster have."""
    common = set.intersection(*map(set, tags)) if tags else set()
    others = [vm for vm in found if int(vm["vmid"]) not in known and not vm.get("template")]
    return [vm["vmid"] for vm in others if common <= set(re.split(r"[;, ]+", vm.get("tags", "")))]


def orphans(found, cluster):
    """Those of the VMs that carry the mark of this cluster, as entries of a plan."""
    mark = re.compile(rf"Talos (?:controlplane|worker) \S+ of cluster {re.escape(cluster)}, {MARK}")
    marked = [vm for vm in found if mark.match(str(vm.get("config", {}).get("description", "")))]
    return [{"vmid": vm["vmid"], "name": vm.get("name", ""), "node": vm.get("node", ""), "action": "orphan"} for vm in marked]


def downloads(hosts):
    """Boot files that VMs still need, each once for a host of Proxmox VE."""
    needed = []
    for host in hosts:
        found = host["proxmox_vm_review"]
        image = host.get("proxmox_vm_image")
        uses = not found["exists"] or "scsi0" in found["work"]["missing"] or found["work"]["drives"]
        entry = image and {**image, "node": host["proxmox_vm_node"]}
        if image and uses and entry not in needed:
            needed.append(entry)
    return needed


def table(rows):
    """Rows of equal length as lines with aligned columns."""
    texts = [[str(cell) for cell in row] for row in rows]
    widths = [max(len(cell) for cell in column) for column in zip(*texts)]
    return "\n".join("  ".join(cell.ljust(width) for cell, width in zip(row, widths)).rstrip() for row in texts)


def said(entry):
    """The lines of a plan about one VM."""
    lines = [
        f"{c['field']}: {c['from'] or 'nothing'} -> {c['to'] or 'nothing'}{' (at its next start)' if c['restart'] else ''}" for c in entry.get("changes", [])
    ]
    if entry.get("restart"):
        lines.append(f"waits for a restart: {', '.join(entry['restart'])}")
    if entry["action"] == "orphan":
        lines.append("has the mark of this cluster and is not in the inventory; nothing touches it")
    return lines + entry.get("problems", []) or [""]


def plan_table(entries):
    rows = [["VM", "NAME", "HOST", "ACTION", "WHAT"]]
    for entry in entries:
        first, *more = said(entry)
        rows.append([entry["vmid"], entry["name"], entry["node"], entry["action"], first])
        rows += [["", "", "", "", line] for line in more]
    return table(rows)


def public(entries):
    """The fields that other programs may rely on."""
    keys = ("vmid", "name", "node", "action", "changes", "restart", "problems", "status", "address", "agent", "talos")
    return [{key: entry[key] for key in keys if key in entry} for entry in entries]


def status_table(entries):
    rows = [["VM", "NAME", "HOST", "STATUS", "ADDRESS", "AGENT", "50000", "AGAINST THE INVENTORY"]]
    for entry in entries:
        fields = ", ".join(change["field"] for change in entry["changes"] if change["field"] != "power")
        against = "; ".join([entry["action"], *([fields] if fields else []), *entry["problems"]])
        rows.append([entry[key] for key in ("vmid", "name", "node", "status", "address", "agent", "talos")] + [against])
    return table(rows)


def collection_version(name):
    """Version of an installed collection, or 0 where it is not known."""
    try:
        path = os.path.join(list(import_module(f"ansible_collections.{name}").__path__)[0], "MANIFEST.json")
        with open(path, encoding="utf-8") as file:
            return json.load(file)["collection_info"]["version"]
    except (ImportError, OSError, KeyError, IndexError, ValueError):
        return "0"


class FilterModule:
    def filters(self):
        return {
            "proxmox_vm_candidates": candidates,
            "proxmox_vm_collection_version": collection_version,
            "proxmox_vm_downloads": downloads,
            "proxmox_vm_orphans": orphans,
            "proxmox_vm_plan_table": plan_table,
            "proxmox_vm_public": public,
            "proxmox_vm_status_table": status_table,
        }
