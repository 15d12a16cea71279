module talmox/consumers/talosctl-client

go 1.26
