"""Compares what the API answered with what the inventory says, without side effects."""

import base64
import binascii
import re

MARK = "managed by talmox"

UNITS = {"": 1, "K": 2**10, "M": 2**20, "G": 2**30, "T": 2**40}

# What an option means that is not there. Source: qemu-server, QemuServer.pm and QemuServer/Drive.pm.
OPTION_DEFAULTS = {
    "bios": "seabios",
    "cores": "1",
    "numa": "0",
    "onboot": "0",
    "ostype": "other",
    "protection": "0",
    "scsihw": "lsi",
    "sockets": "1",
}
DRIVE_DEFAULTS = {
    "aio": "io_uring",
    "backup": "1",
    "cache": "none",
    "discard": "ignore",
    "iothread": "0",
    "media": "disk",
    "replicate": "1",
    "ro": "0",
    "scsiblock": "0",
    "shared": "0",
    "snapshot": "0",
    "ssd": "0",
}
FIRMWARE_DEFAULTS = {"efitype": "2m", "pre-enrolled-keys": "0", "version": "v1.2"}

# Options with sub-keys: the sub-key that may be written without its name, and what sub-keys mean that are not there.
PROPERTIES = {
    "agent": ("enabled", {"enabled": "0", "freeze-fs": "1", "freeze-fs-on-backup": "1", "fstrim_cloned_disks": "0", "type": "virtio"}),
    "boot": ("legacy", {"legacy": "cdn"}),
    "cicustom": (None, {}),
    "cpu": ("cputype", {"cputype": "kvm64", "hidden": "0", "reported-model": "kvm64"}),
    "ipconfig": (None, {}),
    "machine": ("type", {"type": "pc"}),
    "memory": ("current", {"current": "512"}),
    "net": ("model", {"firewall": "0", "link_down": "0", "queues": "0"}),
    "smbios1": (None, {}),
    "startup": ("order", {}),
    "vga": ("type", {"memory": "16", "type": "std"}),
    "watchdog": ("model", {"model": "i6300esb"}),
}

# Sub-keys that are 1 or 0, for which Proxmox VE also takes words.
FLAGS = {
    *("base64", "enabled", "freeze-fs", "freeze-fs-on-backup", "fstrim_cloned_disks", "hidden", "firewall", "link_down", "pre-enrolled-keys"),
    *("backup", "iothread", "replicate", "ro", "scsiblock", "shared", "snapshot", "ssd"),
}
FLAG_WORDS = {"on": "1", "yes": "1", "true": "1", "off": "0", "no": "0", "false": "0"}

# What a running guest takes at once; the rest waits for its next start: qemu-server, vmconfig_hotplug_pending.
AT_ONCE = re.compile(r"name|description|tags|onboot|startup|protection|cicustom|citype|nameserver|ipconfig\d+|net\d+")
DRIVE_AT_NEXT_START = {"aio", "cache", "discard", "iothread", "ro", "ssd"}

# Options that are removed where the inventory does not have them.
OWNED = re.compile(r"watchdog|cicustom|citype|nameserver|ipconfig\d+|net\d+")
CLOUD_INIT = re.compile(r"^[^,]*[:/](?:vm-\d+-)?cloudinit(?:\.\w+)?(?:,|$)")


def parts(text, default_key=None):
    """A property string as a dict."""
    found = {}
    for part in filter(None, str(text).split(",")):
        key, equals, value = part.partition("=")
        found.update({key: value} if equals else {default_key: part})
    return {key: FLAG_WORDS.get(value.lower(), value) if key in FLAGS else value for key, value in found.items()}


def without(values, defaults):
    return {key: value for key, value in values.items() if value != defaults.get(key)}


def printed(values):
    return ",".join(f"{key}={value}" for key, value in sorted(values.items()))


def size_in_bytes(text):
    match = re.fullmatch(r"(\d+(?:\.\d+)?)(?:([KMGT])(?:iB)?)?", text)
    return int(float(match[1]) * UNITS[match[2] or ""]) if match else 0


def normal(key, text):
    """A form in which equal values of an option are equal."""
    text = str(text)
    if key == "tags":
        return sorted(filter(None, re.split(r"[;, ]+", text)))
    if key == "nameserver":
        return re.split(r"[\s,;]+", text.strip())
    if key == "description":
        return text.strip()
    family = re.sub(r"^(net|ipconfig)\d+$", r"\1", key)
    if family not in PROPERTIES:
        return text
    default_key, defaults = PROPERTIES[family]
    values = parts(text, default_key)
    if key == "smbios1":
        values = smbios(values)
    return without({name: value.upper() if name == "virtio" else value for name, value in values.items()}, defaults)


def smbios(values):
    """The UUID in lower case and the texts as they are meant: they may be encoded."""
    texts = {name: value for name, value in values.items() if name != "base64"}
    if "uuid" in texts:
        texts["uuid"] = texts["uuid"].lower()
    if values.get("base64") != "1":
        return texts
    return {name: value if name == "uuid" else decoded(value) for name, value in texts.items()}


def decoded(text):
    try:
        return base64.b64decode(text).decode()
    except (binascii.Error, UnicodeDecodeError):
        return text


def drive(text):
    """Volume, storage, size in bytes and the remaining options of a drive."""
    volume, _, rest = str(text).partition(",")
    options = parts(rest)
    size = size_in_bytes(options.pop("size", ""))
    # The storage decides the format.
    options.pop("format", None)
    return {"volume": volume, "storage": volume.partition(":")[0], "size": size, "options": options}


class Review:
    """One VM against its part of the inventory."""

    def __init__(self, model, vm, running):
        self.model = model
        self.vm = vm
        self.config = {key: str(value) for key, value in vm.get("config", {}).items()}
        self.on = vm.get("status") == "running"
        self.changes = []
        self.problems = []
        self.work = {name: [] for name in ("options", "deletes", "nics", "missing", "tune", "grow", "drives", "firmware", "pool", "start")}
        self.waits = self.waiting(running)

    def change(self, work, field, old, new, restart, item=None):
        self.changes.append({"field": field, "from": str(old), "to": str(new), "restart": self.on and restart})
        self.work[work].append(item or field)

    def waiting(self, running):
        """Options that the running guest has not taken yet."""
        if not self.on or not running:
            return []
        now = {key: str(value) for key, value in running[0].get("config", {}).items()}
        keys = {key for key in {*now, *self.config} if now.get(key) != self.config.get(key)}
        return sorted(keys - {"digest"})

    def is_ours(self):
        """By its UUID, a hash of cluster and node, or by its name together with the mark in its description."""
        uuid = normal("smbios1", self.config.get("smbios1", "")).get("uuid")
        wanted = normal("smbios1", self.model["options"]["smbios1"])["uuid"]
        mark = f"of cluster {self.model['cluster']}, {MARK}"
        marked = self.vm.get("name") == self.model["options"]["name"] and mark in self.config.get("description", "")
        return not self.vm.get("template") and (uuid == wanted or marked)

    def is_other_node(self):
        """Name and mark are those of another node of the cluster; a copy that somebody made has another name than its mark."""
        mark = f" {self.vm.get('name')} of cluster {self.model['cluster']}, {MARK}"
        return not self.vm.get("template") and mark in self.config.get("description", "")

    def compare(self):
        if self.vm.get("node") != self.model["node"]:
            self.problems.append(f"it is on {self.vm.get('node')} and belongs on {self.model['node']}: migrate it, or change proxmox_node")
        self.compare_options()
        self.compare_firmware()
        for disk in self.model["disks"]:
            self.compare_disk(disk)
        for slot, wanted in self.model["drives"].items():
            self.compare_drive(slot, wanted)
        self.compare_pool()
        if not self.on:
            self.change("start", "power", "stopped", "running", False)

    def compare_options(self):
        wanted = {**self.model["options"], **self.model["nics"]}
        for key, value in wanted.items():
            old = self.config.get(key, "")
            if normal(key, old or self.unsaid(key)) != normal(key, value):
                work = "nics" if key in self.model["nics"] else "options"
                self.change(work, key, old, value, not AT_ONCE.fullmatch(key))
        for key, old in self.config.items():
            is_extra_drive = CLOUD_INIT.search(old) and key not in self.model["drives"]
            if is_extra_drive or (OWNED.fullmatch(key) and key not in wanted and self.matters(key, old)):
                self.change("deletes", key, old, "", not AT_ONCE.fullmatch(key))

    def unsaid(self, key):
        """What an option means that is not there."""
        if key == "citype":
            return "configdrive2" if self.config.get("ostype", "").startswith("w") else "nocloud"
        return OPTION_DEFAULTS.get(key, "")

    def matters(self, key, old):
        """Does removing this option change the VM? A watchdog counts even if it has nothing but default values."""
        return key == "watchdog" or normal(key, old) != normal(key, self.unsaid(key))

    def compare_firmware(self):
        for slot, wanted in self.model["firmware"].items():
            if slot not in self.config:
                self.change("firmware", slot, "", printed(wanted), True)
                continue
            found = drive(self.config[slot])
            have = {**FIRMWARE_DEFAULTS, **found["options"], "storage": found["storage"]}
            for key in [key for key in wanted if have[key] != wanted[key]]:
                self.problems.append(
                    f"{slot} has {key} {have[key]} and should have {wanted[key]}: its content cannot follow; destroy the VM and provision it anew"
                )

    def compare_disk(self, disk):
        slot, wanted_size = disk["slot"], disk["size_gib"] * 2**30
        if slot not in self.config:
            if slot == "scsi0" and self.model["source"] == "template":
                self.problems.append("its system disk is gone: destroy the VM and provision it anew")
            else:
                self.change("missing", slot, "", f"{disk['storage']}:{disk['size_gib']}G", False)
            return
        found = drive(self.config[slot])
        if found["storage"] != disk["storage"]:
            self.problems.append(f"{slot} is on storage {found['storage']} and belongs on {disk['storage']}: move it, or change the storage")
        if found["size"] > wanted_size:
            self.problems.append(f"{slot} has {found['size'] / 2**30:g} GiB and should have {disk['size_gib']}: a disk cannot shrink")
        if found["size"] < wanted_size:
            self.change("grow", f"{slot} size", f"{found['size'] / 2**30:g}G", f"{disk['size_gib']}G", False, slot)
        have, want = without(found["options"], DRIVE_DEFAULTS), without(disk["options"], DRIVE_DEFAULTS)
        if have != want:
            differing = {key for key in {*have, *want} if have.get(key) != want.get(key)}
            self.change("tune", f"{slot} options", printed(have), printed(want), bool(differing & DRIVE_AT_NEXT_START), slot)

    def compare_drive(self, slot, wanted):
        """CD-ROM drives: an ISO, or the cloud-init data."""
        old = self.config.get(slot, "")
        storage = wanted.partition(":")[0]
        if not old:
            self.change("drives", slot, "", wanted, True)
        elif CLOUD_INIT.search(wanted):
            if not CLOUD_INIT.search(old) or drive(old)["storage"] != storage:
                self.problems.append(f"{slot} is {drive(old)['volume']} and should be the cloud-init drive on {storage}: remove it first")
        elif drive(old)["volume"] != drive(wanted)["volume"]:
            self.change("drives", slot, drive(old)["volume"], drive(wanted)["volume"], False)

    def compare_pool(self):
        pool, wanted = self.vm.get("pool", ""), self.model["pool"]
        if wanted and pool and pool != wanted:
            self.problems.append(f"it is in pool {pool} and belongs in {wanted}: take it out of {pool} first")
        elif wanted and not pool:
            self.change("pool", "pool", "", wanted, False)

    def action(self):
        if self.problems:
            return "refused"
        if self.changes:
            return "change"
        return "restart" if self.waits else "none"

    def result(self, action, **rest):
        return {
            "vmid": self.model["id"],
            "name": self.model["options"]["name"],
            "node": self.vm.get("node", self.model["node"]),
            "action": action,
            "exists": bool(self.vm),
            "running": self.on,
            "changes": self.changes,
            "restart": self.waits,
            "problems": self.problems,
            "protected": self.config.get("protection") == "1",
            "work": self.work,
            "config": self.config,
            **rest,
        }


def review(model, found, running=None, taken=False):
    """
    Compares one VM with the inventory.

    model: what the inventory says, as `proxmox_vm_model` of the role has it
    found: `proxmox_vms` of proxmox_vm_info with config `pending`, of that VM id
    running: the same with config `current`, or nothing
    taken: nothing was found, and the id is not free all the same
    """
    vm = found[0] if found else {}
    this = Review(model, vm, running or [])
    if not vm and taken:
        this.problems.append(f"VM id {model['id']} belongs to a VM or container that the token does not see")
        return this.result("foreign")
    if not vm:
        return this.result("create")
    lock = vm.get("lock") or this.config.get("lock")
    if lock:
        this.problems.append(f"it is locked ({lock}): another task works on it")
        return this.result("refused")
    if not this.is_ours():
        name = vm.get("name", "a VM without a name")
        if this.is_other_node():
            problem = f"VM id {model['id']} is {name} of this cluster, on {vm.get('node')}: write another vm_id, or destroy that VM first"
        else:
            problem = f"VM id {model['id']} belongs to {name} on {vm.get('node')}, which is not of this cluster"
        this.problems.append(problem)
        return this.result("foreign")
    this.compare()
    return this.result(this.action())


def template_review(template, found):
    """One template against the inventory: what there is of it, and why it would be left alone."""
    if not found:
        return {"exists": False, "ours": True, "done": False, "problems": [], "config": {}}
    vm = found[0]
    config = {key: str(value) for key, value in vm.get("config", {}).items()}
    ours = vm.get("name") == template["name"] and MARK in config.get("description", "")
    problems = [] if ours else [f"it is {vm.get('name', 'a VM without a name')}, which was not made for this cluster"]
    if vm.get("lock"):
        problems.append(f"it is locked ({vm['lock']}): another task works on it")
    disk = drive(config.get("scsi0", f"{template['storage']}:none"))
    have = {"bios": config.get("bios", "seabios"), "machine": config.get("machine", "pc"), "node": vm.get("node"), "storage": disk["storage"]}
    if ours:
        problems += [f"its {key} is {have[key]} and should be {template[key]}" for key in have if have[key] != template[key]]
    return {"exists": True, "ours": ours, "done": bool(vm.get("template")), "problems": problems, "config": config}


class FilterModule:
    def filters(self):
        return {"proxmox_vm_review": review, "proxmox_vm_template_review": template_review}
