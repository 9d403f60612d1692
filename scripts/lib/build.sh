# shellcheck shell=bash
# Java, Maven, and the build of frl: built if it is not, or if its sources are newer. Needs common.sh.

# Sets FRL_JAVA to a Java 17 or newer: the one of JAVA_HOME if that is set, else the one in the PATH.
frl_java() {
  if [[ -n ${JAVA_HOME:-} ]]; then
    FRL_JAVA=$JAVA_HOME/bin/java
    [[ -x $FRL_JAVA ]] ||
      frl_die "JAVA_HOME is $JAVA_HOME, which has no bin/java; Maven and frl start Java from there:" \
        "unset JAVA_HOME, or set it to the folder of a JDK 17 or newer"
  else
    FRL_JAVA=$(command -v java) ||
      frl_die "Java not found; frl needs JDK 17 or newer: sudo apt-get install openjdk-17-jdk-headless"
  fi
  local version
  version=$(frl_java_version)
  if [[ ! $version =~ ^[0-9]+$ ]] || ((version < 17)); then
    frl_die "$FRL_JAVA is Java ${version:-of unknown version}; frl needs JDK 17 or newer:" \
      "sudo apt-get install openjdk-17-jdk-headless, or set JAVA_HOME"
  fi
}

# Prints the major version of FRL_JAVA: from the JDK's file `release` if there is one, since starting Java takes 50 ms.
frl_java_version() {
  local release version=
  release=$(dirname "$(dirname "$(readlink -f "$FRL_JAVA")")")/release
  if [[ -r $release ]]; then
    version=$(sed -n 's/^JAVA_VERSION="\(1\.\)\{0,1\}\([0-9]*\).*/\2/p' "$release")
  fi
  if [[ -z $version ]]; then
    version=$("$FRL_JAVA" -version 2>&1 | sed -n 's/.*version "\(1\.\)\{0,1\}\([0-9]*\).*/\2/p' | head -n 1)
  fi
  echo "$version"
}

# Checks what else a build needs: a compiler, and Maven 3.8.7 or newer.
frl_build_tools() {
  local javac version
  javac=$(dirname "$(readlink -f "$FRL_JAVA")")/javac
  [[ -x $javac ]] ||
    frl_die "$FRL_JAVA has no compiler beside it, so frl cannot be built: sudo apt-get install openjdk-17-jdk-headless"
  command -v mvn >/dev/null ||
    frl_die "Maven not found, so frl cannot be built; it needs 3.8.7 or newer: sudo apt-get install maven"
  version=$(mvn -v 2>/dev/null | sed -n 's/.*Apache Maven \([0-9.]*\).*/\1/p' | head -n 1)
  if [[ $(printf '%s\n' 3.8.7 "${version:-0}" | sort -V | head -n 1) != 3.8.7 ]]; then
    frl_die "Maven is ${version:-of unknown version}, so frl cannot be built; it needs 3.8.7 or newer:" \
      "see https://maven.apache.org/install.html"
  fi
}

# Succeeds if the engine torch in this folder is a build for NVIDIA GPUs.
frl_has_cuda() {
  compgen -G "$1/pytorch-*-gpu.jar" >/dev/null
}

# Succeeds if frl is built with this engine, and no source is newer than the build. Folders count as sources: deleting a
# file changes its folder. FRL_TORCH_CUDA says which build of torch is wanted; if it is unset, either will do.
frl_is_built() {
  local root=$1 engine=${2:-} dist=$1/services/cli/target/dist stamp=$1/services/cli/target/dist/.built newer
  [[ -f $stamp ]] || return 1
  if [[ $engine == torch ]]; then
    [[ -d $dist/engines/torch ]] || return 1
    case ${FRL_TORCH_CUDA:-} in
      yes) frl_has_cuda "$dist/engines/torch" || return 1 ;;
      no) ! frl_has_cuda "$dist/engines/torch" || return 1 ;;
      '') ;;
      *) frl_die "FRL_TORCH_CUDA is $FRL_TORCH_CUDA; it must be yes or no" ;;
    esac
  fi
  newer=$(cd "$root" && find pom.xml schemas libs services \
    \( -name target -o -path '*/src/test' \) -prune -o -newer "$stamp" \
    \( -path '*/src/*' -o -name pom.xml \) -print -quit)
  [[ -z $newer ]]
}

# Builds frl with this engine if necessary, and sets FRL_JAVA. Of several processes one builds and the others wait.
frl_build() {
  local root=$1 engine=${2:-}
  frl_java
  frl_is_built "$root" "$engine" && return
  frl_build_tools
  mkdir -p "$root/services/cli/target"
  if command -v flock >/dev/null; then
    exec {frl_lock}>"$root/services/cli/target/.build-lock"
    flock "$frl_lock"
    if frl_is_built "$root" "$engine"; then
      exec {frl_lock}>&-
      return
    fi
  fi
  frl_build_now "$root" "$engine"
  if [[ -n ${frl_lock:-} ]]; then
    exec {frl_lock}>&-
  fi
}

frl_build_now() {
  local root=$1 engine=$2 dist=$1/services/cli/target/dist log=$1/services/cli/target/build.log begun=$SECONDS
  local modules=(-pl services/cli) cuda=${FRL_TORCH_CUDA:-}
  # Once torch was asked for, for GPUs or not, every later build has it too.
  [[ -n $cuda ]] || ! frl_has_cuda "$dist/engines/torch" || cuda=yes
  if [[ $engine == torch || -d $dist/engines/torch ]]; then
    modules=(-Ptorch -pl "services/cli,libs/engine/torch")
    [[ $cuda != yes ]] || modules[0]=-Pcuda,torch
  fi
  echo "frl: building (a few minutes the first time); log: $log" >&2
  rm -rf "$dist"
  # The time of the build's start: a source that changes during the build makes the next start build again.
  local stamp=$root/services/cli/target/.build-begun
  touch "$stamp"
  # Maven and its plugins are tried in English, whatever language Java is told to speak.
  if ! (cd "$root" && MAVEN_OPTS="-Duser.language=en -Duser.country=US -Duser.variant= -Duser.extensions= ${MAVEN_OPTS:-}" mvn -q -B -Dquick -DskipTests "${modules[@]}" -am package) >"$log" 2>&1; then
    frl_build_errors "$log" >&2
    frl_die "the build failed; log: $log"
  fi
  mv "$stamp" "$dist/.built"
  echo "frl: built in $((SECONDS - begun)) s" >&2
}

# Prints the lines of Maven's log that say what is wrong.
frl_build_errors() {
  sed 's/\x1b\[[0-9;]*m//g' "$1" | grep -E '\[(ERROR|FATAL)\] *[^ ]' |
    grep -vE 'To see the full|Re-run Maven|For more information|\[Help [0-9]\] http|After correcting|mvn <args>' |
    head -n 6 || tail -n 5 "$1"
}

# Prints the engine to use: the named one, or the first by name.
frl_engine() {
  local root=$1 wanted=$2 folder=$1/services/cli/target/dist/engines present
  present=$(cd "$folder" 2>/dev/null && find . -mindepth 1 -maxdepth 1 -type d -printf '%f\n' | sort | paste -sd ' ')
  if [[ -z $wanted ]]; then
    [[ -n $present ]] || frl_die "no engine in $folder: rm -r '${folder%/*}' and try again"
    wanted=${present%% *}
  elif [[ ! -d $folder/$wanted || $wanted == */* ]]; then
    frl_die "unknown engine: $wanted; present: ${present:-none}"
  fi
  echo "$wanted"
}
