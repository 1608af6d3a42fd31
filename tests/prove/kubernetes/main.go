// kubernetes COMMAND ...: the parts of a control plane, and kubectl, in one program: linked once, not four times.
//
// It is built against two versions of Kubernetes: go.mod has the newest, old.mod one older by five.
package main

import (
	"fmt"
	"os"

	"github.com/spf13/cobra"
	_ "k8s.io/client-go/plugin/pkg/client/auth"
	"k8s.io/component-base/cli"
	_ "k8s.io/component-base/logs/json/register"
	kubectl "k8s.io/kubectl/pkg/cmd"
	kubectlutil "k8s.io/kubectl/pkg/cmd/util"
	apiserver "k8s.io/kubernetes/cmd/kube-apiserver/app"
	controllers "k8s.io/kubernetes/cmd/kube-controller-manager/app"
	scheduler "k8s.io/kubernetes/cmd/kube-scheduler/app"
)

func main() {
	if len(os.Args) < 2 {
		fmt.Fprintln(os.Stderr, "usage: kubernetes apiserver|controller-manager|scheduler|kubectl ...")
		os.Exit(2)
	}
	name := os.Args[1]
	// Each part reads its own command line.
	os.Args = append([]string{name}, os.Args[2:]...)
	var server *cobra.Command
	switch name {
	case "apiserver":
		server = apiserver.NewAPIServerCommand()
	case "controller-manager":
		server = controllers.NewControllerManagerCommand()
	case "scheduler":
		server = scheduler.NewSchedulerCommand()
	case "kubectl":
		if err := cli.RunNoErrOutput(kubectl.NewDefaultKubectlCommand()); err != nil {
			kubectlutil.CheckErr(err)
		}
		return
	default:
		fmt.Fprintf(os.Stderr, "kubernetes has no command %q\n", name)
		os.Exit(2)
	}
	os.Exit(cli.Run(server))
}
