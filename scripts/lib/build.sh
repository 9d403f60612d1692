# shellcheck shell=bash
# For the scripts beside this folder: finds Java and Maven, and builds what is not built or older than its sources.

# Prints one line (what is wrong, why it matters, the command that mends it) and ends the script.
frl_die() {
  echo "frl: $*" >&2
  exit 2
}

# Sets FRL_JAVA to a Java 17 or newer, from JAVA_HOME or the path.
frl_java() {
  if [[ -n ${JAVA_HOME:-} && -x $JAVA_HOME/bin/java ]]; then
    FRL_JAVA=$JAVA_HOME/bin/java
  else
    FRL_JAVA=$(command -v java) ||
      frl_die "there is no Java; frl needs JDK 17 or newer: sudo apt-get install openjdk-17-jdk-headless"
  fi
  local version
  version=$(frl_java_version)
  if [[ ! $version =~ ^[0-9]+$ ]] || ((version < 17)); then
    frl_die "$FRL_JAVA is Java ${version:-of unknown version}; frl needs JDK 17 or newer:" \
      "sudo apt-get install openjdk-17-jdk-headless, or set JAVA_HOME"
  fi
}

# Major version of FRL_JAVA, from the file beside it where there is one: asking Java costs 50 ms.
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

# Checks what a build needs besides Java: a compiler, and Maven 3.8.7 or newer.
frl_build_tools() {
  local javac version
  javac=$(dirname "$(readlink -f "$FRL_JAVA")")/javac
  [[ -x $javac ]] ||
    frl_die "$FRL_JAVA comes without a compiler, so frl cannot be built: sudo apt-get install openjdk-17-jdk-headless"
  command -v mvn >/dev/null ||
    frl_die "there is no Maven, so frl cannot be built; it needs 3.8.7 or newer: sudo apt-get install maven"
  version=$(mvn -v 2>/dev/null | sed -n 's/.*Apache Maven \([0-9.]*\).*/\1/p' | head -n 1)
  if [[ $(printf '%s\n' 3.8.7 "${version:-0}" | sort -V | head -n 1) != 3.8.7 ]]; then
    frl_die "Maven is ${version:-of unknown version}, so frl cannot be built; it needs 3.8.7 or newer:" \
      "see https://maven.apache.org/install.html"
  fi
}

# Whether the engine, if it is one that is built for those who ask, is there, and nothing that goes into the build is newer
# than it. Folders count: deleting a file changes its folder.
frl_is_built() {
  local root=$1 engine=${2:-} dist=$1/services/cli/target/dist stamp=$1/services/cli/target/dist/.built newer
  [[ -f $stamp ]] || return 1
  [[ $engine != torch || -d $dist/engines/torch ]] || return 1
  newer=$(cd "$root" && find pom.xml schemas libs services \
    \( -name target -o -path '*/src/test' \) -prune -o -newer "$stamp" \
    \( -path '*/src/*' -o -name pom.xml \) -print -quit)
  [[ -z $newer ]]
}

# Builds if need be, with this engine; of several at once one builds and the others wait. Sets FRL_JAVA.
frl_build() {
  local root=$1 engine=${2:-}
  frl_java
  frl_is_built "$root" "$engine" && return
  frl_build_tools
  mkdir -p "$root/services/cli/target"
  if command -v flock >/dev/null; then
    exec {FRL_LOCK}>"$root/services/cli/target/.build-lock"
    flock "$FRL_LOCK"
    if frl_is_built "$root" "$engine"; then
      exec {FRL_LOCK}>&-
      return
    fi
  fi
  frl_build_now "$root" "$engine"
  if [[ -n ${FRL_LOCK:-} ]]; then
    exec {FRL_LOCK}>&-
  fi
}

frl_build_now() {
  local root=$1 engine=$2 dist=$1/services/cli/target/dist log=$1/services/cli/target/build.log begun=$SECONDS
  local modules=(-pl services/cli)
  # Once asked for, it is built with the rest.
  if [[ $engine == torch || -d $dist/engines/torch ]]; then
    modules=(-Ptorch -pl services/cli,libs/engine/torch)
  fi
  echo "frl: building it (a few minutes the first time); log: $log" >&2
  rm -rf "$dist"
  # As of now: what changes while it builds makes the next start build again.
  local stamp=$root/services/cli/target/.build-begun
  touch "$stamp"
  if ! (cd "$root" && mvn -q -B -Dquick -DskipTests "${modules[@]}" -am package) >"$log" 2>&1; then
    frl_build_errors "$log" >&2
    frl_die "the build failed; all of it is in $log"
  fi
  mv "$stamp" "$dist/.built"
  echo "frl: built in $((SECONDS - begun)) s" >&2
}

# The lines of Maven's log that say what is wrong.
frl_build_errors() {
  sed 's/\x1b\[[0-9;]*m//g' "$1" | grep -E '\[(ERROR|FATAL)\] *[^ ]' |
    grep -vE 'To see the full|Re-run Maven|For more information|\[Help [0-9]\] http|After correcting|mvn <args>' |
    head -n 6 || tail -n 5 "$1"
}

# The engine to take: the named one, or the only one there is.
frl_engine() {
  local root=$1 wanted=$2 folder=$1/services/cli/target/dist/engines present
  present=$(cd "$folder" 2>/dev/null && find . -mindepth 1 -maxdepth 1 -type d -printf '%f\n' | sort | paste -sd ' ')
  if [[ -z $wanted ]]; then
    [[ -n $present ]] || frl_die "no engine was built; there should be one in $folder: rm -r $folder/.. and try again"
    wanted=${present%% *}
  elif [[ ! -d $folder/$wanted || $wanted == */* ]]; then
    frl_die "there is no engine $wanted; present: ${present:-none}"
  fi
  echo "$wanted"
}
