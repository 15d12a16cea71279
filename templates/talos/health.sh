# Waits until Talos finds the cluster healthy.
. ./lib.sh

require_configs
healthy
