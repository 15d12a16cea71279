// Command talosctl-client stands for talosctl in tests. What needs no node goes to talosctl-offline; what asks a node
// goes to the model of a cluster behind a socket. It starts in a millisecond, where a script would take fifty.
package main

import (
	"encoding/json"
	"fmt"
	"net"
	"os"
	"slices"
	"syscall"
)

type request struct {
	Folder string   `json:"folder"`
	Cwd    string   `json:"cwd"`
	Args   []string `json:"args"`
}

type reply struct {
	Out  string `json:"out"`
	Err  string `json:"err"`
	Code int    `json:"code"`
}

func main() {
	args := os.Args[1:]
	if offline := []string{"gen", "machineconfig", "validate", "config"}; slices.ContainsFunc(args, func(arg string) bool { return slices.Contains(offline, arg) }) {
		program := os.Getenv("TALOSCTL_OFFLINE")
		fail(syscall.Exec(program, append([]string{program}, args...), os.Environ()))
	}

	connection, err := net.Dial("unix", os.Getenv("TALOS_MODEL_SOCKET"))
	if err != nil {
		fail(err)
	}

	cwd, err := os.Getwd()
	if err != nil {
		fail(err)
	}

	if err = json.NewEncoder(connection).Encode(request{os.Getenv("TALOS_MODEL"), cwd, args}); err != nil {
		fail(err)
	}

	var answer reply
	if err = json.NewDecoder(connection).Decode(&answer); err != nil {
		fail(err)
	}

	fmt.Fprint(os.Stdout, answer.Out)
	fmt.Fprint(os.Stderr, answer.Err)
	os.Exit(answer.Code)
}

func fail(err error) {
	fmt.Fprintln(os.Stderr, err)
	os.Exit(1)
}
