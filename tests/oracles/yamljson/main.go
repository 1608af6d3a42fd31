// yamljson reads a YAML stream on stdin and writes one line of JSON per document, read as Kubernetes
// and Helm read it (sigs.k8s.io/yaml). A document that cannot be read ends the run with exit status 1
// and its number on stderr.
package main

import (
	"bufio"
	"bytes"
	"fmt"
	"io"
	"os"
	"regexp"

	"sigs.k8s.io/yaml"
)

// separator is a document separator: it stands at the start of a line and may be followed by a comment.
var separator = regexp.MustCompile(`(?m)^---(?:[ \t]+#[^\r\n]*|[ \t]*)\r?$`)

func main() {
	if err := run(os.Stdin, os.Stdout); err != nil {
		fmt.Fprintln(os.Stderr, err)
		os.Exit(1)
	}
}

func run(in io.Reader, out io.Writer) error {
	stream, err := io.ReadAll(in)
	if err != nil {
		return err
	}
	stream = bytes.TrimPrefix(stream, []byte("\xef\xbb\xbf"))
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

// documents splits the stream at its separators; what stands before a first separator counts only if
// it holds more than white space.
func documents(stream []byte) [][]byte {
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
