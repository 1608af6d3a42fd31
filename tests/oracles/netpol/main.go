// netpol answers who may talk to whom under NetworkPolicies, with the policy engine of cyclonus.
//
// It reads one JSON object on stdin: policies (networking.k8s.io/v1), peers by name, and the
// connections that are asked for. It writes a JSON list on stdout: for each whether it is allowed.
package main

import (
	"encoding/json"
	"fmt"
	"io"
	"os"

	"github.com/mattfenwick/cyclonus/pkg/matcher"
	core "k8s.io/api/core/v1"
	networking "k8s.io/api/networking/v1"
)

// world is what is asked. A peer without a pod is an address outside of the cluster.
type world struct {
	Policies []*networking.NetworkPolicy
	Peers    map[string]*matcher.TrafficPeer
	Asked    []struct {
		Source, Destination string
		Port                int
		Name                string // what the destination calls the port
		Protocol            core.Protocol
	}
}

func main() {
	if err := run(os.Stdin, os.Stdout); err != nil {
		fmt.Fprintln(os.Stderr, err)
		os.Exit(1)
	}
}

func run(in io.Reader, out io.Writer) error {
	var asked world
	if err := json.NewDecoder(in).Decode(&asked); err != nil {
		return err
	}
	for _, policy := range asked.Policies {
		setTypes(&policy.Spec)
	}
	policies := matcher.BuildNetworkPolicies(false, asked.Policies)
	allowed := make([]bool, len(asked.Asked))
	for number, one := range asked.Asked {
		allowed[number] = policies.IsTrafficAllowed(&matcher.Traffic{
			Source:           asked.Peers[one.Source],
			Destination:      asked.Peers[one.Destination],
			ResolvedPort:     one.Port,
			ResolvedPortName: one.Name,
			Protocol:         one.Protocol,
		}).IsAllowed()
	}
	return json.NewEncoder(out).Encode(allowed)
}

// setTypes gives a policy the types that the API server gives it; the engine takes none without.
func setTypes(spec *networking.NetworkPolicySpec) {
	if len(spec.PolicyTypes) > 0 {
		return
	}
	spec.PolicyTypes = []networking.PolicyType{networking.PolicyTypeIngress}
	if len(spec.Egress) > 0 {
		spec.PolicyTypes = append(spec.PolicyTypes, networking.PolicyTypeEgress)
	}
}
