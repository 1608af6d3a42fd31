// yamljson reads a YAML stream on stdin and writes one line of JSON per document, read as Kubernetes
// and Helm read it (sigs.k8s.io/yaml). A document that cannot be read ends the run with exit status 1
// and its number on stderr.
//
// With -ask it answers until its input ends: each line is a list of streams as JSON, and its answer, one line
// too, has for each stream a list of its documents: {"value": ...}, or {"error": "..."} for one that cannot be
// read.
package main

import (
	"bufio"
	"bytes"
	"encoding/json"
	"fmt"
	"io"
	"os"
	"regexp"

	"sigs.k8s.io/yaml"
)

// separator is a document separator: it stands at the start of a line and may be followed by a comment.
var separator = regexp.MustCompile(`(?m)^---(?:[ \t]+#[^\r\n]*|[ \t]*)\r?$`)

func main() {
	what := run
	if len(os.Args) == 2 && os.Args[1] == "-ask" {
		what = answer
	}
	if err := what(os.Stdin, os.Stdout); err != nil {
		fmt.Fprintln(os.Stderr, err)
		os.Exit(1)
	}
}

func run(in io.Reader, out io.Writer) error {
	stream, err := io.ReadAll(in)
	if err != nil {
		return err
	}
	lines := bufio.NewWriter(out)
	for number, document := range documents(stream) {
		line, err := yaml.YAMLToJSON(document)
		if err != nil {
			return fmt.Errorf("document %d: %w", number+1, err)
		}
		lines.Write(bytes.TrimSpace(line))
		lines.WriteByte('\n')
	}
	return lines.Flush()
}

// read is what became of one document.
type read struct {
	Value json.RawMessage `json:"value,omitempty"`
	Error string          `json:"error,omitempty"`
}

func answer(in io.Reader, out io.Writer) error {
	questions := json.NewDecoder(in)
	answers := json.NewEncoder(out)
	for {
		var streams []string
		if err := questions.Decode(&streams); err == io.EOF {
			return nil
		} else if err != nil {
			return err
		}
		all := make([][]read, len(streams))
		for i, stream := range streams {
			for _, document := range documents([]byte(stream)) {
				value, err := yaml.YAMLToJSON(document)
				if err != nil {
					all[i] = append(all[i], read{Error: err.Error()})
				} else {
					all[i] = append(all[i], read{Value: value})
				}
			}
		}
		if err := answers.Encode(all); err != nil {
			return err
		}
	}
}

// documents splits the stream at its separators; what stands before a first separator counts only if
// it holds more than white space.
func documents(stream []byte) [][]byte {
	stream = bytes.TrimPrefix(stream, []byte("\xef\xbb\xbf"))
	var parts [][]byte
	start := 0
	for _, at := range separator.FindAllIndex(stream, -1) {
		parts = append(parts, stream[start:at[0]])
		start = at[1]
	}
	parts = append(parts, stream[start:])
	if len(parts) > 1 && len(bytes.TrimSpace(parts[0])) == 0 {
		parts = parts[1:]
	}
	return parts
}
