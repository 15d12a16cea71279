// Command talos-validate does with Talos' own library what `talosctl gen config`, `machineconfig patch`
// and `validate --strict` do: it generates the configuration of one machine, merges patch files into it
// in the order given, and validates the result in the modes given.
//
//	talos-validate -contract v1.13 -kubernetes 1.36.0 -role worker -modes cloud,metal -repeat all.yaml worker.yaml
//
// With -repeat it merges all of them a second time and demands the same bytes.
// It prints the merged configuration and exits 1 with the reason when anything is refused, warned of or changed.
package main

import (
	"bytes"
	"flag"
	"fmt"
	"os"
	"strings"

	"github.com/siderolabs/talos/pkg/machinery/config"
	"github.com/siderolabs/talos/pkg/machinery/config/configpatcher"
	"github.com/siderolabs/talos/pkg/machinery/config/generate"
	"github.com/siderolabs/talos/pkg/machinery/config/generate/secrets"
	"github.com/siderolabs/talos/pkg/machinery/config/machine"
	"github.com/siderolabs/talos/pkg/machinery/config/validation"
)

// runtimeMode is where the machine runs: metal needs an install section, cloud does not.
type runtimeMode string

func (m runtimeMode) String() string        { return string(m) }
func (m runtimeMode) RequiresInstall() bool { return m == "metal" }
func (m runtimeMode) InContainer() bool     { return m == "container" }

func main() {
	contract := flag.String("contract", "", "Talos minor version whose defaults to generate, such as v1.13")
	kubernetes := flag.String("kubernetes", "", "Kubernetes version")
	role := flag.String("role", "worker", "controlplane or worker")
	modes := flag.String("modes", "cloud", "comma-separated: cloud, metal, container")
	repeat := flag.Bool("repeat", false, "the patches, merged again, change nothing")
	flag.Parse()

	if err := run(*contract, *kubernetes, *role, strings.Split(*modes, ","), *repeat, flag.Args()); err != nil {
		fmt.Fprintln(os.Stderr, err)
		os.Exit(1)
	}
}

func run(contractText, kubernetes, roleText string, modes []string, repeat bool, patchFiles []string) error {
	contract, err := config.ParseContractFromVersion(contractText)
	if err != nil {
		return err
	}

	bundle, err := secrets.NewBundle(secrets.NewClock(), contract)
	if err != nil {
		return err
	}

	input, err := generate.NewInput("proof", "https://192.0.2.10:6443", kubernetes,
		generate.WithVersionContract(contract), generate.WithSecretsBundle(bundle), generate.WithInstallDisk("/dev/sda"))
	if err != nil {
		return err
	}

	role, err := machine.ParseType(roleText)
	if err != nil {
		return err
	}

	generated, err := input.Config(role)
	if err != nil {
		return err
	}

	var patches []configpatcher.Patch

	for _, file := range patchFiles {
		loaded, err := configpatcher.LoadPatches([]string{"@" + file})
		if err != nil {
			return fmt.Errorf("%s: %w", file, err)
		}

		patches = append(patches, loaded...)
	}

	patched, err := configpatcher.Apply(configpatcher.WithConfig(generated), patches)
	if err != nil {
		return err
	}

	final, err := patched.Config()
	if err != nil {
		return err
	}

	for _, mode := range modes {
		warnings, err := final.Validate(runtimeMode(mode), validation.WithLocal(), validation.WithStrict())
		if err != nil {
			return fmt.Errorf("%s: %w", mode, err)
		}

		if len(warnings) > 0 {
			return fmt.Errorf("%s: warnings: %s", mode, strings.Join(warnings, "; "))
		}
	}

	text, err := patched.Bytes()
	if err != nil {
		return err
	}

	if repeat {
		if err := changesNothing(text, patches); err != nil {
			return fmt.Errorf("merged a second time: %w", err)
		}
	}

	_, err = os.Stdout.Write(text)

	return err
}

// changesNothing merges patches into a configuration that has them already, as `talosctl patch` on a running node does.
func changesNothing(configuration []byte, patches []configpatcher.Patch) error {
	again, err := configpatcher.Apply(configpatcher.WithBytes(configuration), patches)
	if err != nil {
		return err
	}

	text, err := again.Bytes()
	if err != nil {
		return err
	}

	if bytes.Equal(text, configuration) {
		return nil
	}

	return fmt.Errorf("the configuration became\n%s", text)
}
