# Shows what apply would change on every node that runs, and which nodes still wait for a configuration.
# Usage: sh diff.sh [NODE,...]
. ./lib.sh

require_fresh_configs
todo=$(selected "${1:-}")

# A line of secret material says where it changes, not to what.
masked() {
  sed 's/^\([-+ ]* *\(- \)\{0,1\}\([A-Za-z]*[Tt]oken\|[A-Za-z]*[Ss]ecret\|key\|crt\|passphrase\|privateKey\):\).*$/\1 (not shown)/'
}

for name in $todo; do
  case $(state_of "$name") in
    running)
      echo "== $name"
      said=$(on "$name" apply-config --dry-run --file "$configs/$name.yaml" 2>&1) || fail "$name refuses the configuration: $said"
      printf '%s\n' "$said" | masked
      ;;
    # Its whole configuration is new, and full of secrets.
    maintenance) echo "== $name waits in maintenance mode: apply gives it its first configuration" ;;
    silent) fail "$name does not answer on $(address_of "$name"), or knows another talosconfig: is it on, and of this cluster?" ;;
  esac
done
