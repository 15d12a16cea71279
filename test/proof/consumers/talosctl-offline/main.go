// Command talosctl-offline is the part of talosctl that needs no node, on Talos' own library and with talosctl's own
// flags: `gen secrets`, `gen config`, `machineconfig patch`, `validate`, `config endpoint|node`. A flag that talosctl
// does not have is an error here too.
package main

import (
	"errors"
	"flag"
	"fmt"
	"os"
	"path/filepath"
	"strings"
	"time"

	"github.com/siderolabs/talos/pkg/machinery/client/config"
	taloscfg "github.com/siderolabs/talos/pkg/machinery/config"
	"github.com/siderolabs/talos/pkg/machinery/config/bundle"
	"github.com/siderolabs/talos/pkg/machinery/config/configloader"
	"github.com/siderolabs/talos/pkg/machinery/config/configpatcher"
	"github.com/siderolabs/talos/pkg/machinery/config/encoder"
	"github.com/siderolabs/talos/pkg/machinery/config/generate"
	"github.com/siderolabs/talos/pkg/machinery/config/generate/secrets"
	"github.com/siderolabs/talos/pkg/machinery/config/machine"
	"github.com/siderolabs/talos/pkg/machinery/config/validation"
	"go.yaml.in/yaml/v4"
)

type list []string

func (l *list) String() string     { return strings.Join(*l, ",") }
func (l *list) Set(s string) error { *l = append(*l, s); return nil }

type runtimeMode string

func (m runtimeMode) String() string        { return string(m) }
func (m runtimeMode) RequiresInstall() bool { return m == "metal" }
func (m runtimeMode) InContainer() bool     { return m == "container" }

func main() {
	if err := run(os.Args[1:]); err != nil {
		fmt.Fprintln(os.Stderr, err)
		os.Exit(1)
	}
}

// parse takes flags before, between and after the words, as talosctl does.
func parse(set *flag.FlagSet, args []string) ([]string, error) {
	var words []string

	for len(args) > 0 {
		if err := set.Parse(args); err != nil {
			return nil, err
		}

		if args = set.Args(); len(args) > 0 {
			words = append(words, args[0])
			args = args[1:]
		}
	}

	return words, nil
}

func run(args []string) error {
	set := flag.NewFlagSet("talosctl", flag.ContinueOnError)

	var patches list

	talosconfig := set.String("talosconfig", "", "")
	outputFile := set.String("output-file", "secrets.yaml", "")
	version := set.String("talos-version", "", "")
	kubernetes := set.String("kubernetes-version", "", "")
	withSecrets := set.String("with-secrets", "", "")
	outputTypes := set.String("output-types", "controlplane,worker,talosconfig", "")
	output := set.String("output", "", "")
	mode := set.String("mode", "", "")
	configFile := set.String("config", "", "")
	strict := set.Bool("strict", false, "")
	set.Bool("with-docs", true, "")
	set.Bool("with-examples", true, "")
	set.Var(&patches, "patch", "")
	set.Var(&patches, "config-patch", "")

	words, err := parse(set, args)
	if err != nil {
		return err
	}

	switch strings.Join(words[:min(2, len(words))], " ") {
	case "gen secrets":
		return genSecrets(*version, *outputFile)
	case "gen config":
		if len(words) != 4 {
			return errors.New("gen config needs a name and an endpoint")
		}

		return genConfig(words[2], words[3], *version, *kubernetes, *withSecrets, *outputTypes, *output, patches)
	case "config endpoint", "config node":
		return editTalosconfig(*talosconfig, words[1], words[2:])
	}

	switch {
	case len(words) == 3 && words[0] == "machineconfig" && words[1] == "patch":
		return patch(words[2], patches, *output)
	case len(words) == 1 && words[0] == "validate":
		return validate(*configFile, *mode, *strict)
	}

	return fmt.Errorf("unknown command %q", words)
}

func genSecrets(version, path string) error {
	contract, err := taloscfg.ParseContractFromVersion(version)
	if err != nil {
		return err
	}

	made, err := secrets.NewBundle(secrets.NewFixedClock(time.Now()), contract)
	if err != nil {
		return err
	}

	data, err := yaml.Marshal(made)
	if err != nil {
		return err
	}

	if path == "-" {
		_, err = os.Stdout.Write(data)

		return err
	}

	return write(path, data, 0o600)
}

// write refuses what is there, as talosctl does without --force.
func write(path string, data []byte, mode os.FileMode) error {
	if _, err := os.Stat(path); err == nil {
		return fmt.Errorf("file %q already exists, use --force to overwrite", path)
	}

	if err := os.MkdirAll(filepath.Dir(path), os.ModePerm); err != nil {
		return err
	}

	return os.WriteFile(path, data, mode)
}

func genConfig(name, endpoint, version, kubernetes, withSecrets, outputTypes, output string, patches []string) error {
	contract, err := taloscfg.ParseContractFromVersion(version)
	if err != nil {
		return err
	}

	loaded, err := secrets.LoadBundle(withSecrets)
	if err != nil {
		return fmt.Errorf("failed to load secrets bundle: %w", err)
	}

	if err = loaded.Validate(); err != nil {
		return err
	}

	loadedPatches, err := configpatcher.LoadPatches(patches)
	if err != nil {
		return err
	}

	made, err := bundle.NewBundle(bundle.WithVerbose(false), bundle.WithPatch(loadedPatches), bundle.WithInputOptions(&bundle.InputOptions{
		ClusterName: name,
		Endpoint:    endpoint,
		KubeVersion: kubernetes,
		GenOptions: []generate.Option{
			generate.WithVersionContract(contract), generate.WithSecretsBundle(loaded), generate.WithInstallDisk("/dev/sda"),
		},
	}))
	if err != nil {
		return err
	}

	for _, kind := range strings.Split(outputTypes, ",") {
		var data []byte

		switch kind {
		case "talosconfig":
			data, err = yaml.Marshal(made.TalosConfig())
			kind = "talosconfig"
		default:
			var role machine.Type

			if role, err = machine.ParseType(kind); err == nil {
				data, err = made.Serialize(encoder.CommentsDisabled, role)
			}

			kind += ".yaml"
		}

		if err != nil {
			return err
		}

		path := filepath.Join(output, kind)
		if !strings.Contains(outputTypes, ",") {
			path = output // One file has the name that is given.
		}

		if err = write(path, data, 0o644); err != nil {
			return err
		}
	}

	return nil
}

func editTalosconfig(path, what string, values []string) error {
	opened, err := config.Open(path)
	if err != nil {
		return err
	}

	context := opened.Contexts[opened.Context]
	if what == "endpoint" {
		context.Endpoints = values
	} else {
		context.Nodes = values
	}

	return opened.Save(path)
}

func patch(path string, patches []string, output string) error {
	data, err := os.ReadFile(path)
	if err != nil {
		return err
	}

	loaded, err := configpatcher.LoadPatches(patches)
	if err != nil {
		return err
	}

	patched, err := configpatcher.Apply(configpatcher.WithBytes(data), loaded)
	if err != nil {
		return err
	}

	text, err := patched.Bytes()
	if err != nil {
		return err
	}

	return os.WriteFile(output, text, 0o644)
}

func validate(path, mode string, strict bool) error {
	loaded, err := configloader.NewFromFile(path)
	if err != nil {
		return err
	}

	opts := []validation.Option{validation.WithLocal()}
	if strict {
		opts = append(opts, validation.WithStrict())
	}

	if mode != "cloud" && mode != "metal" {
		return fmt.Errorf("unknown runtime mode: %q", mode)
	}

	warnings, err := loaded.Validate(runtimeMode(mode), opts...)
	for _, warning := range warnings {
		fmt.Fprintln(os.Stderr, warning)
	}

	if err == nil {
		fmt.Printf("%s is valid for %s mode\n", path, mode)
	}

	return err
}
