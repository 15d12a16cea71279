// Command talos-validate does with Talos' own library what `talosctl gen config`, `machineconfig patch`
// and `validate --strict` do: it generates the configuration of machines, merges patch files into it in the
// order given, and validates the result in the modes given, without a warning.
//
//	talos-validate -contract v1.13 -kubernetes 1.36.0 -role worker -modes cloud,metal all.yaml worker.yaml
//
// prints the merged configuration and exits 1 with the reason when anything is refused, warned of or changed.
// With -repeat it merges all patches a second time, and each of them alone, and demands the same configuration.
//
//	talos-validate -contract v1.13 -kubernetes 1.36.0 -modes cloud,metal -repeat -sets < sets.json
//
// does the same for a list of {"role": "worker", "patches": ["all.yaml"]}, with secrets made once, and prints a list of
// {"config": "..."} or {"refused": "..."}.
//
//	talos-validate -unknown KubeNodeConfig,LinkConfig
//
// prints those kinds of documents that this release of the library does not have, one a line.
package main

import (
	"bytes"
	"encoding/json"
	"flag"
	"fmt"
	"os"
	"slices"
	"strings"

	"github.com/siderolabs/talos/pkg/machinery/config"
	"github.com/siderolabs/talos/pkg/machinery/config/configloader"
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

// set is what one machine is configured with.
type set struct {
	Role    string   `json:"role"`
	Patches []string `json:"patches"`
}

type result struct {
	Config  string `json:"config,omitempty"`
	Refused string `json:"refused,omitempty"`
}

// release generates and validates for one release of Talos.
type release struct {
	input  *generate.Input
	modes  []string
	repeat bool
}

func main() {
	contract := flag.String("contract", "", "Talos minor version whose defaults to generate, such as v1.13")
	kubernetes := flag.String("kubernetes", "", "Kubernetes version")
	role := flag.String("role", "worker", "controlplane or worker")
	modes := flag.String("modes", "cloud", "comma-separated: cloud, metal, container")
	repeat := flag.Bool("repeat", false, "the patches, merged again, change nothing")
	sets := flag.Bool("sets", false, "read a list of sets from standard input")
	unknown := flag.String("unknown", "", "comma-separated kinds of documents")
	flag.Parse()

	if err := run(*contract, *kubernetes, *unknown, strings.Split(*modes, ","), *repeat, *sets, set{*role, flag.Args()}); err != nil {
		fmt.Fprintln(os.Stderr, err)
		os.Exit(1)
	}
}

func run(contract, kubernetes, unknown string, modes []string, repeat, many bool, one set) error {
	if unknown != "" {
		return printUnknown(strings.Split(unknown, ","))
	}

	release, err := newRelease(contract, kubernetes, modes, repeat)
	if err != nil {
		return err
	}

	if many {
		return release.answer()
	}

	text, err := release.configuration(one)
	if err != nil {
		return err
	}

	_, err = os.Stdout.Write(text)

	return err
}

func printUnknown(kinds []string) error {
	for _, kind := range kinds {
		_, err := configloader.NewFromBytes([]byte("apiVersion: v1alpha1\nkind: " + kind + "\n"))
		if err != nil && strings.Contains(err.Error(), "not registered") {
			fmt.Println(kind)
		}
	}

	return nil
}

func newRelease(contractText, kubernetes string, modes []string, repeat bool) (*release, error) {
	contract, err := config.ParseContractFromVersion(contractText)
	if err != nil {
		return nil, err
	}

	bundle, err := secrets.NewBundle(secrets.NewClock(), contract)
	if err != nil {
		return nil, err
	}

	input, err := generate.NewInput("proof", "https://192.0.2.10:6443", kubernetes,
		generate.WithVersionContract(contract), generate.WithSecretsBundle(bundle), generate.WithInstallDisk("/dev/sda"))
	if err != nil {
		return nil, err
	}

	return &release{input, modes, repeat}, nil
}

// answer reads sets and prints a result for each.
func (r *release) answer() error {
	var sets []set

	if err := json.NewDecoder(os.Stdin).Decode(&sets); err != nil {
		return err
	}

	results := make([]result, len(sets))

	for i, set := range sets {
		text, err := r.configuration(set)
		if err != nil {
			results[i].Refused = err.Error()
		} else {
			results[i].Config = string(text)
		}
	}

	return json.NewEncoder(os.Stdout).Encode(results)
}

// configuration is what a machine gets.
func (r *release) configuration(set set) ([]byte, error) {
	role, err := machine.ParseType(set.Role)
	if err != nil {
		return nil, err
	}

	generated, err := r.input.Config(role)
	if err != nil {
		return nil, err
	}

	patches, err := load(set.Patches)
	if err != nil {
		return nil, err
	}

	patched, err := configpatcher.Apply(configpatcher.WithConfig(generated), patches)
	if err != nil {
		return nil, err
	}

	final, err := patched.Config()
	if err != nil {
		return nil, err
	}

	if err := r.validate(final); err != nil {
		return nil, err
	}

	text, err := patched.Bytes()
	if err != nil || !r.repeat {
		return text, err
	}

	// Loaded anew: what is merged may hold parts of the patches themselves.
	patches, err = load(set.Patches)
	if err != nil {
		return nil, err
	}

	if err := changesNothing(text, patches); err != nil {
		return nil, fmt.Errorf("merged a second time: %w", err)
	}

	return text, nil
}

func (r *release) validate(final config.Provider) error {
	for _, mode := range r.modes {
		warnings, err := final.Validate(runtimeMode(mode), validation.WithLocal(), validation.WithStrict())
		if err != nil {
			return fmt.Errorf("%s: %w", mode, err)
		}

		if len(warnings) > 0 {
			return fmt.Errorf("%s: warnings: %s", mode, strings.Join(warnings, "; "))
		}
	}

	return nil
}

func load(files []string) ([]configpatcher.Patch, error) {
	var patches []configpatcher.Patch

	for _, file := range files {
		loaded, err := configpatcher.LoadPatches([]string{"@" + file})
		if err != nil {
			return nil, fmt.Errorf("%s: %w", file, err)
		}

		patches = append(patches, loaded...)
	}

	return patches, nil
}

// changesNothing merges patches into a configuration that has them already, as `talosctl patch` does on a running node:
// all of them, and each alone. What a patch replaces moves to the end; all of them together leave everything in its place.
func changesNothing(configuration []byte, patches []configpatcher.Patch) error {
	text, err := merge(configuration, patches)
	if err != nil {
		return err
	}

	if !bytes.Equal(text, configuration) {
		return fmt.Errorf("the configuration became\n%s", text)
	}

	for i := range patches {
		text, err := merge(configuration, patches[i:i+1])
		if err != nil {
			return err
		}

		if !slices.Equal(documents(text), documents(configuration)) {
			return fmt.Errorf("patch %d alone made of the configuration\n%s", i, text)
		}
	}

	return nil
}

func merge(configuration []byte, patches []configpatcher.Patch) ([]byte, error) {
	merged, err := configpatcher.Apply(configpatcher.WithBytes(configuration), patches)
	if err != nil {
		return nil, err
	}

	return merged.Bytes()
}

// documents are the texts of a configuration's documents, sorted.
func documents(configuration []byte) []string {
	return slices.Sorted(strings.SplitSeq(string(configuration), "---\n"))
}
