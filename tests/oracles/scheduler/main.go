// scheduler answers with the code of Kubernetes itself: on which nodes the scheduler's default filters let
// a pod be placed, what a pod requests, and how the controllers reckon rolling updates and budgets.
//
// It reads a JSON question per line on stdin, and writes a JSON answer per line on stdout, until the
// input ends. What cannot be answered is {"error": "..."}: a question with unknown fields, or a pod that
// the API server refuses.
package main

import (
	"bytes"
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"io"
	"log"
	"os"

	apps "k8s.io/api/apps/v1"
	core "k8s.io/api/core/v1"
	"k8s.io/apimachinery/pkg/util/intstr"
	"k8s.io/client-go/informers"
	"k8s.io/component-helpers/resource"
	fwk "k8s.io/kube-scheduler/framework"
	"k8s.io/kubernetes/pkg/api/legacyscheme"
	_ "k8s.io/kubernetes/pkg/apis/apps/install"
	internal "k8s.io/kubernetes/pkg/apis/core"
	_ "k8s.io/kubernetes/pkg/apis/core/install"
	deployments "k8s.io/kubernetes/pkg/controller/deployment/util"
	registry "k8s.io/kubernetes/pkg/registry/core/pod"
	"k8s.io/kubernetes/pkg/scheduler/apis/config"
	"k8s.io/kubernetes/pkg/scheduler/apis/config/latest"
	"k8s.io/kubernetes/pkg/scheduler/backend/cache"
	"k8s.io/kubernetes/pkg/scheduler/framework"
	"k8s.io/kubernetes/pkg/scheduler/framework/plugins"
	"k8s.io/kubernetes/pkg/scheduler/framework/plugins/names"
	"k8s.io/kubernetes/pkg/scheduler/framework/runtime"
	"k8s.io/kubernetes/pkg/scheduler/metrics"
)

// question has one of its fields, or those of a placement: nodes, pods on them, namespaces, and the pod.
type question struct {
	Nodes      []*core.Node
	Pods       []*core.Pod
	Namespaces []*core.Namespace
	Pod        *core.Pod

	Request    *core.Pod
	Fenceposts *limits
	Budget     *limits
}

// limits are those of a rolling update or of a budget over a number of pods.
type limits struct {
	MaxSurge, MaxUnavailable, MinAvailable *intstr.IntOrString
	Pods                                   int32
}

func main() {
	metrics.Register()
	questions, answers := json.NewDecoder(os.Stdin), json.NewEncoder(os.Stdout)
	for {
		var line json.RawMessage
		err := questions.Decode(&line)
		if err == io.EOF {
			return
		}
		if err != nil {
			log.Fatal(err)
		}
		found, err := answer(line)
		if err != nil {
			found = map[string]string{"error": err.Error()}
		}
		if err := answers.Encode(found); err != nil {
			log.Fatal(err)
		}
	}
}

func answer(line []byte) (any, error) {
	var asked question
	decoder := json.NewDecoder(bytes.NewReader(line))
	decoder.DisallowUnknownFields()
	if err := decoder.Decode(&asked); err != nil {
		return nil, err
	}
	switch {
	case asked.Pod != nil:
		return placement(&asked)
	case asked.Request != nil:
		return request(asked.Request)
	case asked.Fenceposts != nil:
		return fenceposts(asked.Fenceposts)
	case asked.Budget != nil:
		return budget(asked.Budget)
	}
	return nil, errors.New("the question asks for nothing")
}

// created is the pod as the API server keeps it: with its defaults, and with matchLabelKeys merged
// into the selectors.
func created(pod *core.Pod) (*core.Pod, error) {
	if pod.Namespace == "" {
		pod.Namespace = "default"
	}
	scheme := legacyscheme.Scheme
	scheme.Default(pod)
	var inner internal.Pod
	if err := scheme.Convert(pod, &inner, nil); err != nil {
		return nil, err
	}
	registry.Strategy.PrepareForCreate(context.TODO(), &inner)
	if refused := registry.Strategy.Validate(context.TODO(), &inner); len(refused) > 0 {
		return nil, fmt.Errorf("pod %s: %w", pod.Name, refused.ToAggregate())
	}
	var kept core.Pod
	if err := scheme.Convert(&inner, &kept, nil); err != nil {
		return nil, err
	}
	return &kept, nil
}

// filters are those of the default ones that look at nothing but nodes and pods.
var filters = []string{
	names.NodeUnschedulable, names.NodeName, names.TaintToleration, names.NodeAffinity, names.NodePorts,
	names.NodeResourcesFit, names.PodTopologySpread, names.InterPodAffinity,
}

// profile is the scheduler's default one with these filters, and the two plugins that none is without.
func profile() (*config.KubeSchedulerProfile, error) {
	defaults, err := latest.Default()
	if err != nil {
		return nil, err
	}
	found := &defaults.Profiles[0]
	found.Plugins = &config.Plugins{}
	for _, name := range append(filters, names.PrioritySort, names.DefaultBinder) {
		found.Plugins.MultiPoint.Enabled = append(found.Plugins.MultiPoint.Enabled, config.Plugin{Name: name})
	}
	return found, nil
}

// placement tells on which nodes the filters let the pod be placed beside the pods that are there, and
// why not on the others.
func placement(asked *question) (any, error) {
	ctx, cancel := context.WithCancel(context.Background())
	defer cancel()
	pod, err := created(asked.Pod)
	if err != nil {
		return nil, err
	}
	var placed []*core.Pod
	for _, one := range asked.Pods {
		kept, err := created(one)
		if err != nil {
			return nil, err
		}
		placed = append(placed, kept)
	}
	// Never started: it keeps what is put into it.
	factory := informers.NewSharedInformerFactory(nil, 0)
	for _, namespace := range asked.Namespaces {
		if err := factory.Core().V1().Namespaces().Informer().GetIndexer().Add(namespace); err != nil {
			return nil, err
		}
	}
	chosen, err := profile()
	if err != nil {
		return nil, err
	}
	snapshot := cache.NewSnapshot(placed, asked.Nodes)
	scheduler, err := runtime.NewFramework(ctx, plugins.NewInTreeRegistry(), chosen,
		runtime.WithSnapshotSharedLister(snapshot), runtime.WithInformerFactory(factory))
	if err != nil {
		return nil, err
	}
	state := framework.NewCycleState()
	narrowed, refused, _ := scheduler.RunPreFilterPlugins(ctx, state, pod)
	fits, reasons := []string{}, map[string]string{}
	for _, node := range asked.Nodes {
		info, err := snapshot.NodeInfos().Get(node.Name)
		if err != nil {
			return nil, err
		}
		status := refused
		if status.IsSuccess() && !narrowed.AllNodes() && !narrowed.NodeNames.Has(node.Name) {
			status = fwk.NewStatus(fwk.Unschedulable, "another node is asked for").WithPlugin(names.NodeAffinity)
		}
		if status.IsSuccess() {
			status = scheduler.RunFilterPlugins(ctx, state, pod, info)
		}
		if status.Code() == fwk.Error {
			return nil, status.AsError()
		}
		if status.IsSuccess() {
			fits = append(fits, node.Name)
		} else {
			reasons[node.Name] = status.Plugin() + ": " + status.Message()
		}
	}
	return map[string]any{"fits": fits, "reasons": reasons}, nil
}

// request is what the scheduler takes of a node for the pod: milli-cpu, bytes, and numbers of what else.
func request(pod *core.Pod) (any, error) {
	kept, err := created(pod)
	if err != nil {
		return nil, err
	}
	amounts := map[core.ResourceName]int64{}
	for name, amount := range resource.PodRequests(kept, resource.PodResourcesOptions{}) {
		amounts[name] = amount.Value()
		if name == core.ResourceCPU {
			amounts[name] = amount.MilliValue()
		}
	}
	return amounts, nil
}

// fenceposts are those of the Deployment that the API server keeps.
func fenceposts(asked *limits) (any, error) {
	rolling := &apps.RollingUpdateDeployment{MaxSurge: asked.MaxSurge, MaxUnavailable: asked.MaxUnavailable}
	deployment := apps.Deployment{Spec: apps.DeploymentSpec{
		Replicas: &asked.Pods,
		Strategy: apps.DeploymentStrategy{RollingUpdate: rolling},
	}}
	legacyscheme.Scheme.Default(&deployment)
	surge, _, err := deployments.ResolveFenceposts(rolling.MaxSurge, rolling.MaxUnavailable, asked.Pods)
	if err != nil {
		return nil, err
	}
	return map[string]int32{"surge": surge, "unavailable": deployments.MaxUnavailable(deployment)}, nil
}

// budget tells how many healthy pods the disruption controller wants. Its own function,
// getExpectedPodCount, is private; this does the same with the function that it calls.
func budget(asked *limits) (any, error) {
	wanted, err := 0, error(nil)
	if asked.MaxUnavailable != nil {
		wanted, err = intstr.GetScaledValueFromIntOrPercent(asked.MaxUnavailable, int(asked.Pods), true)
		wanted = max(int(asked.Pods)-wanted, 0)
	} else if asked.MinAvailable != nil {
		wanted, err = intstr.GetScaledValueFromIntOrPercent(asked.MinAvailable, int(asked.Pods), true)
	}
	if err != nil {
		return nil, err
	}
	return map[string]int{"wanted": wanted}, nil
}
