# bash completion of scalardl-harden. What it offers comes from `scalardl-harden --help`, so that it is never
# behind; only the names of profiles and rules stand here (tests/test_install.py compares them).

_scalardl_harden() {
    local word=${COMP_WORDS[COMP_CWORD]} before=${COMP_WORDS[COMP_CWORD - 1]} help choices=
    # Readline takes the equals sign of --option=value for a word of its own.
    if [ "$word" = = ]; then
        word=
    elif [ "$before" = = ]; then
        before=${COMP_WORDS[COMP_CWORD - 2]}
    fi
    COMPREPLY=()
    help=$("${COMP_WORDS[0]}" --help 2>/dev/null) || return
    # Only an option is looked up; any other word may hold what grep and sed read as their own.
    if [[ $before =~ ^--?[a-z-]+$ ]]; then
        choices=$(sed -n "s/^  .*$before {\([^}]*\)}.*/\1/p" <<<"$help" | tr , ' ')
    else
        before=
    fi
    if [ "$before" = --profile ]; then
        mapfile -t COMPREPLY < <(compgen -f -W 'multi-az production test' -- "$word")
    elif [ "$before" = --exclude ]; then
        mapfile -t COMPREPLY < <(compgen -W 'anti-affinity default-credentials disruption-budgets health-checks
            image-pinning network-policies node-pool pod-security replicas-under-autoscaler resource-caps
            rollout-strategy zone-spread' -- "$word")
    elif [ -n "$choices" ]; then
        mapfile -t COMPREPLY < <(compgen -W "$choices" -- "$word")
    elif [ -n "$before" ] && grep -q -e "^  .*$before [A-Z]" <<<"$help"; then
        mapfile -t COMPREPLY < <(compgen -f -- "$word")
    else
        mapfile -t COMPREPLY < <(compgen -W "last $(grep -o -E -e '^  (-., |-. [A-Z]+, )?--[a-z-]+' <<<"$help" | grep -o -e '--.*')" -- "$word")
    fi
}

complete -o filenames -o bashdefault -F _scalardl_harden scalardl-harden
