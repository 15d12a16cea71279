set -eu

user=${PROXMOX_USER:-#{ tokenScript.user | sh }#}
token=${PROXMOX_TOKEN_ID:-#{ tokenScript.token | sh }#}

#% if tokenScript.asksAgent %#
# Proxmox VE 9 split the privilege for the guest agent; the old name is refused there.
case "$(pveversion)" in
  pve-manager/8.*) agent=#{ tokenScript.agent['8'] | sh }# ;;
  *) agent=#{ tokenScript.agent.newer | sh }# ;;
esac

#% endif %#
role() {
  pveum role add "$1" --privs "$2" 2>/dev/null || pveum role modify "$1" --privs "$2"
}

# A token has at most what its user has, and with privilege separation only what it was given itself.
grant() {
  if [ "$user" != root@pam ]; then
    pveum acl modify "$1" --roles "$2" --propagate "$3" --users "$user"
  fi
  pveum acl modify "$1" --roles "$2" --propagate "$3" --tokens "$user!$token"
}

#% for role in tokenScript.roles %#
#% if role.asksAgent %#
role #{ role.name | sh }# #{ role.list | sh }#" $agent"
#% else %#
role #{ role.name | sh }# #{ role.list | sh }#
#% endif %#
#% endfor %#

# Listing the tokens of a user fails where there is no such user.
pveum user token list "$user" >/dev/null 2>&1 || pveum user add "$user"
pveum user token list "$user" --output-format json | grep -qF "\"tokenid\":\"$token\"" ||
  pveum user token add "$user" "$token" --privsep 1

#% for grant in tokenScript.grants %#
grant #{ grant.path | sh }# #{ grant.role | sh }# #{ grant.propagate | sh }#
#% endfor %#
