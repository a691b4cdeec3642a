# Completion of lisper-ctl for bash: source this, or copy it to /usr/share/bash-completion/completions/lisper-ctl.
_lisper_ctl() {
  local word=${COMP_WORDS[COMP_CWORD]} before=${COMP_WORDS[COMP_CWORD - 1]} folder words
  case $before in
    --node)
      folder=${XDG_RUNTIME_DIR:+$XDG_RUNTIME_DIR/lisper}
      [[ $EUID == 0 ]] && folder=/run/lisper
      folder=${folder:-/tmp/lisper-$EUID}
      words=$(basename -a -s .sock "$folder"/*.sock 2> /dev/null) ;;
    --socket) compopt -o default; return ;;
    show) words="status ports sessions neighbours fib map-cache groups bindings drops control workers" ;;
    *)
      case " ${COMP_WORDS[*]} " in
        *" show "*) words="--json --all --rows --watch" ;;
        *" trace "*) words="--port --json" ;;
        *" look-up "*) words="--json" ;;
        *) words="show clear trace look-up --node --socket --help --version" ;;
      esac ;;
  esac
  mapfile -t COMPREPLY < <(compgen -W "$words" -- "$word")
}
complete -F _lisper_ctl lisper-ctl
