// Command image-factory says with the Image Factory's own code what a schematic is called: it reads
// schematics as JSON, one a line, as they would be posted, and prints for each its id and, in JSON, the
// text that the id is the hash of. A schematic that the factory refuses is a line that begins with "refused".
package main

import (
	"bufio"
	"encoding/json"
	"fmt"
	"os"

	"github.com/siderolabs/image-factory/pkg/schematic"
)

func main() {
	lines := bufio.NewScanner(os.Stdin)
	lines.Buffer(nil, 1<<24)

	out := bufio.NewWriter(os.Stdout)
	defer out.Flush()

	for lines.Scan() {
		fmt.Fprintln(out, answer(lines.Bytes()))
	}
}

func answer(posted []byte) string {
	cfg, err := schematic.Unmarshal(posted)
	if err == nil {
		err = cfg.Validate(false)
	}

	if err != nil {
		return fmt.Sprintf("refused %q", err.Error())
	}

	id, err := cfg.ID()
	if err != nil {
		return fmt.Sprintf("refused %q", err.Error())
	}

	text, err := cfg.Marshal()
	if err != nil {
		return fmt.Sprintf("refused %q", err.Error())
	}

	quoted, err := json.Marshal(string(text))
	if err != nil {
		return fmt.Sprintf("refused %q", err.Error())
	}

	return id + " " + string(quoted)
}
