# shellcheck shell=bash
# Functions of all scripts: errors, help texts, paths, the locale. A path in CDPATH would redirect their cd.
unset CDPATH

# Opens the standard streams that the caller closed (<&-, >&-), so that using them fails. Else the next files that Java opens would
# take their numbers: Java closes its own library as standard input, or writes messages into a file of the broker.
frl_streams() {
  [[ -e /dev/fd/0 ]] || exec 0>/dev/null
  [[ -e /dev/fd/1 ]] || exec 1</dev/null
  [[ -e /dev/fd/2 ]] || exec 2</dev/null
}

# Prints one line (what is wrong, why it matters, the command that fixes it) and ends the script with code 2.
frl_die() {
  echo "frl: $*" >&2
  exit 2
}

# Prints the comment at the top of a script, which is its help text, and the variables that the script reads.
frl_help() {
  local root=$1 script=$2
  sed -n '2,${/^#/!q;s/^# \{0,1\}//;p;}' "$root/$script"
  echo
  echo "Environment variables:"
  frl_environment "$root" "$script"
}

# Prints the variables that one reader reads: a service, frl, or a script by its path in the checkout.
frl_environment() {
  local root=$1 reader=$2 name readers default meaning
  {
    read -r # the names of the columns
    while IFS=$'\t' read -r name readers default meaning; do
      case ", $readers, " in
        *", $reader, "*) ;;
        *", services, "*) [[ $reader =~ ^(controller|trainer|attacker|recorder)$ ]] || continue ;;
        *) continue ;;
      esac
      [[ $default == - ]] || meaning+=" Default: $default"
      # Width of the longest name; the rest of 100 columns.
      fold -s -w 69 <<<"${meaning//\`/}" | {
        while IFS= read -r line; do
          printf '  %-27s  %s\n' "$name" "${line% }"
          name=
        done
      }
    done
  } <"$root/scripts/lib/environment.tsv"
}

# Makes the paths in these environment variables absolute, without resolving links. Unset variables stay unset.
frl_absolute() {
  local name
  for name; do
    [[ -n ${!name:-} ]] || continue
    printf -v "$name" '%s' "$(realpath -sm -- "${!name}")"
    export "${name?}"
  done
}

# Sets a locale with the characters of UTF-8 and the words of C. In the locale C, which is the one of cron and of many containers,
# Java finds no file whose name has other characters than ASCII. And the C library says in the user's language what is wrong with
# a disk or a connection; Java repeats it, and frl knows it in English. The arguments are the names that this run is about.
frl_locale() {
  local name
  name=$(frl_utf8_locale)
  if [[ -z $name ]]; then
    frl_is_ascii "$@" ||
      frl_die "a path has other characters than ASCII, and this system has no locale for them:" \
        "install C.UTF-8 or en_US.UTF-8 (sudo apt-get install locales-all), or choose other names"
    name=C
  fi
  unset LC_ALL LC_MESSAGES LC_NUMERIC LC_COLLATE LC_TIME
  export LANG=C LC_CTYPE=$name
}

# Prints the user's locale if its character set is UTF-8, else C.UTF-8 or en_US.UTF-8; nothing if the system has neither.
frl_utf8_locale() {
  local name
  for name in "${LC_ALL:-${LC_CTYPE:-${LANG:-C}}}" C.UTF-8 en_US.UTF-8; do
    if [[ $(LC_ALL=$name locale charmap 2>/dev/null) == UTF-8 ]]; then
      echo "$name"
      return
    fi
  done
  command -v locale >/dev/null || echo C.UTF-8
}

# Ends the script if Java could not start here: in a folder that was deleted, or from a checkout that no class path can name.
frl_folders() {
  local root=$1
  [[ $(pwd -P 2>/dev/null) -ef . ]] ||
    frl_die "the current folder does not exist any more: change to another one, such as cd $root"
  [[ $root != *:* ]] ||
    frl_die "the checkout lies in $root, and Java's class path cannot hold a path with a colon: move the checkout"
}

# Java opens a file for every library, and the broker of frl run some for every topic. With too few, Java fails with messages of other kinds.
frl_files() {
  local limit least=512
  limit=$(ulimit -Hn)
  [[ $limit == unlimited ]] || ((limit >= least)) ||
    frl_die "a process may open only $limit files here, and frl needs $least:" \
      "raise the limit (ulimit -n 4096; LimitNOFILE= in systemd; --ulimit nofile=4096 in Docker)"
}

# Every thread counts as a process. With too few, Java ends with a stack trace.
frl_threads() {
  local least=$1 limit=unlimited pids=/sys/fs/cgroup/pids.max
  ((EUID == 0)) || limit=$(ulimit -u) # root has no such limit
  if [[ -r $pids ]] && read -r pids <"$pids" && [[ $pids != max ]] && { [[ $limit == unlimited ]] || ((pids < limit)); }; then
    limit=$pids
  fi
  [[ $limit == unlimited ]] || ((limit >= least)) ||
    frl_die "only $limit processes and threads are allowed here, and this needs about $least:" \
      "raise the limit (ulimit -u 4096; TasksMax= in systemd; --pids-limit=4096 in Docker; podPidsLimit of the kubelet)"
}

# Java reserves more addresses than it uses memory. With too few, it or a library that it has loaded fails in many ways, or hangs at its end.
frl_addresses() {
  local heap=$1 limit least
  case $heap in
    *[gG]) least=$((${heap%?} * 1024)) ;;
    *[mM]) least=${heap%?} ;;
    *[kK]) least=$((${heap%?} / 1024)) ;;
    *) least=$((heap >> 20)) ;;
  esac
  least=$((least + 4096))
  limit=$(ulimit -v)
  [[ $limit == unlimited ]] || ((limit / 1024 >= least)) ||
    frl_die "a process may have only $((limit / 1024)) MiB of addresses here (ulimit -v), and Java with a heap of $heap needs $least:" \
      "raise the limit (ulimit -v unlimited; h_vmem in Grid Engine), and limit the memory in another way"
}

# Natives of engines, checkpoints and Kafka's logs are large files.
frl_file_size() {
  local limit
  limit=$(ulimit -f)
  [[ $limit == unlimited ]] || ((limit / 1024 >= 512)) ||
    frl_die "a file may have only $((limit / 1024)) MiB here (ulimit -f), and frl needs 512 MiB:" \
      "raise the limit (ulimit -f unlimited; LimitFSIZE= in systemd)"
}

# Sets FRL_TMP to the folder where libraries unpack their natives: /tmp, or one in the home if no program may run in /tmp.
frl_tmp() {
  local home=$1
  FRL_TMP=/tmp
  mkdir -p "$home" 2>/dev/null || return 0 # Java says what is wrong with it
  frl_runs_in "$home" ||
    frl_die "no program may run in $home (mounted noexec, or not writable), and the engine's natives are unpacked there:" \
      "choose another folder with --home or FRL_HOME"
  if ! frl_runs_in "$FRL_TMP"; then
    FRL_TMP=$home/tmp
    mkdir -p "$FRL_TMP"
  fi
}

frl_runs_in() {
  local probe code=0
  probe=$(mktemp "$1/.frl-XXXXXXXX" 2>/dev/null) || return 1
  printf '#!/bin/sh\n' >"$probe"
  chmod +x "$probe"
  "$probe" 2>/dev/null || code=$?
  rm -f "$probe"
  return "$code"
}

frl_is_ascii() {
  local LC_ALL=C
  [[ $* != *[!\ -~]* ]]
}
