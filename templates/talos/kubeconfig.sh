# Fetches the kubeconfig into a file of its own, which is never committed.
. ./lib.sh

require_configs
node=$(reachable_control_plane)
umask 077
draft=.draft.kubeconfig
removed_at_end "$draft"
on "$node" kubeconfig "$draft" --merge=false --force
chmod 600 "$draft"
mv "$draft" kubeconfig
echo "kubeconfig is written: export KUBECONFIG=$PWD/kubeconfig"
